import { compose, type Key, type Panel, type Studio } from '../frame.js';
import { clip, FAINT, INK, isStroked, textWidth, trialStyle, WIDTH } from '../style.js';
import { type BenchFigureDocument, type BenchFigureEntry, benchCaption } from './document.js';

const short = (ms: number): string => (ms >= 100 ? ms.toFixed(0) : String(Number(ms.toPrecision(3))));

/** Entries of one set as dots on a logarithmic axis: the median, and a line from the quickest to the slowest sample. */
export function entriesFigure(studio: Studio, document: BenchFigureDocument): string | undefined {
  const { Plot } = studio;
  const timed = document.entries.filter((entry): entry is BenchFigureEntry & { median: number; min: number; max: number } => {
    const { n, median, wrong } = entry;
    return n > 0 && median !== null && !wrong;
  });
  if (timed.length === 0) return undefined;
  const engines = [...new Set(timed.map(({ engine }) => engine))];
  const styles = new Map(engines.map((engine, index) => [engine, trialStyle(index)]));
  // A row an entry: lines of several engines would hide each other.
  const labelOf = ({ name, engine }: BenchFigureEntry): string => clip(engines.length > 1 ? `${name}, ${engine}` : name, 52);
  const left = 24 + Math.max(...timed.map((entry) => textWidth(labelOf(entry))));
  const panels = [...new Set(timed.map(({ set }) => set))].map((set): Panel => {
    const own = timed.filter((entry) => entry.set === set);
    const rows = [...new Set(own.map(labelOf))];
    const points = own.map((entry) => ({ ...entry, label: labelOf(entry) }));
    const [low, high] = [Math.min(...own.map(({ min }) => min)), Math.max(...own.map(({ max }) => max))];
    return {
      heading: `${set}: ms a repetition`,
      height: 44 + 20 * rows.length,
      options: {
        ...{ marginLeft: left, marginRight: 64, marginTop: 6, marginBottom: 34 },
        x: {
          type: 'log',
          domain: [low * 0.9, high * 1.1],
          label: null,
          grid: true,
          ticks: Math.round((WIDTH - left) / 90),
          tickFormat: (ms: number) => short(ms),
        },
        y: { type: 'point', domain: rows, label: null, tickSize: 0 },
        marks: [
          ...engines.flatMap((engine) => {
            const { color, symbol } = styles.get(engine)!;
            const shown = points.filter((point) => point.engine === engine);
            const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.8 } : { fill: color };
            return [
              Plot.ruleY(shown, { x1: 'min', x2: 'max', y: 'label', stroke: color, strokeWidth: 1.4 }),
              Plot.dot(shown, { x: 'median', y: 'label', r: 4, symbol, ...paint }),
            ];
          }),
          Plot.text(points, {
            ...{ x: 'max', y: 'label', text: (point: { median: number }) => short(point.median), dx: 8, textAnchor: 'start' },
            ...{ fill: INK, fontSize: 10.5, stroke: 'white', strokeWidth: 3 },
          }),
          Plot.frame({ stroke: FAINT, strokeOpacity: 0.4 }),
        ],
      },
    };
  });
  const wrong = document.entries.filter((entry) => entry.wrong).map(({ id }) => id);
  return compose(studio, {
    title: `kindling bench ${document.bench === 'default' ? '' : document.bench}`.trim(),
    subtitle: 'Medians as dots, the quickest to the slowest sample as lines; logarithmic axes.',
    keys: engines.length > 1 ? engines.map((engine): Key => ({ label: engine, ...styles.get(engine)! })) : [],
    panels,
    captions: [benchCaption(document), ...(wrong.length > 0 ? [`Left out, as their results are wrong: ${wrong.join(', ')}.`] : [])],
  });
}
