import { compose, type Key, type Panel, SIDE, type Studio } from '../frame.js';
import { clip, FAINT, INK, isDark, NARROW, PART_COLORS, textWidth, WIDTH } from '../style.js';
import { type BenchFigureDocument, benchCaption, type HeadlineFacts } from './document.js';

/** Parts of a run in the order of the bars; evaluations are off the clock. */
const PARTS = ['compile', 'generate', 'load', 'upload', 'train'] as const;
const colorOf = (part: string): string => (part === 'upload' ? '#009E73' : PART_COLORS[part]!);
const white = (part: string): boolean => part === 'upload' || isDark(colorOf(part));

/** What the engines are called in the figure. */
const engines: Readonly<Record<string, string>> = {
  kindling: 'Kindling',
  torch: 'PyTorch, CPU',
  'torch-dataloader': 'PyTorch, CPU',
  'torch-cuda': 'PyTorch, CUDA',
  'jax-js-jit': 'jax-js',
  tfjs: 'TensorFlow.js',
};

interface Bar {
  readonly label: string;
  readonly total: number;
  readonly low: number;
  readonly high: number;
  readonly pieces: readonly { readonly part: string; readonly from: number; readonly to: number }[];
  /** Beside the bar: its seconds, or that it did not get there. */
  readonly text: string;
  readonly reached: boolean;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
};

const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** The run of median total, of an even number the mean of the middle two: its parts add up to the median total, which medians of parts do not. */
export function headlineBars({ contestants, maxSteps }: HeadlineFacts): Bar[] {
  const most = Math.max(0, ...contestants.map(({ runs }) => runs.length));
  return contestants.flatMap(({ engine, source, runs, wrong }): Bar[] => {
    if (runs.length === 0 || wrong) return [];
    const sorted = [...runs].sort((a, b) => a.total - b.total);
    const middle = [sorted[Math.floor((sorted.length - 1) / 2)]!, sorted[Math.ceil((sorted.length - 1) / 2)]!];
    const total = (middle[0]!.total + middle[1]!.total) / 2;
    let from = 0;
    const pieces = PARTS.flatMap((part) => {
      const seconds = ((middle[0]!.seconds[part] ?? 0) + (middle[1]!.seconds[part] ?? 0)) / 2;
      if (seconds <= 0) return [];
      const piece = { part, from, to: from + seconds };
      from += seconds;
      return [piece];
    });
    const reached = runs.filter((run) => run.reached).length;
    const best = Math.max(...runs.flatMap(({ curve }) => curve.map(({ accuracy }) => accuracy)));
    const steps = `${median(runs.map((run) => run.steps))} steps`;
    const fewer = runs.length < most ? ` (${runs.length === 1 ? 'one run' : `${runs.length} runs`})` : '';
    return [
      {
        label: `${engines[engine] ?? engine}, ${source}`,
        ...{ total, low: sorted[0]!.total, high: sorted.at(-1)!.total, pieces },
        text:
          reached === runs.length
            ? `${short(total)} s, ${steps}${fewer}`
            : `${reached} of ${runs.length} got there in ${maxSteps} steps; best ${(100 * best).toFixed(1)} %`,
        reached: reached === runs.length,
      },
    ];
  });
}

/** Bars longer than this many times the shortest hide it: a second panel shows the short ones larger. */
const HIDDEN = 8;

/** Pixels of a row, and of its two lines of words, where the names stand above the bars. */
const [ROW, WORDS] = [60, 34];

/** @param left pixels of the names beside the bars; undefined on a phone, where they stand above them */
function panelOf({ Plot }: Studio, bars: readonly Bar[], heading: string | undefined, left: number | undefined): Panel {
  const longest = Math.max(...bars.map(({ high }) => high));
  const beside = left !== undefined;
  const right = beside ? 16 + Math.max(...bars.map(({ text }) => textWidth(text, 11))) : 16;
  const width = beside ? Math.max(180, WIDTH - left - right) : NARROW - SIDE - right;
  // The bars' middle is below that of their rows.
  const dy = beside ? 0 : WORDS / 2 - 2;
  const inset = beside ? {} : { insetTop: WORDS, insetBottom: 4 };
  const pieces = bars.flatMap(({ label, pieces: own }) => own.map((piece) => ({ ...piece, label })));
  const large = pieces.filter(({ from, to }) => ((to - from) * width) / longest > textWidth(short(to - from), 10.5) + 6);
  const text = { x: (piece: (typeof pieces)[number]) => (piece.from + piece.to) / 2, y: 'label', fontSize: 10.5, dy };
  const words = { y: 'label', textAnchor: 'start', fill: INK } as const;
  const value = (piece: (typeof pieces)[number]): string => short(piece.to - piece.from);
  return {
    ...(heading === undefined ? {} : { heading }),
    height: 52 + (beside ? 30 : ROW) * bars.length,
    options: {
      ...{ marginLeft: left ?? SIDE, marginRight: right, marginTop: 8, marginBottom: 44 },
      x: { domain: [0, longest], label: 'seconds', labelAnchor: 'center', labelArrow: 'none', grid: true, ticks: beside ? 6 : 4 },
      y: {
        domain: bars.map(({ label }) => label),
        ...(beside ? { label: null } : { axis: null }),
        tickSize: 0,
        padding: beside ? 0.28 : 0,
      },
      marks: [
        ...PARTS.map((part) =>
          Plot.barX(
            pieces.filter((piece) => piece.part === part),
            { x1: 'from', x2: 'to', y: 'label', fill: colorOf(part), stroke: 'white', strokeWidth: 0.8, ...inset },
          ),
        ),
        Plot.text(
          large.filter(({ part }) => white(part)),
          { ...text, text: value, fill: 'white' },
        ),
        Plot.text(
          large.filter(({ part }) => !white(part)),
          { ...text, text: value, fill: '#000000' },
        ),
        // The range over the seeds, at the bar's lower edge to leave its numbers legible.
        Plot.ruleY([...bars], { x1: 'low', x2: 'high', y: 'label', stroke: INK, strokeWidth: 1.4, dy: dy + 8 }),
        ...(beside
          ? [Plot.text([...bars], { ...words, x: 'high', text: 'text', dx: 6, fontSize: 11, stroke: 'white', strokeWidth: 3 })]
          : [
              Plot.text([...bars], { ...words, x: 0, text: 'label', dy: 11 - ROW / 2, fontWeight: 'bold' }),
              Plot.text([...bars], { ...words, x: 0, text: 'text', dy: 26 - ROW / 2 }),
            ]),
        Plot.ruleX([0], { stroke: FAINT }),
      ],
    },
  };
}

/** What evaluations took: they are in no bar. */
function evaluationNote({ contestants }: HeadlineFacts): string {
  const seconds = contestants
    .flatMap(({ runs, wrong }) => (wrong ? [] : runs).map((run) => run.seconds.evaluate ?? 0))
    .filter((value) => value > 0);
  return seconds.length === 0
    ? ''
    : `Evaluations are off the clock: ${short(Math.min(...seconds))} to ${short(Math.max(...seconds))} s of a run, in no bar.`;
}

/**
 * Seconds to an accuracy, split by component. Undefined where no contestant ran.
 * @param width pixels: `WIDTH`, or `NARROW` for a phone, with the names above the bars
 */
export function headlineFigure(
  studio: Studio,
  document: BenchFigureDocument & { readonly headline: HeadlineFacts },
  width = WIDTH,
): string | undefined {
  const { headline } = document;
  const bars = headlineBars(headline);
  if (bars.length === 0) return undefined;
  const left = width < WIDTH ? undefined : 24 + Math.max(...bars.map(({ label }) => textWidth(clip(label, 40))));
  const shortest = Math.min(...bars.map(({ high }) => high));
  const quick = bars.filter(({ high }) => high <= HIDDEN * shortest);
  const split = quick.length < bars.length && quick.length > 0;
  const used = PARTS.filter((part) => bars.some(({ pieces }) => pieces.some((piece) => piece.part === part)));
  const percent = Number((100 * headline.accuracy).toFixed(2));
  const absent = headline.contestants.filter(({ runs, wrong }) => runs.length === 0 || wrong);
  const seeds = Math.max(...headline.contestants.map(({ runs }) => runs.length));
  return compose(studio, {
    title: `Seconds to ${percent} % on MNIST`,
    subtitle:
      `The poster’s CNN from random weights until ${percent} % of the 10,000 test images are classified right: batch ${headline.batch}, ` +
      `Adam at ${headline.learningRate}, evaluated every ${headline.evaluateEvery} steps. Generated: digits drawn on the device, no natural image. ` +
      (seeds > 1 ? `Bars show the median of ${seeds} runs, lines the range.` : 'One run each.'),
    width,
    keys: used.map((part): Key => ({ label: part, color: colorOf(part) })),
    panels: split
      ? [panelOf(studio, bars, 'All', left), panelOf(studio, quick, 'The quick ones, larger', left)]
      : [panelOf(studio, bars, undefined, left)],
    captions: [
      benchCaption(document),
      evaluationNote(headline),
      ...absent.map(({ engine, source, problem }) => `Not shown: ${engines[engine] ?? engine}, ${source}: ${problem ?? 'no run'}.`),
    ],
  });
}
