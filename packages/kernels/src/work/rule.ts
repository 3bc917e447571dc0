import { tensorBytes, type WorkFacts, type WorkRule } from '@kindling/core';

/** `struct Params` by field name. */
export type P = Readonly<Record<string, number>>;
/** Elements of each tensor for one model, by binding. */
export type Elements = (p: P, facts: WorkFacts) => Readonly<Record<string, number>>;

export interface RuleParts {
  /** Of one model. */
  readonly flops: (p: P, facts: WorkFacts) => number;
  readonly reads: Elements;
  readonly writes: Elements;
  /** Tensors that the kernels named `…f16` store in two bytes. */
  readonly half?: readonly string[];
}

/** A rule from operations and elements for one model: operations times models, tensors as their strides say. */
export const rule =
  ({ flops, reads, writes, half = [] }: RuleParts): WorkRule =>
  (facts) => {
    const f16 = /[._]f16$/.test(facts.program.name);
    const bytes = (elements: Readonly<Record<string, number>>): number =>
      Object.entries(elements).reduce((sum, [name, count]) => sum + tensorBytes(facts, name, count, f16 && half.includes(name) ? 2 : 4), 0);
    return {
      flops: facts.models * flops(facts.p, facts),
      readBytes: bytes(reads(facts.p, facts)),
      writtenBytes: bytes(writes(facts.p, facts)),
    };
  };

export const none = (): number => 0;

/** A tensor only where the kernel was given one. */
export const where = (given: unknown, tensors: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  given ? tensors : {};

/** Elements a model of the range that is bound: for tensors whose size no field of `Params` tells. */
export const boundElements = ({ bound, models, p }: WorkFacts, name: string): number =>
  bound(name) / 4 / (p[`${name}_model`] === 0 ? 1 : models);
