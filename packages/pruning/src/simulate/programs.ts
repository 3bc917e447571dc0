import { defineProgram, foldWorkgroups, type Program, type Source, type Traits } from '@kindling/core';
import directions from '@kindling/shaders/pruning/directions';
import inputs from '@kindling/shaders/pruning/inputs';
import maxMargin from '@kindling/shaders/pruning/max_margin';
import overlap from '@kindling/shaders/pruning/overlap';
import score from '@kindling/shaders/pruning/score';
import select from '@kindling/shaders/pruning/select';
import sums from '@kindling/shaders/pruning/sums';
import distributions from '@kindling/shaders/random/distributions';
import threefry from '@kindling/shaders/random/threefry';
import type { SimulationPlan } from './setting.js';

const library = (path: string, text: string): Source => ({ path, text });
const RANDOM = [library('random/threefry.wgsl', threefry), library('random/distributions.wgsl', distributions)];
const SUMS = library('pruning/sums.wgsl', sums);
const KEEP = { hard: 0, easy: 1, random: 2 } as const;

/** Seeds `first` .. `first + count − 1`, together along the models axis. */
export interface Chunk {
  readonly first: number;
  readonly count: number;
}

/** The dispatches of one chunk, in order; `train` is repeated until every seed has converged. */
export interface SimulationPrograms {
  readonly directions: Program;
  readonly score: Program;
  readonly select: Program;
  readonly inputs: Program;
  readonly train: Program;
  readonly overlap: Program;
}

/** The selection alone: the `kept` smallest of `examples` keys a model, indices ascending, the lower index first among equals. */
export const selectProgram = (examples: number, kept: number, models: number): Program =>
  defineProgram({
    name: 'pruning/select',
    source: { path: 'pruning/select.wgsl', text: select },
    params: { examples, kept },
    workgroups: [1, 1, models],
  });

/**
 * Cosine and sine of an angle in degrees; exact where they are 0 or ±1, which Math.cos is not.
 */
export function turn(degrees: number): readonly [cosine: number, sine: number] {
  if (degrees % 180 === 0) return [degrees === 180 ? -1 : 1, 0];
  if (degrees === 90) return [0, 1];
  return [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
}

/**
 * @param steps of training in one dispatch
 */
export function simulationPrograms(plan: SimulationPlan, { first, count }: Chunk, steps: number, traits: Traits): SimulationPrograms {
  const { seed, dimension, examples, kept, rowBlocks, columnBlocks } = plan;
  // A workgroup owns a perceptron: on a CPU one vector register wide, so that its barriers cost nothing; wider on a GPU.
  const lanes = { workgroup_size: traits.software ? Math.max(4, traits.subgroupSize) : 64 };
  const model: [number, number, number] = [1, 1, count];
  const pairs = 2 * columnBlocks;
  const [cosine, sine] = turn(plan.angle);
  const random = { seed, first_model: first };
  return {
    directions: defineProgram({
      name: 'pruning/directions',
      source: library('pruning/directions.wgsl', directions),
      libraries: [...RANDOM, SUMS],
      constants: lanes,
      params: { ...random, dimension, pairs, cosine, sine },
      workgroups: model,
    }),
    score: defineProgram({
      name: 'pruning/score',
      source: library('pruning/score.wgsl', score),
      libraries: RANDOM,
      params: { ...random, examples, pairs, keep: KEEP[plan.keep] },
      workgroups: foldWorkgroups(Math.ceil(examples / 64), count),
    }),
    select: selectProgram(examples, kept, count),
    inputs: defineProgram({
      name: 'pruning/inputs',
      source: library('pruning/inputs.wgsl', inputs),
      libraries: RANDOM,
      params: { ...random, dimension, examples, kept, row_blocks: rowBlocks, column_blocks: columnBlocks },
      workgroups: foldWorkgroups(Math.ceil((rowBlocks * columnBlocks) / 64), count),
    }),
    train: defineProgram({
      name: 'pruning/max_margin',
      source: library('pruning/max_margin.wgsl', maxMargin),
      libraries: [SUMS],
      constants: lanes,
      params: {
        ...{ kept, row_blocks: rowBlocks, column_blocks: columnBlocks, steps, most_steps: plan.mostSteps, gap: plan.gap },
        // One over the largest eigenvalue of Z·Zᵀ for independent normals (Marchenko and Pastur); only a balance between two kinds of steps.
        step_length: 1 / (Math.sqrt(dimension) + Math.sqrt(kept)) ** 2,
      },
      workgroups: model,
    }),
    overlap: defineProgram({
      name: 'pruning/overlap',
      source: library('pruning/overlap.wgsl', overlap),
      libraries: [SUMS],
      constants: lanes,
      params: { pairs, column_blocks: columnBlocks },
      workgroups: model,
    }),
  };
}
