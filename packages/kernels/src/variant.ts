import { InputError, type Traits } from '@kindling/core';
import type { Attrs, LowerContext } from './op.js';
import { storageOf } from './storage.js';

/** One way to compute an op: whether the shapes and the adapter allow it. */
export interface Candidate {
  readonly name: string;
  /** False with the reason when the kernel cannot take this problem. */
  readonly refusal?: string | false;
}

/**
 * Chooses the first candidate that takes the problem, best first; the last one must take everything. A forced variant that does not
 * fit is an error, never a silent fallback.
 */
export function chooseVariant<A extends Attrs>(op: string, context: LowerContext<A>, candidates: readonly Candidate[]): string {
  if (context.variant === undefined) return candidates.find((candidate) => !candidate.refusal)!.name;
  const forced = candidates.find((candidate) => candidate.name === context.variant);
  if (forced && !forced.refusal) return forced.name;
  throw new InputError({
    subject: op,
    got: `variant ${context.variant}${forced?.refusal ? `, which needs ${forced.refusal}` : ''}`,
    expected: `one of ${candidates.flatMap(({ name, refusal }) => (refusal ? [] : name)).join(', ')}, which take these shapes on this adapter`,
    next: 'leave the variant out to let the op choose',
  });
}

/**
 * Chooses among candidates for f32 storage or, with the attribute `storage: 'f16'`, among those of their twins `…_f16` that the op has.
 * Returns the variant, and the idea that it shares with its twin.
 */
export function chooseStored<V extends string>(
  op: string,
  context: LowerContext,
  variants: readonly V[],
  candidates: readonly Candidate[],
): { variant: V; idea: Exclude<V, `${string}_f16`> } {
  const half = storageOf(op, context.attrs, context.traits) === 'f16';
  const twins = candidates.map((candidate) => ({ ...candidate, name: half ? `${candidate.name}_f16` : candidate.name }));
  const variant = chooseVariant(
    op,
    context,
    twins.filter(({ name }) => (variants as readonly string[]).includes(name)),
  );
  return { variant: variant as V, idea: variant.replace('_f16', '') as Exclude<V, `${string}_f16`> };
}

/** The four-lane broadcast kernels run on any subgroup of four or more lanes; they need the feature and pay on software adapters. */
export const subgroupRefusal = (traits: Traits): string | false =>
  traits.features.includes('subgroups') ? false : 'the feature subgroups';

/**
 * Kernels that are laid out for what SwiftShader's compiler does with four lanes: quad swaps for broadcasts, many sums a lane. They would be
 * right on any subgroup, but cost other drivers up to 1.4 times the time of the others and ten times their compilation.
 */
export const quadRefusal = (traits: Traits): string | false =>
  traits.software && traits.subgroupSize === 4 ? false : 'a software adapter with subgroups of four lanes';

/**
 * Adds an op's workgroup-tile kernel, which takes everything, to its other candidates: first on a GPU, last on a software adapter, where
 * workgroup memory and barriers cost more than they save.
 */
export const withTile = (traits: Traits, candidates: readonly Candidate[]): Candidate[] =>
  traits.software ? [...candidates, { name: 'tile' }] : [{ name: 'tile' }, ...candidates];

/** Whether every model's block starts at a multiple of four elements, so that the kernel may read vec4s. */
export const vec4Aligned = (context: LowerContext, names: readonly string[]): boolean =>
  names.every((name) => (context.tensors[name]?.modelStride ?? 0) % 4 === 0);

/**
 * How many partial sums a batch of n images is split into: as many as there is parallel work for, but never more than
 * `budget` elements of partial sums.
 */
export function splitBatch(n: number, size: number, budget = 4_194_304): { parts: number; chunk: number } {
  const chunk = Math.max(1, Math.ceil(n / Math.max(1, Math.min(n, Math.floor(budget / size)))));
  return { parts: Math.ceil(n / chunk), chunk };
}
