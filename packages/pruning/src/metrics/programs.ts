import { defineProgram, foldWorkgroups, type Program } from '@kindling/core';
import forgetting from '@kindling/shaders/metrics/forgetting';
import groupSums from '@kindling/shaders/metrics/group_sums';
import nearest from '@kindling/shaders/metrics/nearest';
import place from '@kindling/shaders/metrics/place';
import votes from '@kindling/shaders/metrics/votes';

const groups = (invocations: number, models = 1): [number, number, number] => foldWorkgroups(Math.ceil(invocations / 64), models);

/** Rows of a data set that come batch by batch. */
export interface PlaceProblem {
  /** Rows of one batch, and of all: those of a last batch past them are dropped. */
  readonly n: number;
  readonly total: number;
  readonly width: number;
  readonly models: number;
  /** Elements from one model's batch to the next. */
  readonly batchStride: number;
}

/** Puts a batch among all rows: bindings batch f32 [M,n,W], rows f32 [M,total,W], state u32 [step, counter], whose step it raises. */
export const placeProgram = ({ n, total, width, models, batchStride }: PlaceProblem): Program =>
  defineProgram({
    name: 'metrics/place',
    source: { path: 'metrics/place.wgsl', text: place },
    params: { n, width, total, batch_model: batchStride },
    workgroups: groups(n * width, models),
  });

/** Logits [M,N,K] of all examples under all models. */
export interface LogitsProblem {
  readonly n: number;
  readonly classes: number;
  readonly models: number;
}

/** Adds up what models take examples for: bindings logits f32 [M,N,K], votes u32 [N,K]. */
export const votesProgram = ({ n, classes, models }: LogitsProblem): Program =>
  defineProgram({
    name: 'metrics/votes',
    source: { path: 'metrics/votes.wgsl', text: votes },
    params: { n, k: classes, models, logits_model: n * classes },
    workgroups: groups(n),
  });

/** One look at forgetting: bindings logits f32 [M,N,K], labels u32 [N], events u32 [M,N], which begin as zeros. See `forgettingScore`. */
export const forgettingProgram = ({ n, classes, models }: LogitsProblem): Program =>
  defineProgram({
    name: 'metrics/forgetting',
    source: { path: 'metrics/forgetting.wgsl', text: forgetting },
    params: { n, k: classes, logits_model: n * classes },
    workgroups: groups(n, models),
  });

/** What a word of `forgettingProgram`'s events counts: right→wrong transitions, +∞ for an example that no look found right. */
export const forgettingScore = (event: number): number => ((event >>> 30) & 1 ? event & 0x3fffffff : Number.POSITIVE_INFINITY);

/** Parts that `groupSumsProgram` adds rows in: enough invocations, and few enough terms in each f32 sum. */
const PARTS = 128;

/** Rows [N,D] in C groups. */
export interface GroupProblem {
  readonly n: number;
  readonly width: number;
  readonly groups: number;
}

/** Sums of each group's rows in parts: bindings rows f32 [N,D], groups u32 [N], sums f32 [parts,C,D], zeroed before. The caller adds the parts. */
export function groupSumsProgram({ n, width, groups: count }: GroupProblem): { program: Program; parts: number } {
  const size = Math.ceil(n / PARTS);
  const parts = Math.ceil(n / size);
  const program = defineProgram({
    name: 'metrics/group_sums',
    source: { path: 'metrics/group_sums.wgsl', text: groupSums },
    params: { n, d: width, c: count, parts, size },
    workgroups: groups(parts * width),
  });
  return { program, parts };
}

/** The nearest centre by cosine, or with `given` the cosine to a given one: bindings rows f32 [N,D], centres f32 [C,D], groups u32 [N], cosines f32 [N]. */
export const nearestProgram = ({ n, width, groups: count, given }: GroupProblem & { readonly given: boolean }): Program =>
  defineProgram({
    name: 'metrics/nearest',
    source: { path: 'metrics/nearest.wgsl', text: nearest },
    params: { n, d: width, c: count, given: given ? 1 : 0 },
    workgroups: groups(n),
  });
