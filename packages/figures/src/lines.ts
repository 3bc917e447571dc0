import { compose, openStudio, type Panel, type Studio } from './frame.js';
import { isStroked, textWidth, trialStyle } from './style.js';

/** One place of a line; `low` and `high` bound its interval where there is one. */
export interface LinePoint {
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
}

export interface LineSeries {
  readonly label: string;
  readonly points: readonly LinePoint[];
  /** `line` joins the points and marks some; `marks` shows points only, e.g. measurements beside a theory; `plain` draws no symbols. */
  readonly draw?: 'line' | 'marks' | 'plain';
  readonly dashed?: boolean;
  /** Which colour and symbol; its place in the list by default. Series of one index look alike, e.g. a fit and its measurements. */
  readonly look?: number;
}

export interface LineAxis {
  readonly label: string;
  readonly log?: boolean;
  readonly domain?: readonly [number, number];
}

export interface LinePanel {
  readonly heading?: string;
  readonly x: LineAxis;
  readonly y: LineAxis;
  readonly series: readonly LineSeries[];
  readonly height?: number;
}

/** A figure of lines over a number; the series of all panels share one legend, by label. */
export interface LinesFigure {
  readonly title: string;
  readonly subtitle?: string;
  readonly panels: readonly LinePanel[];
  readonly captions?: readonly string[];
  readonly width?: number;
}

/** Symbols on a line at most. */
const MARKED = 12;

/** 0.003, 0.5, 20, 3,000, 2M: short enough for a margin. */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 1 });
  if (size >= 1000) return value.toLocaleString('en', { maximumFractionDigits: 0 });
  if (size > 0 && size < 1e-4) return value.toExponential(0).replace('e-', 'e−');
  return String(Number(value.toPrecision(3))).replace('-', '−');
}

/** Ticks of a logarithmic axis: powers of ten, with 2 and 5 times those, or every whole multiple, where there are few. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades > 3 ? [1] : decades > 0.7 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_, index) => first + index);
  // 10 ** −4 · 5 is .0005000000000000001.
  const ticks = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)));
  return ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
}

function domainOf({ log, domain }: LineAxis, values: readonly number[]): [number, number] {
  if (domain) return [domain[0], domain[1]];
  const usable = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  const [low, high] = [Math.min(...usable), Math.max(...usable)];
  if (usable.length === 0) return log ? [1, 10] : [0, 1];
  if (log) {
    const room = Math.max((high / low) ** 0.04, 1.05);
    return [low / room, high * room];
  }
  const room = (high - low || Math.abs(high) || 1) * 0.04;
  // An axis of counts or shares does not begin below 0.
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function drawPanel(studio: Studio, { heading, x, y, series, height = 300 }: LinePanel, looks: ReadonlyMap<LineSeries, number>): Panel {
  const { Plot } = studio;
  const points = series.flatMap((one) => one.points);
  const [xs, ys] = [
    domainOf(
      x,
      points.map((point) => point.x),
    ),
    domainOf(
      y,
      points.flatMap(({ y: at, low, high }) => [at, low ?? at, high ?? at]),
    ),
  ];
  const shown = ({ x: px, y: py }: LinePoint): boolean => (!x.log || px > 0) && (!y.log || py > 0) && Number.isFinite(py);
  const floor = (value: number): number => (y.log ? Math.max(value, ys[0] / 10) : value);
  const marks = series.flatMap((one) => {
    const { draw = 'line', dashed } = one;
    const { color, symbol } = trialStyle(looks.get(one)!);
    const all = one.points.filter(shown).toSorted((a, b) => a.x - b.x);
    const every = draw === 'marks' ? 1 : Math.ceil(all.length / MARKED);
    const symbols = draw === 'plain' ? [] : all.filter((_, i) => i % every === 0 || i === all.length - 1);
    const bars = all
      .filter(({ low, high }) => low !== undefined && high !== undefined)
      .map((p) => ({ x: p.x, low: floor(p.low!), high: floor(p.high!) }));
    const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.6 } : { fill: color, stroke: 'white', strokeWidth: 0.7 };
    return [
      ...(bars.length === 0
        ? []
        : draw === 'marks'
          ? [Plot.ruleX(bars, { x: 'x', y1: 'low', y2: 'high', stroke: color, strokeWidth: 1.3 })]
          : [Plot.areaY(bars, { x: 'x', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.13 })]),
      ...(draw === 'marks'
        ? []
        : [Plot.line(all, { x: 'x', y: 'y', stroke: color, strokeWidth: 1.7, ...(dashed ? { strokeDasharray: '6 3' } : {}) })]),
      Plot.dot(symbols, { x: 'x', y: 'y', symbol, r: 3.8, ...paint }),
    ];
  });
  const ticksY = y.log ? logTicks(...ys) : undefined;
  const ticksX = x.log ? logTicks(...xs) : undefined;
  const labels = ticksY?.map(tickLabel) ?? [tickLabel(ys[0]), tickLabel(ys[1]), tickLabel((ys[0] + ys[1]) / 2)];
  return {
    heading: `${heading ? `${heading}: ` : ''}${y.label}${y.log ? ' (log scale)' : ''}`,
    height,
    options: {
      marginLeft: Math.max(56, 18 + Math.max(...labels.map((label) => textWidth(label)))),
      marginRight: 24,
      marginTop: 10,
      marginBottom: 44,
      x: { type: x.log ? 'log' : 'linear', domain: xs, axis: null },
      y: { type: y.log ? 'log' : 'linear', domain: ys, axis: null },
      clip: true,
      marks: [
        ticksY ? Plot.gridY(ticksY) : Plot.gridY(),
        ticksY ? Plot.axisY(ticksY, { text: tickLabel, label: null }) : Plot.axisY({ tickFormat: tickLabel, label: null, ticks: 6 }),
        ticksX
          ? Plot.axisX(ticksX, { text: tickLabel, label: `${x.label} (log scale)`, labelAnchor: 'center', labelArrow: 'none' })
          : Plot.axisX({ tickFormat: tickLabel, label: x.label, labelAnchor: 'center', labelArrow: 'none' }),
        ...marks,
      ],
    },
  };
}

/**
 * Draws lines over a number, with intervals as bands (or bars beside points that stand alone), on linear or logarithmic axes. Points that a
 * logarithmic axis cannot show (0 and below) are left out: say so in a caption.
 * @returns one SVG document without references to anything outside it
 */
export async function drawLines({ title, subtitle = '', panels, captions = [], width }: LinesFigure): Promise<string> {
  const studio = await openStudio();
  const order = new Map<string, { look: number; series: LineSeries }>();
  const looks = new Map<LineSeries, number>();
  for (const series of panels.flatMap((panel) => panel.series)) {
    const known = order.get(series.label);
    const look = series.look ?? known?.look ?? order.size;
    looks.set(series, look);
    if (!known) order.set(series.label, { look, series });
  }
  const keys = [...order].map(([label, { look, series }]) => {
    const { color, symbol } = trialStyle(look);
    return { label, color, ...(series.draw === 'plain' ? { dash: series.dashed ? '6 3' : '1 0' } : { symbol }) };
  });
  const drawn = panels.map((panel) => drawPanel(studio, panel, looks));
  return compose(studio, { title, subtitle, keys: keys.length > 1 ? keys : [], panels: drawn, captions, ...(width ? { width } : {}) });
}
