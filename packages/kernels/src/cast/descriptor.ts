import { defineProgram, foldWorkgroups, InputError, numel, requirePositive, type Traits } from '@kindling/core';
import toF16 from '@kindling/shaders/cast/to_f16';
import toF32 from '@kindling/shaders/cast/to_f32';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';
import { type FloatStorage, requireF16, storageOf } from '../storage.js';

export interface CastAttrs extends Attrs {
  readonly to: FloatStorage;
}

/** @throws InputError unless one side is f16 and the other f32, on an adapter that has f16 */
function requireDirection(attrs: CastAttrs, traits: Traits): void {
  const from = storageOf('cast', attrs, traits);
  requireF16('cast', traits);
  if ((attrs.to === 'f16' || attrs.to === 'f32') && attrs.to !== from) return;
  throw new InputError({
    subject: 'cast',
    got: `a tensor stored as ${from} and to = ${JSON.stringify(attrs.to)}`,
    expected: "to = 'f16' for an f32 tensor, 'f32' for an f16 one (storage = 'f16')",
    next: 'leave the cast out where nothing changes',
  });
}

/**
 * cast: y = x stored as `to`, any shape. f32 → f16 rounds to the nearest (2⁻¹¹ of the value; steps of 2⁻²⁴ below 2⁻¹⁴), and gives ±∞ from 65520 on;
 * WGSL would allow the neighbour. f16 → f32 is exact. NaN and infinities stay.
 */
export const cast = /* @__PURE__ */ defineOp<CastAttrs>({
  name: 'cast',
  attrs: { to: 'string' },
  inputs: ['x'],
  f16: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x }, attrs, traits) {
    requirePositive('cast', 'x', x!);
    requireDirection(attrs, traits);
    return { y: { shape: x!, dtype: attrs.to } };
  },
  lower(context) {
    const { attrs, tensors, models, traits } = context;
    requireDirection(attrs, traits);
    const size = numel(tensors.x!.shape);
    const program = defineProgram({
      name: `cast/to_${attrs.to}`,
      source: { path: `cast/to_${attrs.to}.wgsl`, text: attrs.to === 'f16' ? toF16 : toF32 },
      params: { size, ...modelStrides(context, ['x', 'y']) },
      workgroups: foldWorkgroups(Math.ceil(size / 1024), models),
    });
    return [{ program }];
  },
});
