import type { DType, Program, Shape, Traits } from '@kindling/core';

/** Attributes of an op: plain JSON values; undefined is the same as left out. */
export type Attrs = Readonly<Record<string, number | boolean | string | undefined>>;

/** Attributes that an op has and what they hold; with `?` those that may be left out. */
export type AttrTypes = Readonly<Record<string, 'number' | 'boolean' | 'string' | 'number?' | 'boolean?' | 'string?'>>;

/** A tensor as a kernel sees it: one contiguous row-major block a model. */
export interface TensorInfo {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Elements from one model's block to the next; 0 when all models share one block. */
  readonly modelStride: number;
}

/**
 * What an op writes. `parts` > 1 means that the buffer holds that many partial sums of `shape`, one after another, which the consumer adds in
 * order: gradients of weights are left so, because WebGPU has no float atomics and a fixed order keeps training deterministic.
 */
export interface OutputSpec {
  readonly shape: Shape;
  readonly dtype?: DType;
  readonly parts?: number;
}

/** One dispatch of an op; `args` maps a binding to the tensor it takes where the names differ. */
export interface Launch {
  readonly program: Program;
  readonly args?: Readonly<Record<string, string>>;
}

export interface LowerContext<A extends Attrs = Attrs> {
  readonly attrs: A;
  /** Number of independent model copies: workgroup z is the model. */
  readonly models: number;
  readonly traits: Traits;
  /** Inputs and outputs by name. */
  readonly tensors: Readonly<Record<string, TensorInfo>>;
  /** Forces one of the op's variants; by default the op chooses for the adapter's traits. */
  readonly variant?: string;
}

/** An op of the graph: a shape rule and its kernels. Plain data and pure functions; no device object. */
export interface Op<A extends Attrs = Attrs> {
  readonly name: string;
  readonly inputs: readonly string[];
  /** Its attributes, none by default; `storage` goes without saying where `f16` is there. `planOp` refuses all others. */
  readonly attrs?: AttrTypes;
  /** Inputs that may be missing. */
  readonly optional?: readonly string[];
  readonly outputs: readonly string[];
  /** Inputs that `storage: 'f16'` stores so; missing where the op has no f16 kernels. storage.ts says more. */
  readonly f16?: readonly string[];
  /** Names of the kernels, the readable one first. */
  readonly variants: readonly string[];
  /** Output shapes. @throws InputError that names the op, the tensor, what it got and what it expected. */
  infer(shapes: Readonly<Record<string, Shape>>, attrs: A, traits: Traits): Record<string, OutputSpec>;
  /** The dispatches that compute the outputs. @throws InputError when `variant` does not exist or cannot take these shapes. */
  lower(context: LowerContext<A>): Launch[];
}

/** Elements that one model's block of an output takes, parts included. */
export const outputSize = (spec: OutputSpec): number => spec.shape.reduce((a, b) => a * b, 1) * (spec.parts ?? 1);

/** An op that still knows the type of its attributes, for `planOp`; no value has the property. */
export interface TypedOp<A extends Attrs = Attrs> extends Op {
  readonly attrsType?: A;
}

type Named<A> = { readonly [K in keyof A as string extends K ? never : K]?: A[K] | undefined };

/** The attributes that TypeScript lets `planOp` take: those of the op and `storage`; any where the op has no attribute type. */
export type AttrsOf<A extends Attrs> = [keyof Named<A>] extends [never] ? Attrs : Named<A> & { readonly storage?: 'f16' | undefined };

/**
 * Keeps the attribute type while an op is declared, and for `planOp`; tables of ops forget it. Calls are annotated as pure, so that a bundler
 * drops the ops that nobody names (test/src/bundle-size.test.ts fails without).
 */
export function defineOp<A extends Attrs>(op: Op<A>): TypedOp<A> {
  return op as unknown as TypedOp<A>;
}
