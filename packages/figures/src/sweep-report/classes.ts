import type { Studio } from '../frame.js';
import { isStroked, textWidth } from '../style.js';
import { meanShares } from './class-series.js';
import { meanConfusion, source } from './confusion.js';
import type { GroupFacts } from './facts.js';
import { type ArmStyles, bothWidths, type SweepFigure, slug } from './figures.js';
import { PUBLISHED_ADAPTIVE } from './published.js';
import { code, percent, signedPoints } from './text.js';

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

/** What the class weights and the confusion matrices say in words. */
export function classSentences(group: GroupFacts): string[] {
  const weights = group.cells.flatMap((cell) => {
    const last = meanShares(cell)?.rows.at(-1);
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
