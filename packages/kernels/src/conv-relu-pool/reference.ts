import { conv2dReference } from '../conv2d/reference.js';
import { maxpool2dReference } from '../maxpool2d/reference.js';
import type { Reference } from '../reference.js';

/** The three ops one after another; where the pooled value is not positive, ReLU cut and the winner is 4. */
export const convReluPoolReference: Reference = ({ inputs }) => {
  const { x, w } = inputs;
  const conv = conv2dReference({ inputs, attrs: { stride: 1, padding: 1, groups: 1, relu: false } }).y!;
  const shape = [x!.shape[0]!, w!.shape[0]!, x!.shape[2]!, x!.shape[3]!];
  const { y, tap } = maxpool2dReference({ inputs: { x: { shape, data: conv } }, attrs: { kernel: 2, stride: 2 } });
  return { y: y!.map((value) => Math.max(value, 0)), tap: tap!.map((winner, i) => (y![i]! <= 0 ? 4 : winner)) };
};
