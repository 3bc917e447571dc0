import { median, quantile } from '../statistics.js';
import type { Comparison } from '../suite/document.js';
import type { Entry } from '../suite/entry.js';
import { drawn, layoutOf, logarithms, redraw, whole } from './blocks.js';
import { uniforms } from './random.js';

const DRAWS = 1000;

/**
 * How many times less time `of` takes than `over` for the same work, both measured in one run: the median of the rounds' ratios, as load that
 * comes and goes hits both of a round. The interval is a 95 % bootstrap over passes and rounds. Undefined where one did not run or is wrong.
 * @param work by entry: how much of the same work one repetition does
 */
export function ratioWithin(
  name: string,
  of: Entry | undefined,
  over: Entry | undefined,
  work: readonly [of: number, over: number] = [1, 1],
): Comparison | undefined {
  if (!of || !over || of.wrong || over.wrong || of.n === 0 || over.n === 0) return undefined;
  const layout = layoutOf([of, over]);
  const [times, others] = [logarithms(of, layout), logarithms(over, layout)];
  const paired = others.map((value, slot) => value - times[slot]!);
  const middle = (draw: readonly number[]): number => median([...drawn(paired, draw)]);
  const n = drawn(paired, whole(layout)).length;
  if (n === 0) return undefined;
  const next = uniforms(1);
  const draws = Array.from({ length: DRAWS }, () => middle(redraw(layout, next))).filter(Number.isFinite);
  const scaled = (logarithm: number): number => (work[0] / work[1]) * Math.exp(logarithm);
  const [low, high] = [quantile(draws, 0.025), quantile(draws, 0.975)];
  return { name, of: of.id, over: over.id, ratio: scaled(middle(whole(layout))), low: scaled(low), high: scaled(high), n };
}
