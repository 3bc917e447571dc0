import type * as PlotModule from '@observablehq/plot';
import { clip, FAINT, FONT, FONT_SIZE, INK, isStroked, type SymbolName, textWidth, WIDTH, wrap } from './style.js';

const SVG = 'http://www.w3.org/2000/svg';

/** What drawing needs: Plot, and a document to build SVG in. */
export interface Studio {
  readonly Plot: typeof PlotModule;
  readonly document: Document;
  serialize(node: Node): string;
}

let studio: Promise<Studio> | undefined;

/** Loads Plot and jsdom on first use: jsdom takes about half a second to import, and commands that draw nothing should not wait. */
export function openStudio(): Promise<Studio> {
  studio ??= Promise.all([import('@observablehq/plot'), import('jsdom')]).then(([Plot, { JSDOM }]) => {
    const { window } = new JSDOM('');
    const serializer = new window.XMLSerializer();
    return {
      Plot,
      document: window.document as unknown as Document,
      serialize: (node: Node) => serializer.serializeToString(node as never),
    };
  });
  return studio;
}

/** One plot of a figure. */
export interface Panel {
  /** What the vertical axis or the rows show, with its unit; stands above the panel. */
  readonly heading?: string;
  readonly options: PlotModule.PlotOptions;
  readonly height: number;
}

/** A legend entry: a symbol on a line, or a filled box. */
export interface Key {
  readonly label: string;
  readonly color: string;
  readonly symbol?: SymbolName;
  readonly dash?: string;
}

export interface Figure {
  readonly title: string;
  readonly subtitle: string;
  readonly keys: readonly Key[];
  readonly panels: readonly Panel[];
  /** Lines below the panels: the run, then notes. */
  readonly captions: readonly string[];
  /** Pixels; `WIDTH` by default. */
  readonly width?: number;
}

/** How much wider bold text is, at most. */
const BOLD = 1.16;

/** Pixels left and right of everything. */
export const SIDE = 16;

function element(studio: Studio, name: string, attributes: Record<string, string | number>, text?: string): Element {
  const node = studio.document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (text !== undefined) node.textContent = text;
  return node;
}

/** Legend entries from left to right, wrapped; returns the nodes and the height that they take. */
function drawKeys(studio: Studio, keys: readonly Key[], top: number, total: number): { nodes: Element[]; height: number } {
  const nodes: Element[] = [];
  const step = 20;
  let [x, y] = [SIDE, top];
  for (const { label: full, color, symbol, dash } of keys) {
    const label = clip(full, 48);
    const indent = symbol || dash ? 32 : 20;
    const width = indent + textWidth(label) + 18;
    if (x > SIDE && x + width > total - SIDE) {
      x = SIDE;
      y += step;
    }
    const middle = y + step / 2;
    if (symbol || dash) {
      const line = { x1: x, x2: x + 26, y1: middle, y2: middle, stroke: color, 'stroke-width': 1.8 };
      nodes.push(element(studio, 'line', dash ? { ...line, 'stroke-dasharray': dash } : line));
    } else nodes.push(element(studio, 'rect', { x, y: middle - 6, width: 14, height: 12, fill: color }));
    if (symbol) nodes.push(drawSymbol(studio, symbol, color, x + 13, middle));
    nodes.push(element(studio, 'text', { x: x + indent, y: middle, dy: '0.35em', fill: INK, 'font-size': FONT_SIZE }, label));
    x += width;
  }
  return { nodes, height: keys.length === 0 ? 0 : y - top + step };
}

/** One symbol as Plot draws it, so that the legend and the panels agree. */
function drawSymbol(studio: Studio, symbol: SymbolName, color: string, x: number, y: number): Element {
  const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.8 } : { fill: color };
  const plot = studio.Plot.plot({
    document: studio.document,
    axis: null,
    x: { type: 'identity' },
    y: { type: 'identity' },
    marks: [studio.Plot.dot([[x, y]], { symbol, r: 4, ...paint })],
  } as PlotModule.PlotOptions);
  return plot.querySelector('g')!;
}

/** Puts title, legend, panels and captions into one self-contained SVG document, well-formed as XML. */
export function compose(studio: Studio, { title, subtitle, keys, panels, captions, width = WIDTH }: Figure): string {
  const text = (y: number, size: number, fill: string, content: string, weight = 'normal'): Element =>
    element(studio, 'text', { x: SIDE, y, fill, 'font-size': size, 'font-weight': weight }, content);
  const [title1 = '', ...titles] = wrap(title, (width - 2 * SIDE) / BOLD, 16);
  const nodes: Element[] = [text(28, 16, INK, title1, 'bold')];
  let y = 34;
  for (const line of titles) {
    y += 20;
    nodes.push(text(y - 6, 16, INK, line, 'bold'));
  }
  for (const line of subtitle ? wrap(subtitle, width - 2 * SIDE) : []) {
    y += 16;
    nodes.push(text(y, FONT_SIZE, FAINT, line));
  }
  y += 10;
  const legend = drawKeys(studio, keys, y, width);
  nodes.push(...legend.nodes);
  y += legend.height + 6;
  for (const panel of panels) {
    if (panel.heading) {
      for (const line of wrap(panel.heading, (width - 2 * SIDE) / BOLD)) {
        y += 16;
        nodes.push(text(y, FONT_SIZE, INK, line, 'bold'));
      }
      y += 6;
    }
    const plot = studio.Plot.plot({
      document: studio.document,
      width,
      height: panel.height,
      style: { fontFamily: FONT, fontSize: `${FONT_SIZE}px`, background: 'none', color: INK },
      ...panel.options,
    });
    // Plot's style sheet styles HTML hosts and uses selectors that SVG renderers skip; what matters is set inline.
    for (const sheet of plot.querySelectorAll('style')) sheet.remove();
    plot.setAttribute('y', String(y));
    plot.setAttribute('overflow', 'visible');
    nodes.push(plot);
    y += panel.height + 8;
  }
  y += 4;
  for (const line of captions.filter((caption) => caption !== '').flatMap((caption) => wrap(caption, width - 2 * SIDE, 10.5))) {
    y += 15;
    nodes.push(text(y, 10.5, FAINT, line));
  }
  const height = y + 14;
  const root = element(studio, 'svg', {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    'font-family': FONT,
    fill: INK,
    role: 'img',
  });
  root.append(element(studio, 'title', {}, title), element(studio, 'rect', { width, height, fill: '#ffffff' }), ...nodes);
  return studio.serialize(root);
}
