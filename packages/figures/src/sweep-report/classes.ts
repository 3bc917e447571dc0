import type { Panel, Studio } from '../frame.js';
import { FAINT, INK, isStroked, textWidth, trialStyle } from '../style.js';
import type { SweepCell, SweepLine } from '../sweep/results.js';
import { mean } from '../sweep/statistics.js';
import { isNumbers, meanConfusion, source } from './confusion.js';
import { spread } from './curves.js';
import type { GroupFacts } from './facts.js';
import { type ArmStyles, bothWidths, type SweepFigure, slug } from './figures.js';
import { PUBLISHED_ADAPTIVE } from './published.js';
import { code, percent, signedPoints } from './text.js';

/** The class weights after each epoch, [epoch][class], as a line of the adaptive experiment may hold them; else those at the end alone. */
export function weightsOf({ epochs, weights }: SweepLine): number[][] | undefined {
  if (!Array.isArray(epochs) || epochs.length === 0) return isNumbers(weights) ? [weights] : undefined;
  const rows = epochs.map((epoch: unknown) => (epoch as { weights?: unknown } | null)?.weights);
  return rows.every(isNumbers) && rows.every((row) => row.length === rows[0]!.length) ? rows : undefined;
}

/** End accuracies of an experiment without p: a row an arm, a faint mark a seed. */
export function endFigure(studio: Studio, group: GroupFacts, styles: ArmStyles, from: string): SweepFigure | undefined {
  const cells = group.cells.filter(({ p }) => p === null);
  if (cells.length === 0) return undefined;
  const { Plot } = studio;
  const published = group.experiment === 'adaptive' && group.dataSet === 'mnist' ? PUBLISHED_ADAPTIVE : {};
  const rows = cells.map(({ arm, accuracy: { mean: centre, low, high }, lines }) => ({
    arm,
    mean: 100 * centre,
    low: low === null ? null : Math.max(0, 100 * low),
    high: high === null ? null : Math.min(100, 100 * high),
    seeds: lines.map(({ accuracy }) => ({ arm, value: 100 * accuracy })),
    poster: published[arm] === undefined ? [] : [{ arm, value: 100 * published[arm] }],
  }));
  const marks = rows.flatMap((row) => {
    const { color, symbol } = styles.get(row.arm)!;
    const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.8 } : { fill: color };
    return [
      Plot.tickX(row.seeds, { x: 'value', y: 'arm', stroke: color, strokeOpacity: 0.5, insetTop: 8, insetBottom: 8 }),
      ...(row.low === null ? [] : [Plot.ruleY([row], { x1: 'low', x2: 'high', y: 'arm', stroke: color, strokeWidth: 3 })]),
      Plot.dot([row], { x: 'mean', y: 'arm', symbol, r: 5.5, ...paint }),
      Plot.tickX(row.poster, { x: 'value', y: 'arm', stroke: '#555555', strokeWidth: 1.6, strokeDasharray: '4,3' }),
    ];
  });
  const alt = `End accuracy: ${cells.map(({ arm, accuracy }) => `${arm} ${percent(accuracy.mean)}`).join(', ')}.`;
  const posters = rows.some(({ poster }) => poster.length > 0);
  return bothWidths(studio, `accuracy-${slug(group)}`, alt, (width) => ({
    title: 'End accuracy',
    subtitle: `Symbol: mean; bar: 95 % t-interval; thin ticks: seeds.${posters ? ' Dashed: the poster, one seed, its own number of epochs.' : ''}`,
    keys: [],
    panels: [
      {
        heading: 'Test accuracy (%)',
        height: 50 + 40 * rows.length,
        options: {
          marginLeft: Math.max(58, ...rows.map(({ arm }) => 22 + textWidth(arm))),
          marginRight: width > 600 ? 40 : 20,
          marginTop: 8,
          marginBottom: 42,
          x: { label: 'accuracy (%)', labelAnchor: 'center', labelArrow: 'none', grid: true, nice: true, ticks: width > 600 ? 8 : 4 },
          y: { domain: rows.map(({ arm }) => arm), label: null, tickSize: 0 },
          marks,
        },
      },
    ],
    captions: [source(group, from)],
  }));
}

/** Mean over seeds of the share of draws that each class gets after each epoch, [epoch][class]; only seeds with as many epochs as the first count. */
export function meanShares(cell: SweepCell): number[][] | undefined {
  const known = cell.lines.flatMap((line) => {
    const weights = weightsOf(line);
    return weights ? [weights] : [];
  });
  const [first] = known;
  if (!first) return undefined;
  const alike = known.filter((rows) => rows.length === first.length && rows[0]!.length === first[0]!.length);
  const shareOf = (row: readonly number[], c: number): number => row[c]! / row.reduce((sum, weight) => sum + weight, 0);
  return first.map((row, epoch) => row.map((_, c) => mean(alike.map((rows) => shareOf(rows[epoch]!, c)))));
}

/** The epoch after which a cell's last weights stand. */
const lastEpoch = ({ lines }: SweepCell, rows: number): number => {
  const count = lines[0]?.epochs;
  return typeof count === 'number' ? count : rows;
};

/** Class weights after each epoch, a panel an arm; undefined where the record has none. */
export function weightsFigure(studio: Studio, group: GroupFacts, from: string): SweepFigure | undefined {
  const { Plot } = studio;
  const recorded = group.cells.flatMap((cell) => {
    const weights = meanShares(cell)?.map((row) => row.map((share) => 100 * share));
    return weights ? [{ arm: cell.arm, p: cell.p, weights, last: lastEpoch(cell, weights.length) }] : [];
  });
  const isEven = ({ weights }: (typeof recorded)[number]): boolean => weights.every((row) => Math.max(...row) - Math.min(...row) < 1e-9);
  const arms = recorded.filter((arm) => !isEven(arm));
  if (arms.length === 0) return undefined;
  const even = recorded.filter(isEven).map(({ arm }) => arm);
  const all = arms.flatMap(({ weights }) => weights.flat());
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const pad = Math.max(0.05 * (high - low), 0.1);
  const domain: [number, number] = [Math.max(0, low - pad), high + pad];
  const titleOf = ({ arm, p }: (typeof arms)[number]): string => `${arm}${p === null ? '' : ` at p = ${p}`}: share of draws by class (%)`;
  /** Where only the last weights are known: a symbol a class. */
  const endPanel = (one: (typeof arms)[number]): Panel => ({
    heading: `${titleOf(one)}, after epoch ${one.last}`,
    height: 190,
    options: {
      marginLeft: 50,
      marginRight: 24,
      marginTop: 10,
      marginBottom: 40,
      x: { type: 'point', domain: one.weights[0]!.map((_, c) => c), label: 'class', labelAnchor: 'center', labelArrow: 'none' },
      y: { domain, label: null, grid: true, ticks: 5 },
      marks: [
        Plot.ruleY([100 / one.weights[0]!.length], { stroke: FAINT, strokeDasharray: '4,3' }),
        Plot.dot(
          one.weights[0]!.map((share, c) => ({ c, share })),
          { x: 'c', y: 'share', r: 4.5, fill: trialStyle(0).color },
        ),
      ],
    },
  });
  const panel = (one: (typeof arms)[number], width: number): Panel => {
    const { weights, last } = one;
    if (weights.length === 1) return endPanel(one);
    const height = 230;
    const inner = height - 50;
    const pixel = (value: number): number => 10 + (inner * (domain[1] - value)) / (domain[1] - domain[0]);
    const ends = spread(weights.at(-1)!.map(pixel), 14, 10, height - 40);
    const marks = weights[0]!.flatMap((_, c) => {
      const { color, symbol } = trialStyle(c);
      const points = weights.map((row, epoch) => ({ epoch: last - weights.length + 1 + epoch, weight: row[c]! }));
      const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.5 } : { fill: color };
      const label = [{ epoch: last, weight: domain[1] - ((ends[c]! - 10) * (domain[1] - domain[0])) / inner, text: String(c) }];
      return [
        Plot.line(points, { x: 'epoch', y: 'weight', stroke: color, strokeWidth: 1.3 }),
        Plot.dot(points.length > 40 ? points.slice(-1) : points, { x: 'epoch', y: 'weight', symbol, r: 3.2, ...paint }),
        Plot.dot(label, { x: 'epoch', y: 'weight', symbol, r: 3.6, ...paint, dx: 16 }),
        Plot.text(label, { x: 'epoch', y: 'weight', text: 'text', fill: INK, dx: 25, textAnchor: 'start' }),
      ];
    });
    return {
      heading: titleOf(one),
      height,
      options: {
        marginLeft: 50,
        marginRight: 52,
        marginTop: 10,
        marginBottom: 40,
        x: {
          domain: [last - weights.length + 1, last],
          label: 'epoch',
          labelAnchor: 'center',
          labelArrow: 'none',
          ticks: Math.min(weights.length, Math.floor(width / 50)),
          tickFormat: 'd',
        },
        y: { domain, label: null, grid: true, ticks: 5 },
        marks: [Plot.ruleY([100 / weights[0]!.length], { stroke: FAINT, strokeDasharray: '4,3' }), ...marks],
      },
    };
  };
  const isEnd = arms.every(({ weights }) => weights.length === 1);
  const alt = `Class weights after ${isEnd ? 'the last' : 'each'} epoch for ${arms.map(({ arm }) => arm).join(', ')}.`;
  return bothWidths(studio, `class-weights-${slug(group)}`, alt, (width) => ({
    title: isEnd ? 'Class weights at the end' : 'Class weights over time',
    subtitle: `Weights ${isEnd ? 'after the last epoch' : 'after each epoch'} as shares of all draws, mean over seeds${isEnd ? '' : '; numbers at the right are classes'}. Dashed: every class alike.`,
    keys: [],
    panels: arms.map((arm) => panel(arm, width)),
    captions: [source(group, from), ...(even.length > 0 ? [`Every class alike throughout: ${even.join(', ')}.`] : [])],
  }));
}

/** What the class weights and the confusion matrices say in words. */
export function classSentences(group: GroupFacts): string[] {
  const weights = group.cells.flatMap((cell) => {
    const last = meanShares(cell)?.at(-1);
    if (!last || Math.max(...last) - Math.min(...last) < 1e-9) return [];
    const [heaviest, lightest] = [last.indexOf(Math.max(...last)), last.indexOf(Math.min(...last))];
    return [
      `${code(cell.arm)} ends with class ${heaviest} drawn most (${percent(last[heaviest]!)} of the draws) and class ${lightest} least (${percent(last[lightest]!)}).`,
    ];
  });
  const [adaptive, control] = [
    group.cells.find(({ arm, p }) => arm !== 'control' && p === null),
    group.cells.find(({ arm }) => arm === 'control'),
  ];
  const [a, b] = [adaptive && meanConfusion(adaptive), control && meanConfusion(control)];
  if (!a || !b || a.length !== b.length) return weights;
  const gains = a.map((row, c) => row[c]! - b[c]![c]!);
  const [up, down] = [gains.indexOf(Math.max(...gains)), gains.indexOf(Math.min(...gains))];
  const text =
    `${code(adaptive!.arm)} less ${code('control')}, in test images of one class: from ${signedPoints(gains[down]!)} points (class ${down}) ` +
    `to ${signedPoints(gains[up]!)} points (class ${up}); without intervals, so only a description.`;
  return [...weights, text];
}
