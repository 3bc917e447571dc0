import { InputError } from '@kindling/core';
import { type Launch, type LowerContext, type OpName, ops } from '@kindling/kernels';

/** Kernel variants by problem: what a tuner measured to be fastest. Plain JSON, kept with a run, because reduction order changes bits. */
export type Choices = Readonly<Record<string, string>>;

const bucket = (size: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, size)));

/** One problem's name: op, attributes, sizes rounded up to powers of two, and number of models. */
export function choiceKey(op: OpName, context: LowerContext): string {
  const sizes = Object.entries(context.tensors)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { shape }]) => `${name}[${shape.map(bucket).join(',')}]`);
  return `${op} ${JSON.stringify(context.attrs)} ${sizes.join(' ')} ×${bucket(context.models)}`;
}

/** Lowers with the measured variant where there is one that takes these exact sizes, else with the op's own choice. */
export function lowerChosen(op: OpName, context: LowerContext, choices?: Choices): Launch[] {
  const variant = choices?.[choiceKey(op, context)];
  if (variant === undefined) return ops[op].lower(context);
  try {
    return ops[op].lower({ ...context, variant });
  } catch (error) {
    // A bucket holds sizes that the measured variant refuses, e.g. odd ones.
    if (error instanceof InputError) return ops[op].lower(context);
    throw error;
  }
}
