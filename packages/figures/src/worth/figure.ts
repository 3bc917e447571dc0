import type { Figure, Panel, Studio } from '../frame.js';
import { FAINT, INK, isStroked, type TrialStyle, textWidth } from '../style.js';
import { armStyles, bothWidths, type SweepFigure } from '../sweep-report/figures.js';
import type { WorthCurve, WorthEstimate, WorthNeed, WorthTarget } from './estimate.js';
import { countText } from './words.js';

type Styles = ReadonlyMap<string, TrialStyle>;

/** Pixels from the panel's left edge to the axis, and from the axis' end to the right edge. */
const LEFT = 50;
const RIGHT = 26;

/** Places on the n axis are natural logarithms. */
const place = Math.log;

/** The n axis of every panel: logarithmic, a tick at each n of the ladder that has the room for its label, the last one in any case. */
function axisOfN(n: readonly number[], width: number, label: boolean) {
  const domain = [place(n[0]! / 1.25), place(n.at(-1)! * 1.25)] as const;
  const gap = (a: number, b: number): number => (width * (place(b) - place(a))) / (domain[1] - domain[0]);
  const fits = (a: number, b: number): boolean => gap(a, b) > (textWidth(countText(a)) + textWidth(countText(b))) / 2 + 4;
  const ticks = [n[0]!];
  const end = n.at(-1)!;
  for (const value of n) if (value < end && fits(ticks.at(-1)!, value) && fits(value, end)) ticks.push(value);
  if (end > n[0]!) ticks.push(end);
  return {
    domain,
    ticks: ticks.map(place),
    tickFormat: (value: number) => countText(Math.round(Math.exp(value))),
    label: label ? 'natural training images n (log scale)' : null,
    labelAnchor: 'center' as const,
    labelArrow: 'none' as const,
  };
}

/** Mean accuracy of every arm against n with its 95 % band, and the targets as dashed rules. */
function curvesPanel({ Plot }: Studio, { n, curves, targets }: WorthEstimate, styles: Styles, width: number): Panel {
  const percent = (share: number): number => 100 * share;
  const means = curves.flatMap(({ cells }) => cells.map(({ mean }) => percent(mean)));
  const ends = curves.flatMap(({ cells }) => cells.flatMap(({ low, high }) => [low, high].filter((end) => end !== null).map(percent)));
  // A band of two seeds can be ten times as wide as the curves are high.
  const reach = Math.max(...means) - Math.min(...means) + 1;
  const bottom = Math.max(0, Math.min(...means) - reach / 2, Math.min(...means, ...ends) - 1);
  const top = Math.min(
    100,
    Math.max(...means) + reach / 2,
    Math.max(...means, ...ends, ...targets.map(({ target }) => percent(target))) + 1,
  );
  const cut = (value: number): number => Math.min(top, Math.max(bottom, percent(value)));
  const rows = ({ cells }: WorthCurve) =>
    cells.map((cell) => ({
      n: place(cell.n),
      mean: percent(cell.mean),
      low: cut(cell.low ?? cell.mean),
      high: cut(cell.high ?? cell.mean),
    }));
  const bands = curves.map((curve) =>
    Plot.areaY(rows(curve), { x: 'n', y1: 'low', y2: 'high', fill: styles.get(curve.arm)!.color, fillOpacity: 0.13 }),
  );
  const lines = curves.flatMap((curve) => {
    const { color, symbol } = styles.get(curve.arm)!;
    const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.6 } : { fill: color, stroke: 'white', strokeWidth: 0.7 };
    return [
      Plot.line(rows(curve), { x: 'n', y: 'mean', stroke: color, strokeWidth: 1.7 }),
      Plot.dot(rows(curve), { x: 'n', y: 'mean', symbol, r: 3.8, ...paint }),
    ];
  });
  const asked = targets.map(({ target }) => percent(target));
  return {
    heading: 'Test accuracy (%)',
    height: 380,
    options: {
      marginLeft: LEFT,
      marginRight: RIGHT,
      marginTop: 10,
      marginBottom: 42,
      x: axisOfN(n, width - LEFT - RIGHT, true),
      y: { domain: [bottom, top], label: null, grid: true, ticks: 8 },
      marks: [Plot.ruleY(asked, { stroke: FAINT, strokeDasharray: '5,4' }), ...bands, ...lines],
    },
  };
}

/** Where a need's dot and bar lie on the axis; what the ladder does not bound runs to its end. */
function spanOf({ n, low, high, reached, atMost }: WorthNeed, ladder: readonly number[]) {
  const [first, last] = [ladder[0]!, ladder.at(-1)!];
  return { from: place(low ?? first / 1.2), to: place(high ?? last * 1.2), at: place(n ?? (atMost ? first : last)), reached };
}

/** What the panels of all targets share, so that they line up. */
interface NeedFrame {
  readonly ladder: readonly number[];
  readonly styles: Styles;
  readonly width: number;
  readonly left: number;
  readonly right: number;
}

/** n at one target: a row an arm. @param last whether the axis gets its name */
function needPanel({ Plot }: Studio, { target, arms }: WorthTarget, frame: NeedFrame, last: boolean): Panel {
  const { ladder, styles, width, left, right } = frame;
  const rows = arms.map((need) => ({ arm: need.arm, ...spanOf(need, ladder), text: words(need, ladder) }));
  const dots = rows.map((row) => {
    const { color, symbol } = styles.get(row.arm)!;
    const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.8 } : { fill: color };
    return [
      Plot.ruleY([row], { x1: 'from', x2: 'to', y: 'arm', stroke: color, strokeWidth: row.reached ? 1.8 : 0 }),
      Plot.dot(row.reached ? [row] : [], { x: 'at', y: 'arm', symbol, r: 4.6, ...paint }),
    ];
  });
  return {
    heading: `Natural images needed for ${countText(100 * target)} %`,
    height: 12 + 22 * rows.length + (last ? 42 : 26),
    options: {
      marginLeft: left,
      marginRight: right,
      marginTop: 6,
      marginBottom: last ? 42 : 26,
      x: { ...axisOfN(ladder, width - left - right, last), grid: true },
      y: { domain: arms.map(({ arm }) => arm), label: null, tickSize: 0 },
      marks: [
        Plot.ruleY(rows, { y: 'arm', stroke: '#e4e4e4' }),
        ...dots.flat(),
        Plot.text(rows, { y: 'arm', text: 'text', frameAnchor: 'right', textAnchor: 'start', dx: 10, fill: INK }),
      ],
    },
  };
}

const words = ({ n, reached, atMost }: WorthNeed, ladder: readonly number[]): string => {
  if (!reached) return 'not reached';
  return n === null || atMost ? `≤ ${countText(ladder[0]!)}` : countText(n);
};

const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map((text) => textWidth(text)));

/** Accuracy against n for every arm, and what each needs at every target; for a page and for a phone. */
export function worthFigure(studio: Studio, estimate: WorthEstimate, captions: readonly string[]): SweepFigure {
  const styles = armStyles(estimate.curves.map(({ arm }) => arm));
  const { seeds, targets, n } = estimate;
  const spread = seeds.length > 1 ? `Bands: 95 % t-intervals over ${seeds.length} seeds; bars: 95 % bootstrap.` : 'One seed: no intervals.';
  const alt = `Test accuracy against the number of natural training images for ${estimate.curves.map(({ arm }) => arm).join(', ')}.`;
  const texts = targets.flatMap(({ arms }) => arms.map((need) => words(need, n)));
  const margins = { left: Math.max(LEFT, 18 + widest(estimate.curves.map(({ arm }) => arm))), right: 22 + widest(texts) };
  const draw = (width: number): Figure => ({
    title: 'What generated data is worth',
    subtitle: `Symbols: means. ${spread} Dashed: the targets.`,
    keys: estimate.curves.map(({ arm }) => ({ label: arm, ...styles.get(arm)! })),
    panels: [
      curvesPanel(studio, estimate, styles, width),
      ...targets.map((target, index) => needPanel(studio, target, { ladder: n, styles, width, ...margins }, index === targets.length - 1)),
    ],
    captions: [...captions, ...estimate.notes.map((note) => `${note}.`)],
  });
  return bothWidths(studio, 'worth', alt, draw);
}
