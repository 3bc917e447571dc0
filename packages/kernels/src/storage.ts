import { InputError, type Traits } from '@kindling/core';
import type { Ref } from './gradient.js';
import type { Attrs, Op } from './op.js';

/**
 * How an op asks for f16 storage: by the attribute `storage: 'f16'`. The inputs that its descriptor lists in `f16` are then stored so, and
 * its kernels named `…_f16` take them; they add in f32. Biases stay f32, being added to f32 sums, and so do the gradients of weights and
 * biases that linear and conv2d make, which are sums over the batch for f32 master weights; matmul, which cannot tell a weight, stores both
 * of its gradients as f16. Without the attribute all is f32, and attributes, and with them tuned choices, are as they always were.
 */
export type FloatStorage = 'f32' | 'f16';

/** @throws InputError where the adapter lacks shader-f16 */
export function requireF16(subject: string, traits: Traits): void {
  if (traits.features.includes('shader-f16')) return;
  throw new InputError({
    subject,
    got: 'tensors stored as f16 on an adapter without the feature shader-f16',
    expected: 'an adapter with shader-f16 (kindling doctor lists their features), or f32 storage',
    next: "leave out the cast to 'f16', so that the tensors stay f32",
  });
}

/** What an op's activations and weights are stored as. @throws InputError for an unknown storage, or one that the adapter cannot take */
export function storageOf(op: string, { storage }: Attrs, traits: Traits): FloatStorage {
  if (storage === undefined) return 'f32';
  if (storage !== 'f16') {
    throw new InputError({ subject: op, got: `storage ${JSON.stringify(storage)}`, expected: "'f16'", next: 'leave it out for f32' });
  }
  requireF16(op, traits);
  return 'f16';
}

/**
 * Attributes of an op on these inputs: with `storage: 'f16'` where they are stored so.
 * @throws InputError when the op has no f16 kernels, or takes an input only in the other type
 */
export function withStorage(op: Op, inputs: Readonly<Record<string, Ref>>, attrs: Attrs): Attrs {
  const names = Object.keys(inputs);
  const half = names.filter((name) => inputs[name]!.dtype === 'f16');
  if (half.length === 0 && attrs.storage === undefined) return attrs;
  const expected = op.f16 ?? [];
  const wrong = names.find((name) => half.includes(name) !== expected.includes(name));
  if (wrong === undefined) return { ...attrs, storage: 'f16' };
  const wanted = expected.includes(wrong) ? 'f16' : 'f32';
  throw new InputError({
    subject: op.name,
    got: `${wrong} stored as ${inputs[wrong]!.dtype}`,
    expected:
      wanted === 'f16' ? `f16, as ${half.join(', ')} is` : op.f16 ? `f32 beside ${expected.join(', ')}` : 'f32: this op has no f16 kernel',
    next: `pass cast(${wrong}, '${wanted}')`,
  });
}
