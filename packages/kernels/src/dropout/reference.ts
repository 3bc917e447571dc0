import { drawWord, sampleKey } from '@kindling/core';
import type { Reference } from '../reference.js';
import { type DropoutAttrs, dropoutConstants } from './descriptor.js';

/** Factor of every element: 0 or the f32 1/(1 − p). The CPU twin of the kernel's mask. */
export function dropoutMask(size: number, seed: number, step: number, attrs: DropoutAttrs): Float64Array {
  const { layer, threshold, scale } = dropoutConstants(attrs);
  const key = sampleKey(seed, 'dropout', step, layer);
  return Float64Array.from({ length: size }, (_, i) => (drawWord(key, i >>> 1, i & 1) >>> 8 < threshold ? 0 : scale));
}

export const dropoutReference: Reference = ({ inputs, attrs }) => {
  const mask = dropoutMask(inputs.x!.data.length, inputs.seeds!.data[0]!, inputs.state!.data[0]!, attrs as DropoutAttrs);
  return { y: inputs.x!.data.map((value, i) => value * mask[i]!) };
};
