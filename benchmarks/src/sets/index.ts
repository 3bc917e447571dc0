import { InputError } from '@kindling/core';
import type { Bench } from '../suite/bench.js';
import { type SetName, setNames } from '../suite/entry.js';
import { ceilingBenches } from './ceiling.js';
import { dataBenches } from './data.js';
import { generateBenches } from './generate.js';
import { kernelBenches } from './kernels.js';
import { stepBenches } from './step.js';
import { sweepBenches, sweepModels } from './sweep.js';

/** What narrows the sets down. */
export interface SetOptions {
  /** Of `generate`; default all. */
  readonly families?: readonly string[];
  /** Of `sweep`: how many models train side by side; default as `sweepModels`. */
  readonly models?: readonly number[];
  /** Of `kernels`: tasks whose name contains this. */
  readonly task?: string;
}

const benchesOf: Readonly<Record<SetName, (options: SetOptions, software: boolean) => Bench[]>> = {
  ceiling: ceilingBenches,
  kernels: ({ task }) => kernelBenches(task),
  generate: ({ families }) => generateBenches(families),
  data: dataBenches,
  step: stepBenches,
  sweep: ({ models }, software) => sweepBenches(models ?? sweepModels(software)),
};

/** @throws InputError for a set that there is not, or none */
export function checkSets(names: readonly string[]): SetName[] {
  const unknown = names.filter((name) => !(setNames as readonly string[]).includes(name));
  if (unknown.length === 0 && names.length > 0) return setNames.filter((name) => names.includes(name));
  throw new InputError({
    subject: 'bench',
    got: unknown.join(', ') || 'no set',
    expected: `some of ${setNames.join(', ')}`,
    next: 'see `kindling bench --help`',
  });
}

/** Every bench of the sets, in their order. */
export const benchesOfSets = (sets: readonly SetName[], options: SetOptions, software: boolean): Bench[] =>
  sets.flatMap((name) => benchesOf[name](options, software));
