import type { Shape } from '@kindling/core';
import type { Attrs } from './op.js';

export interface ReferenceTensor {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/**
 * An op's forward pass by its definition: slow, obvious, summed in f64. Gradients are not written out: tests take them from this
 * function by finite differences in f64, which checks the gradient kernels against the definition itself.
 */
export type Reference = (context: {
  readonly inputs: Readonly<Record<string, ReferenceTensor>>;
  readonly attrs: Attrs;
}) => Record<string, Float64Array>;
