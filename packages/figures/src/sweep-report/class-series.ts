import type { Panel, Studio } from '../frame.js';
import { FAINT, INK, isStroked, trialStyle } from '../style.js';
import type { SweepCell, SweepLine } from '../sweep/results.js';
import { mean } from '../sweep/statistics.js';
import { isNumbers, source } from './confusion.js';
import { spread } from './curves.js';
import type { GroupFacts } from './facts.js';
import { bothWidths, type SweepFigure, slug } from './figures.js';

/** A quantity of each class after some epochs. */
export interface ClassSeries {
  /** The epochs, counted from 1. */
  readonly epochs: readonly number[];
  /** [epoch][class] */
  readonly rows: readonly (readonly number[])[];
}

/**
 * What a line of the adaptive experiment holds of each class over time; undefined where it holds nothing of the kind. Of the weights an older line may
 * hold those at the end alone.
 */
export function seriesOf({ epochs, weights }: SweepLine, field: 'weights' | 'accuracy'): ClassSeries | undefined {
  if (!Array.isArray(epochs) || epochs.length === 0) {
    const last = typeof epochs === 'number' ? epochs : 1;
    return field === 'weights' && isNumbers(weights) ? { epochs: [last], rows: [weights] } : undefined;
  }
  const known = epochs as readonly (Readonly<Record<string, unknown>> | null)[];
  const rows = known.map((epoch) => epoch?.[field]);
  const places = known.map((epoch, index) => (typeof epoch?.epoch === 'number' ? epoch.epoch : index + 1));
  const rising = places.every((place, index) => index === 0 || place > places[index - 1]!);
  return rising && rows.every(isNumbers) && rows.every((row) => row.length === rows[0]!.length) ? { epochs: places, rows } : undefined;
}

/** The mean of a quantity over seeds, [epoch][class]; only seeds with the epochs of the first count. */
function meanSeries(
  cell: SweepCell,
  field: 'weights' | 'accuracy',
  pick: (row: readonly number[], c: number) => number,
): ClassSeries | undefined {
  const known = cell.lines.flatMap((line) => seriesOf(line, field) ?? []);
  const [first] = known;
  if (!first) return undefined;
  const key = ({ epochs, rows }: ClassSeries): string => JSON.stringify([epochs, rows[0]!.length]);
  const alike = known.filter((series) => key(series) === key(first));
  const rows = first.rows.map((row, epoch) => row.map((_, c) => mean(alike.map((series) => pick(series.rows[epoch]!, c)))));
  return { epochs: first.epochs, rows };
}

const share = (row: readonly number[], c: number): number => row[c]! / row.reduce((sum, weight) => sum + weight, 0);

/** Mean over seeds of the share of draws that each class gets after each epoch. */
export const meanShares = (cell: SweepCell): ClassSeries | undefined => meanSeries(cell, 'weights', share);

/** Mean over seeds of each class's validation accuracy after each epoch. */
export const meanClassAccuracy = (cell: SweepCell): ClassSeries | undefined => meanSeries(cell, 'accuracy', (row, c) => row[c]!);

/** Whole numbers from first to last, at most about `most` of them, evenly spread. */
export function wholeTicks(first: number, last: number, most: number): number[] {
  const every = Math.max(1, Math.ceil((last - first) / most));
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => first + i * every);
}

interface ClassPanel {
  readonly heading: string;
  readonly series: ClassSeries;
  readonly domain: readonly [number, number];
  /** A dashed line across. */
  readonly level?: number;
  readonly width: number;
}

/** Where one moment alone is known: a symbol a class. */
function momentPanel({ Plot }: Studio, { heading, series, domain, level }: ClassPanel): Panel {
  const [row] = series.rows;
  return {
    heading: `${heading}, after epoch ${series.epochs[0]}`,
    height: 190,
    options: {
      marginLeft: 50,
      marginRight: 24,
      marginTop: 10,
      marginBottom: 40,
      x: { type: 'point', domain: row!.map((_, c) => c), label: 'class', labelAnchor: 'center', labelArrow: 'none' },
      y: { domain, label: null, grid: true, ticks: 5 },
      marks: [
        ...(level === undefined ? [] : [Plot.ruleY([level], { stroke: FAINT, strokeDasharray: '4,3' })]),
        Plot.dot(
          row!.map((value, c) => ({ c, value })),
          { x: 'c', y: 'value', r: 4.5, fill: trialStyle(0).color },
        ),
      ],
    },
  };
}

/** A line a class over the epochs, its number and symbol at the right end. */
function classPanel(studio: Studio, spec: ClassPanel): Panel {
  const { Plot } = studio;
  const { heading, series, domain, level, width } = spec;
  const { epochs, rows } = series;
  if (rows.length === 1) return momentPanel(studio, spec);
  const [top, bottom, height] = [10, 40, 230];
  const inner = height - top - bottom;
  const pixel = (value: number): number => top + (inner * (domain[1] - value)) / (domain[1] - domain[0]);
  const value = (y: number): number => domain[1] - ((y - top) * (domain[1] - domain[0])) / inner;
  const ends = spread(rows.at(-1)!.map(pixel), 14, top, height - bottom);
  const [first, last] = [epochs[0]!, epochs.at(-1)!];
  const marks = rows[0]!.flatMap((_, c) => {
    const { color, symbol } = trialStyle(c);
    const points = rows.map((row, place) => ({ epoch: epochs[place]!, value: row[c]! }));
    const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.5 } : { fill: color };
    const label = [{ epoch: last, value: value(ends[c]!), text: String(c) }];
    return [
      Plot.line(points, { x: 'epoch', y: 'value', stroke: color, strokeWidth: 1.3 }),
      Plot.dot(points.length > 40 ? points.slice(-1) : points, { x: 'epoch', y: 'value', symbol, r: 3.2, ...paint }),
      Plot.dot(label, { x: 'epoch', y: 'value', symbol, r: 3.6, ...paint, dx: 16 }),
      Plot.text(label, { x: 'epoch', y: 'value', text: 'text', fill: INK, dx: 25, textAnchor: 'start' }),
    ];
  });
  return {
    heading,
    height,
    options: {
      marginLeft: 50,
      marginRight: 52,
      marginTop: top,
      marginBottom: bottom,
      x: {
        domain: [first, last],
        label: 'epoch',
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: wholeTicks(first, last, Math.floor(width / 50)),
        tickFormat: 'd',
      },
      y: { domain, label: null, grid: true, ticks: 5 },
      marks: [...(level === undefined ? [] : [Plot.ruleY([level], { stroke: FAINT, strokeDasharray: '4,3' })]), ...marks],
    },
  };
}

interface ArmSeries {
  readonly arm: string;
  readonly p: number | null;
  readonly series: ClassSeries;
}

/** Every cell's series, in per cent. */
const recorded = (group: GroupFacts, of: (cell: SweepCell) => ClassSeries | undefined): ArmSeries[] =>
  group.cells.flatMap((cell) => {
    const series = of(cell);
    const rows = series?.rows.map((row) => row.map((value) => 100 * value));
    return series && rows ? [{ arm: cell.arm, p: cell.p, series: { ...series, rows } }] : [];
  });

/** One scale for all panels, with some room, within 0 … 100. */
function domainOf(arms: readonly ArmSeries[]): [number, number] {
  const all = arms.flatMap(({ series }) => series.rows.flat());
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const pad = Math.max(0.05 * (high - low), 0.1);
  return [Math.max(0, low - pad), Math.min(100, high + pad)];
}

const nameOf = ({ arm, p }: ArmSeries): string => `${arm}${p === null ? '' : ` at p = ${p}`}`;

/** Class weights after each epoch, a panel an arm; undefined where the record has none. */
export function weightsFigure(studio: Studio, group: GroupFacts, from: string): SweepFigure | undefined {
  const all = recorded(group, meanShares);
  const isEven = ({ series }: ArmSeries): boolean => series.rows.every((row) => Math.max(...row) - Math.min(...row) < 1e-9);
  const arms = all.filter((arm) => !isEven(arm));
  if (arms.length === 0) return undefined;
  const even = all.filter(isEven).map(({ arm }) => arm);
  const domain = domainOf(arms);
  const isEnd = arms.every(({ series }) => series.rows.length === 1);
  const alt = `Class weights after ${isEnd ? 'the last' : 'each'} epoch for ${arms.map(({ arm }) => arm).join(', ')}.`;
  return bothWidths(studio, `class-weights-${slug(group)}`, alt, (width) => ({
    title: isEnd ? 'Class weights at the end' : 'Class weights over time',
    subtitle: `Weights ${isEnd ? 'after the last epoch' : 'after each epoch'} as shares of all draws, mean over seeds${isEnd ? '' : '; numbers at the right are classes'}. Dashed: every class alike.`,
    keys: [],
    panels: arms.map((one) => {
      const level = 100 / one.series.rows[0]!.length;
      return classPanel(studio, { heading: `${nameOf(one)}: share of draws by class (%)`, series: one.series, domain, level, width });
    }),
    captions: [source(group, from), ...(even.length > 0 ? [`Every class alike throughout: ${even.join(', ')}.`] : [])],
  }));
}

/** Validation accuracy of each class after each epoch, a panel an arm; undefined where the record has none. */
export function classAccuracyFigure(studio: Studio, group: GroupFacts, from: string): SweepFigure | undefined {
  const arms = recorded(group, meanClassAccuracy);
  if (arms.length === 0) return undefined;
  const domain = domainOf(arms);
  const alt = `Validation accuracy of each class after each epoch for ${arms.map(({ arm }) => arm).join(', ')}.`;
  return bothWidths(studio, `class-accuracy-${slug(group)}`, alt, (width) => ({
    title: 'Accuracy of each class over time',
    subtitle: 'On the validation images, from which the class weights follow; mean over seeds. Numbers at the right are classes.',
    keys: [],
    panels: arms.map((one) =>
      classPanel(studio, { heading: `${nameOf(one)}: validation accuracy by class (%)`, series: one.series, domain, width }),
    ),
    captions: [source(group, from)],
  }));
}
