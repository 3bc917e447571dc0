import type { Key, Panel, Studio } from '../frame.js';
import { FAINT, INK, isStroked, type TrialStyle, textWidth } from '../style.js';

/** A value at one p, with its interval where there is one. */
export interface CurvePoint {
  readonly p: number;
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Curve {
  readonly name: string;
  readonly style: TrialStyle;
  readonly points: readonly CurvePoint[];
}

/** A panel of curves against p. */
export interface CurvesSpec {
  readonly heading: string;
  readonly curves: readonly Curve[];
  /** Drawn dashed and grey, without interval. */
  readonly reference?: readonly { readonly p: number; readonly value: number }[] | undefined;
  /** Least and largest value that the quantity can have: intervals end there. */
  readonly limits: readonly [number, number];
  /** Whether the axis begins at 0. */
  readonly fromZero?: boolean;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  /** Names beside the curves' ends, where the right margin has the room. */
  readonly labelled?: boolean;
  /** Every p of the group, so that panels line up. */
  readonly grid: readonly number[];
  /** Without the name of the axis: another panel below has it. */
  readonly bare?: boolean;
}

/** Colour and dash of what was published elsewhere. */
export const REFERENCE = { color: '#555555', dash: '5,4' } as const;

export const MARGIN = { top: 10, bottom: 40, bare: 24 } as const;

/** The p axis of every panel: the grid, padded so that end points are whole. */
export function axisOfP(grid: readonly number[], width: number, label: boolean) {
  const [low, high] = [Math.min(...grid), Math.max(...grid)];
  const pad = high > low ? 0.03 * (high - low) : 0.05;
  const every = Math.ceil((grid.length * 34) / width);
  return {
    domain: [low - pad, high + pad],
    ticks: grid.filter((_, index) => index % every === 0),
    tickFormat: (p: number) => String(p),
    label: label ? 'p, share of the steps that are warm-up' : null,
    labelAnchor: 'center',
    labelArrow: 'none',
  } as const;
}

/** Marks of one series: line, intervals and symbols, shifted sideways so that intervals of several stand beside each other. */
function seriesMarks({ Plot }: Studio, { style, points }: Curve, dx: number) {
  const { color, symbol } = style;
  const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.8 } : { fill: color, stroke: 'white', strokeWidth: 0.7 };
  const spread = points.filter(({ low, high }) => low !== null && high !== null);
  return [
    Plot.line(points, { x: 'p', y: 'mean', stroke: color, strokeWidth: 1.4, dx }),
    Plot.ruleX(spread, { x: 'p', y1: 'low', y2: 'high', stroke: color, strokeWidth: 1.8, strokeOpacity: 0.75, dx }),
    Plot.dot(points, { x: 'p', y: 'mean', symbol, r: 3.4, ...paint, dx }),
  ];
}

/** Heights from top to bottom moved apart to at least `gap`, as little as the order allows, within `low` … `high`. */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a]! - wanted[b]!);
  const placed = new Array<number>(wanted.length);
  let at = low;
  for (const index of order) {
    placed[index] = Math.max(wanted[index]!, at);
    at = placed[index]! + gap;
  }
  let least = high;
  for (const index of order.toReversed()) {
    placed[index] = Math.min(placed[index]!, least);
    least = placed[index]! - gap;
  }
  return placed;
}

/** Names at the right end of the curves, each with its symbol. */
function endLabels({ Plot }: Studio, spec: CurvesSpec, [low, high]: readonly [number, number], top: number, bottom: number) {
  const inner = spec.height - top - bottom;
  const pixel = (value: number): number => top + (inner * (high - value)) / (high - low);
  const value = (y: number): number => high - ((y - top) * (high - low)) / inner;
  const ends = spec.curves.flatMap((curve) => (curve.points.length > 0 ? [{ curve, end: curve.points.at(-1)! }] : []));
  const heights = spread(
    ends.map(({ end }) => pixel(end.mean)),
    16,
    top,
    spec.height - bottom,
  );
  const edge = Math.max(...spec.grid);
  return ends.flatMap(({ curve: { name, style }, end }, index) => {
    const row = [{ x: edge, y: value(heights[index]!), name }];
    const paint = isStroked(style.symbol) ? { stroke: style.color, strokeWidth: 1.8 } : { fill: style.color };
    // A curve that ends early is led to its name.
    const leader = end.p < edge ? [{ x1: end.p, y1: end.mean, x2: edge, y2: value(heights[index]!) }] : [];
    return [
      Plot.link(leader, { x1: 'x1', y1: 'y1', x2: 'x2', y2: 'y2', stroke: style.color, strokeWidth: 0.8, strokeDasharray: '1,3', dx: 8 }),
      Plot.dot(row, { x: 'x', y: 'y', symbol: style.symbol, r: 4, ...paint, dx: 24 }),
      Plot.text(row, { x: 'x', y: 'y', text: 'name', textAnchor: 'start', fill: INK, dx: 33 }),
    ];
  });
}

type Extent = Pick<CurvesSpec, 'curves' | 'reference' | 'limits'>;

/** Values between which a panel shows intervals: an interval of two seeds can be ten times its mean, and would flatten the curves. */
function windowOf({ curves, reference = [], limits: [least, most] }: Extent): [number, number] {
  const means = [...curves.flatMap(({ points }) => points.map(({ mean }) => mean)), ...reference.map(({ value }) => value)];
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const reach = Math.max(high - low, 1e-3 * Math.abs(high), 1e-6);
  return [Math.max(least, low - reach), Math.min(most, high + reach)];
}

/** A line for below the figure where an interval goes on beyond what a panel shows; nothing else. */
export function cutNote(specs: readonly Extent[]): string[] {
  const isCut = (spec: Extent): boolean => {
    const [floor, ceiling] = windowOf(spec);
    const [least, most] = spec.limits;
    const beyond = (low: number | null, high: number | null): boolean =>
      low !== null && high !== null && (Math.max(low, least) < floor || Math.min(high, most) > ceiling);
    return spec.curves.some(({ points }) => points.some(({ low, high }) => beyond(low, high)));
  };
  return specs.some(isCut) ? ['Some intervals are wider than their panel, and are cut at its edge: the tables have them whole.'] : [];
}

/** Mean and interval of several arms against p, in one panel. */
export function curvesPanel(studio: Studio, spec: CurvesSpec): Panel {
  const { Plot } = studio;
  const [least, most] = spec.limits;
  const all = spec.curves.flatMap(({ points }) => points);
  const references = (spec.reference ?? []).map(({ value }) => value);
  const means = [...all.map(({ mean }) => mean), ...references];
  const [floor, ceiling] = windowOf(spec);
  const cut = (value: number | null): number | null => (value === null ? null : Math.min(ceiling, Math.max(floor, value)));
  const curves = spec.curves.map((curve) => ({
    ...curve,
    points: curve.points.map((point) => ({ ...point, low: cut(point.low), high: cut(point.high) })),
  }));
  const values = [...means, ...curves.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high].filter((v) => v !== null)))];
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const pad = 0.05 * Math.max(highest - lowest, 0.01 * Math.abs(highest), 1e-9);
  const domain = [spec.fromZero ? 0 : Math.max(least, lowest - pad), Math.min(most, highest + pad)] as const;
  const bottom = spec.bare ? MARGIN.bare : MARGIN.bottom;
  const shift = (index: number): number => (curves.length > 1 ? 2.6 * (index - (curves.length - 1) / 2) : 0);
  const reference = spec.reference ?? [];
  return {
    heading: spec.heading,
    height: spec.height,
    options: {
      marginLeft: spec.left,
      marginRight: spec.right,
      marginTop: MARGIN.top,
      marginBottom: bottom,
      x: axisOfP(spec.grid, spec.width - spec.left - spec.right, !spec.bare),
      y: { domain: domain[1] > domain[0] ? domain : [domain[0], domain[0] + 1], label: null, grid: true, ticks: spec.height > 200 ? 7 : 4 },
      marks: [
        ...(spec.fromZero ? [Plot.ruleY([0], { stroke: FAINT })] : []),
        Plot.line(reference, { x: 'p', y: 'value', stroke: REFERENCE.color, strokeWidth: 1.6, strokeDasharray: REFERENCE.dash }),
        ...curves.flatMap((curve, index) => seriesMarks(studio, curve, shift(index))),
        ...(spec.labelled ? endLabels(studio, spec, domain, MARGIN.top, bottom) : []),
      ],
    },
  };
}

/** The legend of the arms, and of what was published elsewhere. */
export const curveKeys = (curves: readonly Curve[], reference?: string): Key[] => [
  ...curves.map(({ name, style }) => ({ label: name, color: style.color, symbol: style.symbol })),
  ...(reference ? [{ label: reference, ...REFERENCE }] : []),
];

/** Pixels that names beside the curves take. */
export const labelRoom = (names: readonly string[]): number => 44 + Math.max(0, ...names.map((name) => textWidth(name)));
