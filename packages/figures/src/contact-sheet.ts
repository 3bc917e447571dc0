import { NIGHT, px, svgDocument, svgText } from './night.js';
import { clip, textWidth, wrap } from './style.js';
import { line } from './vector-plot.js';

/** One sample of a sheet: a picture as PNG bytes in base64, or values to draw as a line. */
export interface SheetCell {
  readonly png?: string;
  readonly values?: ArrayLike<number>;
  /** Stands below the cell. */
  readonly caption?: string;
}

export interface SheetRow {
  /** Stands at the left of the row, e.g. its class. */
  readonly label?: string;
  readonly cells: readonly SheetCell[];
  readonly color?: string;
}

export interface ContactSheet {
  readonly title: string;
  /** Wrapped below the title. */
  readonly subtitle: string;
  /** Pixels of a cell. */
  readonly cell: { readonly width: number; readonly height: number };
  readonly rows: readonly SheetRow[];
}

const MARGIN = 18;
const GAP = 6;
const CAPTION = 15;

/** A contact sheet: rows of small pictures on a dark neutral ground, each row or picture with its label. As SVG, with its width in pixels. */
export function contactSheet({ title, subtitle, cell, rows }: ContactSheet): { readonly svg: string; readonly width: number } {
  const labels = rows.map(({ label }) => label ?? '');
  const labelled = labels.some((label) => label !== '');
  const left = MARGIN + (labelled ? Math.max(...labels.map((label) => textWidth(label, 12))) + 10 : 0);
  const columns = Math.max(1, ...rows.map(({ cells }) => cells.length));
  const width = Math.ceil(Math.max(left + columns * (cell.width + GAP) - GAP + MARGIN, 360, 2 * MARGIN + 1.1 * textWidth(title, 15)));
  const about = wrap(subtitle, width - 2 * MARGIN, 11);
  const top = 44 + 16 * about.length;
  const captioned = rows.some(({ cells }) => cells.some(({ caption }) => caption !== undefined));
  const step = cell.height + GAP + (captioned ? CAPTION : 0);
  const values = rows.flatMap(({ cells }) => cells.flatMap((item) => (item.values ? Array.from(item.values) : [])));
  const [low, high] = values.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [0, 0]);

  const drawCell = (item: SheetCell, x: number, y: number, color: string): string => {
    const ground = `<rect x="${px(x)}" y="${px(y)}" width="${cell.width}" height="${cell.height}" fill="${NIGHT.panel}"/>`;
    const box = { x: x + 2, y: y + 4, width: cell.width - 4, height: cell.height - 8 };
    const content = item.values
      ? line(item.values, box, low, high, color)
      : `<image x="${px(x)}" y="${px(y)}" width="${cell.width}" height="${cell.height}" image-rendering="optimizeSpeed" href="data:image/png;base64,${item.png}"/>`;
    const room = Math.floor(cell.width / 6);
    const caption =
      item.caption === undefined
        ? ''
        : svgText(x + cell.width / 2, y + cell.height + 11.5, clip(item.caption, room), { size: 9.5, fill: NIGHT.faint, anchor: 'middle' });
    return ground + content + caption;
  };
  const body = rows.flatMap(({ cells, label, color = NIGHT.ink }, row) => {
    const y = top + row * step;
    const name =
      label === undefined ? [] : [svgText(Math.ceil(left) - 10, y + cell.height / 2 + 4, label, { anchor: 'end', fill: NIGHT.ink })];
    return [...name, ...cells.map((item, column) => drawCell(item, Math.ceil(left) + column * (cell.width + GAP), y, color))];
  });
  const svg = svgDocument(width, top + rows.length * step - GAP + MARGIN, [
    svgText(MARGIN, 30, title, { size: 15, bold: true }),
    ...about.map((text, i) => svgText(MARGIN, 50 + 16 * i, text, { size: 11, fill: NIGHT.faint })),
    ...body,
  ]);
  return { svg, width };
}
