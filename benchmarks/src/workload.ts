import { initialValues, type ParameterSpec } from '@kindling/autograd';
import type { Shape } from '@kindling/core';
import { type RecipeInput, sample } from '@kindling/datagen';
import { posterCnn } from '@kindling/warmup';

/** The training step that every engine does: the poster's CNN, softmax cross-entropy, Adam as torch.optim.Adam, no clipping. */
export const problem = { batch: 64, side: 28, classes: 10, lr: 3e-4, beta1: 0.9, beta2: 0.999, eps: 1e-8, seed: 1 } as const;

export const workloads = ['step', 'step+binary'] as const;
/** `step`: one fixed batch. `step+binary`: a fresh random binary batch each step, labels = number of ones mod 10. */
export type Workload = (typeof workloads)[number];

/** What the workloads are called in a list of entries. */
export const stepNames: Readonly<Record<Workload, string>> = { step: 'fixed batch', 'step+binary': 'fresh binary batch' };

/** Random binary images whose label is their number of ones mod 10. */
export const recipe: RecipeInput = { family: 'count', label: { kind: 'class', classes: problem.classes } };

export const model = posterCnn(1, problem.side);
export const specs: Readonly<Record<string, ParameterSpec>> = model.parameters(problem.classes);

export interface Values {
  readonly shape: Shape;
  readonly data: Float32Array<ArrayBuffer>;
}

/** The weights that every engine starts from, in PyTorch's names and layouts; equal to `ParameterSet.initialise([seed])`. */
export function initialWeights(seed: number = problem.seed): Record<string, Values> {
  const entries = Object.entries(specs);
  return Object.fromEntries(
    entries.map(([name, spec], ordinal) => [name, { shape: spec.shape, data: initialValues(spec, seed, ordinal) }]),
  );
}

/** The batch of the workload `step`: x [64,1,28,28] and 64 labels. */
export function fixedBatch(): { x: Values; labels: Int32Array<ArrayBuffer> } {
  const samples = Array.from({ length: problem.batch }, (_, i) => sample(recipe, problem.seed, 0, i));
  const x = Float32Array.from(samples.flatMap(({ image }) => [...image]));
  return {
    x: { shape: [problem.batch, 1, problem.side, problem.side], data: x },
    labels: Int32Array.from(samples, ({ label }) => label),
  };
}
