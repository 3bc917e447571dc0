import { compose, type Figure, type Panel, type Studio } from '../frame.js';
import { INK, isStroked, NARROW, type TrialStyle, textWidth, trialStyle, WIDTH } from '../style.js';
import type { SweepCell } from '../sweep/results.js';
import type { Interval } from '../sweep/statistics.js';
import type { Threshold } from '../sweep/threshold.js';
import { axisOfP, type Curve, type CurvesSpec, curveKeys, curvesPanel, cutNote, labelRoom, MARGIN } from './curves.js';
import { type GroupFacts, testLossOf } from './facts.js';
import { PUBLISHED, publishedCurve } from './published.js';
import { PARTS, timeOf } from './savings.js';
import { allowed, percent } from './text.js';

/** A figure of a sweep in two widths: for a page or a folder, and for a phone. */
export interface SweepFigure {
  /** A file name without its ending, e.g. `accuracy-mnist-500`. */
  readonly name: string;
  readonly title: string;
  readonly wide: string;
  readonly narrow: string;
  /** What the picture shows, for those who do not see it. */
  readonly alt: string;
}

/** Draws a figure in both widths. */
export function bothWidths(studio: Studio, name: string, alt: string, draw: (width: number) => Figure): SweepFigure {
  const [wide, narrow] = [draw(WIDTH), draw(NARROW)];
  return {
    name,
    title: wide.title,
    alt,
    wide: compose(studio, { ...wide, width: WIDTH }),
    narrow: compose(studio, { ...narrow, width: NARROW }),
  };
}

/** How each arm looks in all figures of a sweep. */
export type ArmStyles = ReadonlyMap<string, TrialStyle>;

export const armStyles = (arms: readonly string[]): ArmStyles => new Map(arms.map((arm, index) => [arm, trialStyle(index)]));

/** A part of a file name from what a group is called. */
export const slug = ({ dataSet, steps }: GroupFacts): string => `${dataSet.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${steps}`;

const curvesOf = (group: GroupFacts, styles: ArmStyles, pick: (cell: SweepCell) => Interval | undefined): Curve[] =>
  group.arms.map((name) => ({
    name,
    style: styles.get(name)!,
    points: group.cells.flatMap((cell) => {
      const value = cell.arm === name && cell.p !== null ? pick(cell) : undefined;
      return value && Number.isFinite(value.mean) ? [{ p: cell.p!, mean: value.mean, low: value.low, high: value.high }] : [];
    }),
  }));

const gridOf = ({ grid }: GroupFacts): number[] => grid.filter((p) => p !== null);

const scaled = (interval: Interval | undefined, factor: number): Interval | undefined =>
  interval && {
    n: interval.n,
    mean: interval.mean * factor,
    low: interval.low === null ? null : interval.low * factor,
    high: interval.high === null ? null : interval.high * factor,
  };

/** `MNIST`-like heading parts that every figure of a group has below it. */
const caption = (group: GroupFacts, source: string): string[] => {
  const seeds = group.cells.map(({ accuracy }) => accuracy.n);
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)];
  const count = least === most ? `${most} ${most === 1 ? 'seed' : 'seeds'}` : `${least} to ${most} seeds`;
  return [`${group.experiment} · ${group.dataSet} · ${group.steps.toLocaleString('en')} steps · ${count} · ${source}`];
};

const SHIFTED = 'Symbols: means; bars: 95 % t-intervals over seeds, shifted sideways to stand apart.';

const referenceName = `poster (${PUBLISHED.steps} steps, one seed)`;

interface Frame {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly labelled: boolean;
}

/** Margins of a figure's panels. Where the page is wide, names stand beside the curves; `rows`: names that stand at the left. */
function frameOf(arms: readonly string[], width: number, rows: readonly string[] = []): Frame {
  const labelled = width > 600;
  const left = Math.max(labelled ? 58 : 46, ...rows.map((name) => 22 + textWidth(name)));
  return { width, left, labelled, right: labelled ? labelRoom(arms) : 16 };
}

const thresholdText = ({ threshold, low, high, atLeast, fails, grid }: Threshold): string => {
  if (threshold === null || grid.length === 1) return 'none';
  const value = threshold === 0 && fails !== null ? `< ${fails}` : `${atLeast ? '≥ ' : ''}${threshold}`;
  return `${value}${low === null ? '' : ` (${low} to ${high})`}`;
};

/** A row for each arm: its threshold, and a bar from end to end of the interval. */
function thresholdPanel(
  { Plot }: Studio,
  { thresholds: rows, margin }: GroupFacts,
  styles: ArmStyles,
  grid: readonly number[],
  frame: Frame,
): Panel {
  const known = rows.filter(({ threshold, grid: own }) => threshold !== null && own.length > 1);
  const marks = known.flatMap((row) => {
    const { color, symbol } = styles.get(row.arm)!;
    const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.8 } : { fill: color };
    return [
      ...(row.low === null
        ? []
        : [Plot.ruleY([row], { y: 'arm', x1: 'low', x2: 'high', stroke: color, strokeWidth: 3, strokeOpacity: 0.6 })]),
      Plot.dot([row], { x: 'threshold', y: 'arm', symbol, r: 5, ...paint }),
    ];
  });
  const edge = Math.max(...grid);
  const values = rows.map((row) => ({ arm: row.arm, x: edge, text: thresholdText(row) }));
  return {
    heading: `Threshold: the largest p that costs no more than ${allowed(margin)}`,
    height: 12 + 40 + 22 * rows.length,
    options: {
      marginLeft: frame.left,
      marginRight: frame.right,
      marginTop: 8,
      marginBottom: MARGIN.bottom,
      x: { ...axisOfP(grid, frame.width - frame.left - frame.right, true), grid: true },
      y: { domain: rows.map(({ arm }) => arm), label: null, tickSize: 0 },
      marks: [
        ...marks,
        ...(frame.labelled ? [Plot.text(values, { x: 'x', y: 'arm', text: 'text', textAnchor: 'start', fill: INK, dx: 16 })] : []),
      ],
    },
  };
}

/** Final accuracy against p with thresholds below; undefined for a group without p. */
export function accuracyFigure(studio: Studio, group: GroupFacts, styles: ArmStyles, source: string): SweepFigure | undefined {
  const grid = gridOf(group);
  if (grid.length === 0) return undefined;
  const curves = curvesOf(group, styles, ({ accuracy }) => scaled(accuracy, 100));
  const published = publishedCurve(group.experiment, group.dataSet);
  const reference = published?.p.map((p, index) => ({ p, value: 100 * published.accuracy[index]! }));
  const shown = reference?.filter(({ p }) => p >= Math.min(...grid) && p <= Math.max(...grid));
  const rows = group.thresholds;
  const texts = rows.map(thresholdText);
  const alt = `Final test accuracy in per cent against p for ${group.arms.join(', ')}: ${group.best
    .map(({ p, arm, accuracy }) => `at p ${p} ${arm} is highest with ${percent(accuracy.mean)}`)
    .join('; ')}.`;
  return bothWidths(studio, `accuracy-${slug(group)}`, alt, (width) => {
    const base = frameOf(group.arms, width, group.arms);
    const frame = {
      ...base,
      right: base.labelled ? Math.max(base.right, 30 + Math.max(0, ...texts.map((text) => textWidth(text)))) : base.right,
    };
    const spec: CurvesSpec = {
      heading: 'Final test accuracy (%)',
      curves,
      reference: shown,
      limits: [0, 100],
      height: 320,
      grid,
      bare: true,
      ...frame,
    };
    return {
      title: 'Accuracy against p',
      subtitle: `${SHIFTED}${shown ? ' Dashed: read off the poster’s plot.' : ''}`,
      keys: frame.labelled ? curveKeys([], shown && referenceName) : curveKeys(curves, shown && referenceName),
      panels: [curvesPanel(studio, spec), thresholdPanel(studio, group, styles, grid, frame)],
      captions: [...caption(group, source), ...cutNote([spec])],
    };
  });
}

/** Test loss against p; undefined where there is none. */
export function testLossFigure(studio: Studio, group: GroupFacts, styles: ArmStyles, source: string): SweepFigure | undefined {
  const grid = gridOf(group);
  const curves = curvesOf(group, styles, testLossOf);
  if (curves.every(({ points }) => points.length === 0)) return undefined;
  const alt = `Mean test cross-entropy against p for ${group.arms.join(', ')}.`;
  return bothWidths(studio, `test-loss-${slug(group)}`, alt, (width) => {
    const frame = frameOf(group.arms, width);
    const spec: CurvesSpec = { heading: 'Test cross-entropy', curves, limits: [0, Number.POSITIVE_INFINITY], height: 300, grid, ...frame };
    return {
      title: 'Test loss against p',
      subtitle: SHIFTED,
      keys: frame.labelled ? [] : curveKeys(curves),
      panels: [curvesPanel(studio, spec)],
      captions: [...caption(group, source), ...cutNote([spec])],
    };
  });
}

/** Seconds of a trial by part against p, a panel each, and the total as a share of that at p = 0; undefined where no time is known. */
export function timesFigure(studio: Studio, group: GroupFacts, styles: ArmStyles, source: string): SweepFigure | undefined {
  const grid = gridOf(group);
  const parts = [...PARTS, 'total'].flatMap((part) => {
    const curves = curvesOf(group, styles, (cell) => timeOf(cell, part));
    return curves.some(({ points }) => points.some(({ mean }) => mean > 0)) ? [{ part, curves }] : [];
  });
  if (parts.length === 0) return undefined;
  const absent = PARTS.filter((part) => part !== 'teacher' && !parts.some((one) => one.part === part));
  const total = parts.find(({ part }) => part === 'total')?.curves ?? [];
  const relative = total.flatMap((curve): Curve[] => {
    const plain = curve.points.find(({ p }) => p === 0)?.mean;
    if (plain === undefined || plain <= 0) return [];
    const points = curve.points.map(({ p, mean }) => ({ p, mean: (100 * mean) / plain, low: null, high: null }));
    return [{ ...curve, points }];
  });
  const published = publishedCurve(group.experiment, group.dataSet);
  const reference = published?.p
    .map((p, index) => ({ p, value: (100 * published.seconds[index]!) / published.seconds[0]! }))
    .filter(({ p }) => p >= Math.min(...grid) && p <= Math.max(...grid));
  const alt = `Seconds of a trial against p by what they went on: ${parts.map(({ part }) => part).join(', ')}, for ${group.arms.join(', ')}.`;
  return bothWidths(studio, `time-${slug(group)}`, alt, (width) => {
    const frame = { ...frameOf(group.arms, width), labelled: false, right: 20 };
    const share = relative.length > 0;
    const panel = ({ part, curves }: (typeof parts)[number], last: boolean): Panel => {
      const spec = { heading: `${part} (s)`, curves, limits: [0, Number.POSITIVE_INFINITY], fromZero: true, grid, ...frame } as const;
      return curvesPanel(studio, { ...spec, height: part === 'total' ? 190 : 128, bare: !last });
    };
    const shares = {
      heading: 'Total as a share of that at p = 0 (%)',
      curves: relative,
      limits: [0, Number.POSITIVE_INFINITY],
      fromZero: true,
      height: 220,
      grid,
      ...frame,
      ...(reference ? { reference } : {}),
    } as const;
    return {
      title: 'Time against p, by what it went on',
      subtitle:
        'Mean seconds of a trial. Each panel has its own scale, from 0. Bars: 95 % intervals, where times were measured more than once.',
      keys: curveKeys(total, share && reference ? referenceName : undefined),
      panels: [
        ...parts.map((one, index) => panel(one, index === parts.length - 1 && !share)),
        ...(share ? [curvesPanel(studio, shares)] : []),
      ],
      captions: [
        ...caption(group, source),
        ...cutNote(parts.map(({ curves }) => ({ curves, limits: [0, Number.POSITIVE_INFINITY] as const }))),
        ...(absent.length > 0 ? [`No time went on, or none is recorded for: ${absent.join(', ')}.`] : []),
      ],
    };
  });
}
