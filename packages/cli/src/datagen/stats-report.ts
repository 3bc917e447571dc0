import type { Moments, Parameter, ParameterCheck } from '@kindling/datagen';
import { formatTable } from '../format.js';
import { print } from '../terminal.js';

/** Drawn values of a parameter, and how they compare with its specification. */
export interface ParameterStats extends ParameterCheck {
  readonly name: string;
  readonly kind: Parameter['kind'];
  readonly count: number;
  readonly mean: number;
  readonly deviation: number;
  readonly min: number;
  readonly max: number;
  readonly histogram: readonly number[];
}

type Summary = ReturnType<Moments['summary']>;

export interface StatsReport {
  readonly title: string;
  /** Samples of each class, where labels are classes. */
  readonly counts: readonly number[] | undefined;
  /** Of each value of the label, where it has values. */
  readonly labels: readonly Summary[];
  /** Of each channel. */
  readonly pixels: readonly Summary[];
  /** Samples of each part of a mixture. */
  readonly parts: readonly string[];
  /** How those numbers compare with the parts' weights. */
  readonly partsTest: ParameterCheck | undefined;
  readonly parameters: readonly ParameterStats[];
  /** The p below which a parameter has failed. */
  readonly threshold: number;
  readonly failed: readonly string[];
}

const BARS = '▁▂▃▄▅▆▇█';
const bars = (counts: readonly number[]): string => {
  const most = Math.max(1, ...counts);
  return counts.map((count) => (count === 0 ? ' ' : BARS[Math.min(7, Math.floor((8 * count) / most))]!)).join('');
};
const short = (value: number): string => String(Number(value.toPrecision(4)));
const moments = ({ mean, deviation, min, max }: Summary): string =>
  `mean ${short(mean)}, deviation ${short(deviation)}, ${short(min)} to ${short(max)}`;
const testText = ({ test, statistic, freedom }: ParameterCheck): string => {
  if (test === 'constant') return 'constant';
  return test === 'ks' ? `KS ${statistic.toFixed(4)}` : `χ² ${statistic.toFixed(1)} (${freedom} df)`;
};
const pText = (p: number): string => (p < 1e-4 ? p.toExponential(1) : p.toFixed(4));

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The statistics as text: labels, pixels, then a table of the parameters. */
export function printReport({ title, counts, labels, pixels, parts, partsTest, parameters, threshold, failed }: StatsReport): void {
  print(`${title}\n`);
  if (counts) {
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    const spread = `${least} to ${most} samples, ${short(average(counts))} on average`;
    print(`labels   ${counts.length} classes with ${spread}  ${bars(counts.slice(0, 64))}`);
  }
  for (const [i, value] of labels.entries()) print(`labels   ${i}: ${moments(value)}`);
  for (const [c, channel] of pixels.entries()) print(`${c === 0 ? 'pixels ' : '       '}  channel ${c}: ${moments(channel)}`);
  if (partsTest) print(`parts    ${parts.join(', ')}: ${testText(partsTest)}, p ${pText(partsTest.p)}`);
  if (parameters.length === 0)
    print('\nNo parameters are drawn beforehand: the kernel of this family draws its pixels and its label itself.');
  else {
    const table = parameters.map((item) => [
      item.name,
      item.kind,
      bars(item.histogram),
      ...[item.mean, item.min, item.max].map(short),
      testText(item),
      pText(item.p),
    ]);
    print(`\n${formatTable(['parameter', 'kind', 'histogram', 'mean', 'least', 'most', 'test', 'p'], table, 3)}`);
    print(`(p: chance of a statistic as large from a sound generator; ${threshold.toExponential(0)} or less is a failure)`);
  }
  if (failed.length > 0) print(`\nFAILED: ${failed.join(', ')} differ from the specification.`);
}
