import { InputError } from '@kindling/core';
import type { Keep } from '../theory/perfect.js';

/** One cell of a simulation: teacher–student perceptrons in `dimension` dimensions, an independent one a seed. */
export interface SimulationSetting {
  /** α_tot: examples before pruning by dimension. */
  readonly alpha: number;
  /** f: share of the examples that is kept, above 0 and at most 1. */
  readonly keepFraction: number;
  /** `hard` keeps the smallest |J_probe·x|, `easy` the largest. */
  readonly keep: Keep;
  /** θ: angle between probe and teacher in degrees, 0 to 180; 0 by default. No matter to `random`. */
  readonly angle?: number;
  /** N. */
  readonly dimension: number;
  /** How many perceptrons: they are numbered from 0, and number s is the same whatever `seeds` is. */
  readonly seeds: number;
  /** 0 .. 2³² − 1; 0 by default. */
  readonly seed?: number;
  /** Training ends when the margin is within this share of the largest there can be; 0.002 by default. */
  readonly gap?: number;
  /** Most steps of training; 20,000 by default. */
  readonly mostSteps?: number;
}

/** A setting with its defaults, and the sizes that follow from it. */
export interface SimulationPlan extends Required<SimulationSetting> {
  /** P = round(α_tot·N). */
  readonly examples: number;
  /** k = round(f·P). */
  readonly kept: number;
  /** ⌈k/4⌉ and ⌈N/4⌉: inputs are stored in blocks of 4 × 4. */
  readonly rowBlocks: number;
  readonly columnBlocks: number;
  /** Bytes that one seed takes of the largest buffer, and of all. */
  readonly bindingBytes: number;
  readonly totalBytes: number;
}

const KEEPS: readonly Keep[] = ['hard', 'easy', 'random'];
/** Examples of a seed: counters of 32 bits would allow more, the counts of the selection too; nobody has tried. */
const MOST_EXAMPLES = 2 ** 26;
const whole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;

/**
 * Checks a setting and works out its sizes.
 * @throws InputError naming the field
 */
export function planSimulation(setting: SimulationSetting): SimulationPlan {
  const refuse = (subject: string, got: unknown, expected: string, next: string): never => {
    throw new InputError({ subject, got: String(got), expected, next });
  };
  const { alpha, keepFraction, keep, angle = 0, dimension, seeds, seed = 0, gap = 2e-3, mostSteps = 20_000 } = setting;
  if (!whole(dimension, 2, 16_384)) refuse('dimension', dimension, 'a whole number from 2 to 16384', 'give the dimension N, e.g. 200');
  if (!(alpha > 0 && Number.isFinite(alpha)))
    refuse('alpha', alpha, 'a number above 0', 'give examples by dimension before pruning, e.g. 2');
  if (!(keepFraction > 0 && keepFraction <= 1)) {
    refuse('keepFraction', keepFraction, 'a share above 0, at most 1', 'give the share of examples that stays, e.g. 0.6');
  }
  if (!KEEPS.includes(keep)) refuse('keep', JSON.stringify(keep), KEEPS.join(', '), 'choose one of them');
  if (!(angle >= 0 && angle <= 180)) refuse('angle', angle, 'degrees from 0 to 180', 'give the angle between probe and teacher, e.g. 20');
  if (!whole(seeds, 1, 1e6)) refuse('seeds', seeds, 'a whole number from 1 to 1000000', 'give how many perceptrons to train, e.g. 400');
  if (!whole(seed, 0, 2 ** 32 - 1)) refuse('seed', seed, 'a whole number from 0 to 4294967295', 'give another seed');
  // f32 leaves a gap of some 1e-5: below it no training would end.
  if (!(gap >= 1e-4 && gap < 1))
    refuse('gap', gap, 'a share from 0.0001 to below 1', 'give how far from the largest margin training may end');
  if (!whole(mostSteps, 1, 1e7)) refuse('mostSteps', mostSteps, 'a whole number from 1 to 10000000', 'give the most steps of training');
  const examples = Math.round(alpha * dimension);
  const sizes = `${alpha} · ${dimension} dimensions, which rounds to ${examples} examples`;
  if (examples < 1) refuse('alpha', sizes, 'at least one example', 'give a larger alpha or dimension');
  if (examples > MOST_EXAMPLES) refuse('alpha', sizes, `at most ${MOST_EXAMPLES} examples`, 'give a smaller alpha or dimension');
  const kept = Math.round(keepFraction * examples);
  if (kept < 1) {
    refuse(
      'keepFraction',
      `${keepFraction} of ${examples} examples, which rounds to 0`,
      'at least one that stays',
      'keep more, or give more examples',
    );
  }
  const [rowBlocks, columnBlocks] = [Math.ceil(kept / 4), Math.ceil(dimension / 4)];
  const inputs = 64 * rowBlocks * columnBlocks;
  return {
    ...{ alpha, keepFraction, keep, angle, dimension, seeds, seed, gap, mostSteps, examples, kept, rowBlocks, columnBlocks },
    bindingBytes: Math.max(inputs, 4 * examples, 48 * rowBlocks, 32 * columnBlocks),
    totalBytes: inputs + 8 * examples + 68 * rowBlocks + 48 * columnBlocks + 32,
  };
}

/** Bytes that the seeds trained together may take on the device. */
const BUDGET = 512 * 1024 * 1024;

/**
 * How many seeds fit at a time.
 * @param bindingLimit bytes that the adapter can bind
 * @throws InputError when not even one does
 */
export function seedsTogether({ seeds, bindingBytes, totalBytes, kept, dimension }: SimulationPlan, bindingLimit: number): number {
  const together = Math.min(seeds, Math.floor(bindingLimit / bindingBytes), Math.max(1, Math.floor(BUDGET / totalBytes)), 4096);
  if (together >= 1) return together;
  throw new InputError({
    subject: 'simulation',
    got: `${kept} kept examples of ${dimension} dimensions a seed: ${bindingBytes} bytes in one buffer`,
    expected: `at most the ${bindingLimit} bytes that this adapter can bind`,
    next: 'give a smaller alpha, keep fraction or dimension, or an adapter with more memory',
  });
}
