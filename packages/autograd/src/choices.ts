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

/**
 * Checks choices that come from a file: keys as `choiceKey` writes them, of an op that exists, each with one of its variants.
 * @throws InputError naming `subject` and the key
 */
export function checkChoices(choices: Choices, subject: string): void {
  for (const [key, variant] of Object.entries(choices)) {
    const name = key.split(' ')[0]!;
    const op = Object.values(ops).find((candidate) => candidate.name === name);
    if (op?.variants.includes(variant)) continue;
    throw new InputError({
      subject: `${subject}[${JSON.stringify(key)}]`,
      got: JSON.stringify(variant),
      expected: op ? `a variant of ${name}: ${op.variants.join(', ')}` : 'a key that starts with the name of an op',
      next: 'leave the choices as the tuner wrote them, or remove them and run with --tune',
    });
  }
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
