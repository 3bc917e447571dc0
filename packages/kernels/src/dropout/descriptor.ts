import { defineProgram, foldWorkgroups, InputError, numel, requirePositive, requireRank, requireShape } from '@kindling/core';
import forward from '@kindling/shaders/dropout/forward';
import threefry from '@kindling/shaders/random/threefry';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';

export interface DropoutAttrs extends Attrs {
  /** Probability of a zero, 0 … 1; rounded to a multiple of 2⁻²⁴. */
  readonly p: number;
  /** Tells the masks of several dropouts of one model apart. */
  readonly layer: number;
}

/** The integer threshold of the mask, and the factor of the elements that stay. @throws InputError for a p outside 0 … 1. */
export function dropoutConstants({ p, layer }: DropoutAttrs): { layer: number; threshold: number; scale: number } {
  if (typeof p !== 'number' || !(p >= 0 && p <= 1) || !Number.isInteger(layer) || layer < 0 || layer >= 2 ** 32) {
    throw new InputError({
      subject: 'dropout',
      got: `p ${p}, layer ${layer}`,
      expected: 'a probability p from 0 to 1 and a whole layer number below 2^32',
      next: 'number the dropouts of a model 0, 1, 2 …',
    });
  }
  const threshold = Math.round(p * 2 ** 24);
  return { layer, threshold, scale: threshold === 2 ** 24 ? 0 : Math.fround(1 / (1 - p)) };
}

/**
 * dropout: x any shape, state u32 [≥ 1] (state[0] = step), seeds u32 [1] (a model's own) → y = x/(1 − p) or 0;
 * torch.nn.functional.dropout in training. The mask is a pure function of seed, step, layer and element: nothing is stored, and the gradient
 * makes it again. NaN and ∞ that are dropped stay NaN, as in torch.
 */
export const dropout = /* @__PURE__ */ defineOp<DropoutAttrs>({
  name: 'dropout',
  attrs: { p: 'number', layer: 'number' },
  inputs: ['x', 'state', 'seeds'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x, state, seeds }, attrs) {
    requirePositive('dropout', 'x', x!);
    requireRank('dropout', 'state', state!, 1, '[≥ 1]');
    requireShape('dropout', 'seeds', seeds!, [1], 'one seed a model');
    dropoutConstants(attrs);
    return { y: { shape: x! } };
  },
  lower(context) {
    const size = numel(context.tensors.x!.shape);
    const program = defineProgram({
      name: 'dropout/forward',
      source: { path: 'dropout/forward.wgsl', text: forward },
      libraries: [{ path: 'random/threefry.wgsl', text: threefry }],
      params: { size, ...dropoutConstants(context.attrs), ...modelStrides(context, ['x', 'state', 'seeds', 'y']) },
      workgroups: foldWorkgroups(Math.ceil(size / 128), context.models),
    });
    return [{ program }];
  },
});
