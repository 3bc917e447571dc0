import { classColor, NIGHT, px, svgDocument, svgText } from './night.js';
import { clip, textWidth } from './style.js';

/** A box in which something is drawn, in pixels. */
interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The values as a line over their index, between `low` and `high`, with the zero line; an SVG fragment. */
export function line(values: ArrayLike<number>, box: Box, low: number, high: number, color: string): string {
  const across = (i: number): number => box.x + (box.width * (i + 0.5)) / values.length;
  const up = (value: number): number => box.y + box.height * (1 - (value - low) / (high - low || 1));
  const points = Array.from({ length: values.length }, (_, i) => `${px(across(i))},${px(up(values[i]!))}`).join(' ');
  const zero =
    low < 0 && high > 0
      ? `<line x1="${px(box.x)}" x2="${px(box.x + box.width)}" y1="${px(up(0))}" y2="${px(up(0))}" stroke="${NIGHT.line}"/>`
      : '';
  return `${zero}<polyline points="${points}" fill="none" stroke="${color}" stroke-width="1.4" stroke-linejoin="round"/>`;
}

/** One point of a class. */
export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

export interface Scatter {
  readonly title: string;
  readonly subtitle: string;
  readonly points: readonly ScatterPoint[];
  /** Number of classes, for the legend; none for a single point. */
  readonly classes?: number;
  /** Pixels of a side of the plot; 360 by default. */
  readonly side?: number;
}

const ticksOf = (low: number, high: number): number[] => {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
};

const tickText = (tick: number): string => String(Number(tick.toPrecision(3))).replace('-', '−');

/** Points of the plane in the colours of their classes, on axes of equal scale; as SVG, with its width in pixels. */
export function drawScatter({ title, subtitle, points, classes = 0, side = 360 }: Scatter): {
  readonly svg: string;
  readonly width: number;
} {
  const reach = Math.max(1e-9, ...points.map(({ x, y }) => Math.max(Math.abs(x), Math.abs(y)))) * 1.06;
  const limit = classes === 0 ? Math.max(1.5, reach) : reach;
  const [left, top] = [48, 64];
  const across = (x: number): number => left + (side * (x + limit)) / (2 * limit);
  const up = (y: number): number => top + (side * (limit - y)) / (2 * limit);
  const ticks = ticksOf(-limit, limit);
  const grid = ticks.flatMap((tick) => [
    `<line x1="${px(across(tick))}" x2="${px(across(tick))}" y1="${top}" y2="${top + side}" stroke="${NIGHT.line}" stroke-width="0.5"/>`,
    `<line y1="${px(up(tick))}" y2="${px(up(tick))}" x1="${left}" x2="${left + side}" stroke="${NIGHT.line}" stroke-width="0.5"/>`,
    svgText(across(tick), top + side + 16, tickText(tick), { size: 10, fill: NIGHT.faint, anchor: 'middle' }),
    svgText(left - 6, up(tick) + 3.5, tickText(tick), { size: 10, fill: NIGHT.faint, anchor: 'end' }),
  ]);
  const radius = points.length === 1 ? 5 : points.length > 300 ? 2 : 3;
  const dots = points.map(
    ({ x, y, label }) => `<circle cx="${px(across(x))}" cy="${px(up(y))}" r="${radius}" fill="${classColor(label)}"/>`,
  );
  const bottom = top + side + 40;
  const legend = Array.from({ length: Math.min(classes, 8) }, (_, c) =>
    [
      `<circle cx="${left + 5 + 66 * (c % 5)}" cy="${bottom - 4 + 18 * Math.floor(c / 5)}" r="4" fill="${classColor(c)}"/>`,
      svgText(left + 14 + 66 * (c % 5), bottom + 18 * Math.floor(c / 5), `class ${c}`, { size: 11 }),
    ].join(''),
  );
  const rows = classes === 0 ? 0 : Math.ceil(Math.min(classes, 8) / 5);
  const width = Math.ceil(Math.max(left + side + 24, 48 + textWidth(title, 14)));
  const svg = svgDocument(width, bottom - 4 + 18 * rows, [
    svgText(16, 26, title, { size: 14, bold: true }),
    svgText(16, 46, clip(subtitle, 70), { size: 11, fill: NIGHT.faint }),
    `<rect x="${left}" y="${top}" width="${side}" height="${side}" fill="${NIGHT.panel}"/>`,
    ...grid,
    ...dots,
    ...legend,
  ]);
  return { svg, width };
}

/** One vector: a point of the plane where it has two values, else its values over their index. As SVG. */
export function drawVector({
  title,
  subtitle,
  values,
}: {
  readonly title: string;
  readonly subtitle: string;
  readonly values: ArrayLike<number>;
}): string {
  if (values.length === 2) return drawScatter({ title, subtitle, points: [{ x: values[0]!, y: values[1]!, label: 0 }] }).svg;
  const all = Array.from(values);
  const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
  const box = { x: 48, y: 70, width: 460, height: 190 };
  const padded = { ...box, y: box.y + 10, height: box.height - 20 };
  const label = (value: number, y: number): string =>
    svgText(box.x - 6, y, value.toPrecision(3).replace('-', '−'), { size: 10, fill: NIGHT.faint, anchor: 'end' });
  return svgDocument(532, 296, [
    svgText(16, 26, title, { size: 14, bold: true }),
    svgText(16, 46, clip(subtitle, 76), { size: 11, fill: NIGHT.faint }),
    `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" fill="${NIGHT.panel}"/>`,
    line(values, padded, low, high, classColor(0)),
    label(high, padded.y + 4),
    label(low, padded.y + padded.height + 4),
    svgText(box.x, box.y + box.height + 18, '0', { size: 10, fill: NIGHT.faint }),
    svgText(box.x + box.width, box.y + box.height + 18, String(values.length - 1), { size: 10, fill: NIGHT.faint, anchor: 'end' }),
  ]);
}
