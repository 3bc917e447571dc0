import type { Figure, Key, Panel, Studio } from './frame.js';
import type { Phase, RunRecord, TrainPoint } from './record.js';
import { FAINT, isStroked, type TrialStyle } from './style.js';

/** What the axes call the two losses. */
export interface LossNames {
  readonly warmup: string;
  readonly natural: string;
}

/** Logged points from which on every line of a panel is smoothed. */
const CROWDED = 60;
/** Points that a line keeps at most (gaps apart): more than there are pixels would only swell the file. */
const KEPT = 1500;
/** Largest over smallest loss from which on a panel is logarithmic, so that every line's shape shows. */
const LOG_RANGE = 30;
const DASH = '6 3';

interface Sample {
  readonly step: number;
  readonly loss: number;
}

/** Means over `2·reach + 1` neighbours, fewer at the ends; points that are not finite break the line and enter no mean. */
function smooth(points: readonly Sample[], reach: number): Sample[] {
  return points.map(({ step, loss }, index) => {
    if (Number.isNaN(loss)) return { step, loss };
    const near = points.slice(Math.max(0, index - reach), index + reach + 1).filter((point) => !Number.isNaN(point.loss));
    return { step, loss: near.reduce((sum, point) => sum + point.loss, 0) / near.length };
  });
}

const thin = (points: readonly Sample[]): Sample[] => {
  const every = Math.ceil(points.length / KEPT);
  return points.filter((point, index) => index % every === 0 || index === points.length - 1 || Number.isNaN(point.loss));
};

/** About seven places along a line for its symbol, shifted by trial so that symbols of close lines do not cover each other. */
const markers = (points: readonly Sample[], shift: number): Sample[] => {
  const every = Math.max(1, Math.floor(points.length / 7));
  return points.filter(
    (point, index) => index % every === Math.floor(every / 2 + (shift * every) / 5) % every && !Number.isNaN(point.loss),
  );
};

/** Last warm-up step of each trial that went on to natural data. */
export function switches(record: RunRecord): Map<string, number> {
  const found = new Map<string, number>();
  const points: readonly { trial: string; phase: Phase; step: number }[] = [...record.train, ...record.evals];
  for (const trial of record.trials) {
    const own = points.filter((point) => point.trial === trial);
    const last = own.reduce((most, { phase, step }) => (phase === 'warmup' ? Math.max(most, step) : most), -1);
    if (last >= 0 && own.some(({ phase, step }) => phase === 'natural' && step >= last)) found.set(trial, last);
  }
  return found;
}

/** Steps on the axis: every panel of a figure shares them, so that the switch lines up. At least 0 .. 10, for whole ticks. */
export function stepDomain(record: RunRecord): [number, number] {
  return [0, [...record.train, ...record.evals].reduce((most, { step }) => Math.max(most, step), 10)];
}

/** Vertical rules where trials switch to natural data. */
export function switchRules(studio: Studio, record: RunRecord, styles: ReadonlyMap<string, TrialStyle>) {
  return [...switches(record)].map(([trial, step]) =>
    studio.Plot.ruleX([step], { stroke: styles.get(trial)!.color, strokeOpacity: 0.55, strokeDasharray: '2 3' }),
  );
}

const sorted = (points: readonly TrainPoint[]): Sample[] =>
  points.map(({ step, loss }) => ({ step, loss: loss ?? Number.NaN })).sort((a, b) => a.step - b.step);

function panel(
  studio: Studio,
  record: RunRecord,
  styles: ReadonlyMap<string, TrialStyle>,
  phase: Phase,
  name: string,
  last: boolean,
): Panel {
  const { Plot } = studio;
  const points = record.train.filter((point) => point.phase === phase);
  const lowest = points.reduce((least, { loss = Infinity }) => Math.min(least, loss), Infinity);
  const highest = points.reduce((most, { loss = -Infinity }) => Math.max(most, loss), -Infinity);
  const log = lowest > 0 && highest / lowest > LOG_RANGE;
  const reach = reachOf(longest(record, phase));
  const dash = phase === 'warmup' ? { strokeDasharray: DASH } : {};
  const marks = record.trials.flatMap((trial, index) => {
    const { color, symbol } = styles.get(trial)!;
    const raw = sorted(points.filter((point) => point.trial === trial));
    const line = reach > 0 ? smooth(raw, reach) : raw;
    const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.6 } : { fill: color, stroke: 'white', strokeWidth: 0.7 };
    return [
      ...(line === raw ? [] : [Plot.line(thin(raw), { x: 'step', y: 'loss', stroke: color, strokeWidth: 0.7, strokeOpacity: 0.28 })]),
      Plot.line(thin(line), { x: 'step', y: 'loss', stroke: color, strokeWidth: 1.7, ...dash }),
      Plot.dot(markers(line, index), { x: 'step', y: 'loss', symbol, r: 3.6, ...paint }),
    ];
  });
  const scale = log
    ? { type: 'log' as const, domain: [lowest / 1.25, highest * 1.25], axis: null }
    : { type: 'linear' as const, nice: true, ticks: 6, grid: true };
  // Plot leaves labels of a log scale out (5 and 50 beside 1, 2, 10, 20); an axis of its own keeps them all.
  const ticks = log ? logTicks(lowest, highest) : [];
  const axis = log ? [Plot.gridY(ticks), Plot.axisY(ticks, { text: (loss: number) => plain(loss), label: null })] : [];
  return {
    heading: `${phase === 'warmup' ? 'Warm-up' : 'Natural data'}: ${name}${log ? ' (log scale)' : ''}`,
    height: last ? 266 : 206,
    options: {
      marginLeft: 62,
      marginRight: 24,
      marginTop: 10,
      marginBottom: last ? 44 : 26,
      x: { domain: stepDomain(record), label: last ? 'training step' : null, labelAnchor: 'center', labelArrow: 'none', nice: true },
      y: { ...scale, label: null },
      marks: [...axis, Plot.ruleX([0], { stroke: FAINT }), ...switchRules(studio, record, styles), ...marks],
    },
  };
}

/** A tick of the log axis, short enough for the margin: `0.05`, `2,000`, `1.5M`. */
function plain(loss: number): string {
  if (loss >= 1e6) return loss.toLocaleString('en', { notation: 'compact' });
  return loss >= 1 ? loss.toLocaleString('en') : String(Number(loss.toPrecision(2)));
}

/** Powers of ten in the range, with 2 and 5 times those where there are few. */
function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const factors = decades > 2.5 ? [1] : [1, 2, 5];
  const first = Math.floor(Math.log10(low));
  const powers = Array.from({ length: Math.ceil(decades) + 2 }, (_, index) => first + index);
  const ticks = powers.flatMap((power) => factors.map((factor) => factor * 10 ** power));
  return ticks.filter((tick) => tick >= low / 1.25 && tick <= high * 1.25);
}

/** Points of the longest line in a phase's panel. */
const longest = (record: RunRecord, phase: Phase): number => {
  const counts = new Map<string, number>();
  for (const point of record.train) if (point.phase === phase) counts.set(point.trial, (counts.get(point.trial) ?? 0) + 1);
  return Math.max(0, ...counts.values());
};

/** Neighbours on each side that a smoothed point averages; 0 where lines of `count` points are clear as they are. */
const reachOf = (count: number): number => (count > CROWDED ? Math.max(2, Math.round(count / 60)) : 0);

/** The legend of trials; a single one needs none. */
export const trialKeys = (record: RunRecord, styles: ReadonlyMap<string, TrialStyle>): Key[] =>
  record.trials.length > 1 ? record.trials.map((trial) => ({ label: trial, ...styles.get(trial)! })) : [];

/** Notes on losses that were not finite, one a trial. */
function brokenNotes(record: RunRecord): string[] {
  return record.trials.flatMap((trial) => {
    const broken = record.train.filter((point) => point.trial === trial && point.loss === undefined).map(({ step }) => step);
    if (broken.length === 0) return [];
    const times = broken.length === 1 ? '1 logged step' : `${broken.length} logged steps`;
    const first = broken.reduce((least, step) => Math.min(least, step));
    return [`${trial}: the loss was not finite at ${times}, first at step ${first}; the line breaks there.`];
  });
}

/**
 * Training loss against step, one line a trial: warm-up dashed above, natural data below, on the same step axis with a dotted rule
 * where each trial switches; each panel on a log scale where its losses need one. Undefined where nothing was logged.
 */
export function lossFigure(
  studio: Studio,
  record: RunRecord,
  styles: ReadonlyMap<string, TrialStyle>,
  names: LossNames,
): (Omit<Figure, 'captions'> & { notes: string[] }) | undefined {
  const phases = (['warmup', 'natural'] as const).filter((phase) => record.train.some((point) => point.phase === phase));
  if (phases.length === 0) return undefined;
  const parts = [
    ...(phases.length === 2 ? ['Dashed: warm-up. Dotted rule: switch to natural data. The two panels show different quantities.'] : []),
    ...(phases.some((phase) => longest(record, phase) > CROWDED) ? ['Faint: each logged step; strong: moving average.'] : []),
  ];
  return {
    title: 'Training loss',
    subtitle: parts.join(' '),
    keys: trialKeys(record, styles),
    panels: phases.map((phase, index) => panel(studio, record, styles, phase, names[phase], index === phases.length - 1)),
    notes: brokenNotes(record),
  };
}
