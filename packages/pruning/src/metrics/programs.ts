import { defineProgram, foldWorkgroups, type Program } from '@kindling/core';
import choose from '@kindling/shaders/metrics/choose';
import farthest from '@kindling/shaders/metrics/farthest';
import forgetting from '@kindling/shaders/metrics/forgetting';
import groupSums from '@kindling/shaders/metrics/group_sums';
import influence from '@kindling/shaders/metrics/influence';
import ownCosine from '@kindling/shaders/metrics/own_cosine';
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

/** The cosine of each row to the centre of its group: bindings rows f32 [N,D], centres f32 [C,D], groups u32 [N], cosines f32 [N]. */
export const ownCosineProgram = ({ n, width }: Omit<GroupProblem, 'groups'>): Program =>
  defineProgram({
    name: 'metrics/own_cosine',
    source: { path: 'metrics/own_cosine.wgsl', text: ownCosine },
    params: { n, d: width },
    workgroups: groups(n),
  });

/** How rows are taken one after another: k-centre takes the one farthest from all that are, herding the one that keeps their mean nearest to that of all. */
export type GreedyMetric = 'k-centre' | 'herding';

/** Workgroups of a greedy step: few enough for the one that ends it to look at. */
const GREEDY_GROUPS = 256;

/**
 * One greedy step, two dispatches: bindings rows f32 [N,D], mean f32 [D], aim f32 [D], gaps f32 [N], taken u32 [N], order u32 [limit], state u32 [taken so far],
 * best (8 bytes a workgroup). Both begin with aim = mean; for k-centre gaps begin at the largest f32.
 */
export function greedyPrograms({ n, width, metric, limit }: { n: number; width: number; metric: GreedyMetric; limit: number }) {
  const count = Math.min(GREEDY_GROUPS, Math.ceil(n / 64));
  const code = metric === 'herding' ? 1 : 0;
  const farthestProgram = defineProgram({
    name: 'metrics/farthest',
    source: { path: 'metrics/farthest.wgsl', text: farthest },
    params: { n, d: width, metric: code },
    workgroups: [count, 1, 1],
  });
  const chooseProgram = defineProgram({
    name: 'metrics/choose',
    source: { path: 'metrics/choose.wgsl', text: choose },
    params: { d: width, groups: count, metric: code, limit },
    workgroups: [1, 1, 1],
  });
  return { farthest: farthestProgram, choose: chooseProgram, groups: count };
}

/** Influence from subset models: bindings inside u32 [N,W], right u32 [T,W] (bit m of a row is model m's), results f32 [N,2]: largest, and sum of absolute ones. */
export const influenceProgram = ({ n, evaluated, models }: { n: number; evaluated: number; models: number }): Program =>
  defineProgram({
    name: 'metrics/influence',
    source: { path: 'metrics/influence.wgsl', text: influence },
    params: { n, evaluated, words: Math.ceil(models / 32), models },
    workgroups: groups(n),
  });
