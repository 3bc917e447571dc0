import { compose, openStudio } from './frame.js';
import { clip, isStroked, textWidth, trialStyle } from './style.js';

/** One row of a figure: a value with its interval, and what else is worth saying of it. */
export interface FigureRow {
  readonly label: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** Written right of the value, e.g. what it cost. */
  readonly note?: string;
}

export interface RowsFigure {
  readonly title: string;
  readonly subtitle?: string;
  /** What the values are, with their unit. */
  readonly heading: string;
  readonly rows: readonly FigureRow[];
  readonly digits?: number;
  readonly captions?: readonly string[];
  readonly width?: number;
}

/** Values by name, one row each with its interval: for a handful of ways of doing the same. @returns one self-contained SVG document */
export async function drawRows({ title, subtitle = '', heading, rows, digits = 2, captions = [], width }: RowsFigure): Promise<string> {
  const studio = await openStudio();
  const { Plot } = studio;
  const texts = rows.map(({ value, note }) => `${value.toFixed(digits)}${note ? `  ${note}` : ''}`);
  const named = rows.map((row, i) => ({ ...row, label: clip(row.label, 32), text: texts[i]! }));
  const bounds = rows.flatMap(({ value, low = value, high = value }) => [low, high]);
  const [low, high] = [Math.min(...bounds), Math.max(...bounds)];
  const room = (high - low || 1) * 0.06;
  const marks = named.flatMap((row, i) => {
    const { color, symbol } = trialStyle(i);
    const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.8 } : { fill: color };
    return [
      ...(row.low === undefined || row.high === undefined
        ? []
        : [Plot.ruleY([row], { y: 'label', x1: 'low', x2: 'high', stroke: color, strokeWidth: 2 })]),
      Plot.dot([row], { x: 'value', y: 'label', symbol, r: 5, ...paint }),
    ];
  });
  const side = Math.max(...texts.map((text) => textWidth(text))) + 28;
  const svg = compose(studio, {
    title,
    subtitle,
    keys: [],
    captions,
    ...(width ? { width } : {}),
    panels: [
      {
        heading,
        height: 60 + 34 * rows.length,
        options: {
          marginLeft: 26 + Math.max(...named.map(({ label }) => textWidth(label))),
          marginRight: side,
          marginTop: 10,
          marginBottom: 36,
          x: { domain: [low - room, high + room], grid: true, label: null, ticks: 6 },
          y: { type: 'band', domain: named.map(({ label }) => label), label: null, tickSize: 0 },
          marks: [
            ...marks,
            // In a column of their own: beside the dots they would lie on intervals.
            Plot.text(named, { y: 'label', text: 'text', frameAnchor: 'right', dx: side - 8, textAnchor: 'end' }),
          ],
        },
      },
    ],
  });
  return svg;
}
