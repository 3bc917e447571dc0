import type { DType, Shape } from '@kindling/core';
import type { Attrs } from './op.js';

/** A tensor of the graph, as gradient rules see it. */
export interface Ref {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** What a gradient rule works with: the op's tensors, the incoming gradients by output name, and a way to append ops. */
export interface GradientContext {
  readonly inputs: Readonly<Record<string, Ref>>;
  readonly outputs: Readonly<Record<string, Ref>>;
  /** ∂L/∂output by output name, stored as the output is (cast alone takes any); an output that the loss does not depend on is missing. */
  readonly grads: Readonly<Record<string, Ref>>;
  readonly attrs: Attrs;
  /** Whether ∂L/∂input is wanted. */
  needs(input: string): boolean;
  /** Appends an op and returns its outputs by name. */
  emit(op: string, inputs: Readonly<Record<string, Ref>>, attrs?: Attrs): Record<string, Ref>;
}

/** Returns ∂L/∂input by input name; null or missing where there is none. */
export type GradientRule = (context: GradientContext) => Record<string, Ref | null>;
