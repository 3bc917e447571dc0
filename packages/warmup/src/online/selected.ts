import { type BoundProgram, forwardDispatches, type ParameterSet } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import { MAX_CANDIDATES, planGeneration, planSelection, type Recipe } from '@kindling/datagen';
import { bindPasses, type Device } from '@kindling/device';
import { LOGIT_METRICS, type LogitMetric, logitScoreProgram } from '@kindling/pruning';
import * as v from 'valibot';
import type { ModelSpec } from '../models.js';
import type { ImageFacts } from '../natural.js';

/** How a stream of generated batches is pruned as it is made. */
export const selectSchema = v.strictObject({
  /** What the current model's logits are scored by; a high score is a hard candidate. */
  metric: v.optional(v.picklist(LOGIT_METRICS), 'el2n'),
  /** `hard` keeps the highest scores, `easy` the lowest. */
  keep: v.optional(v.picklist(['hard', 'easy']), 'hard'),
  /** k: candidates generated and scored for each one that is trained on. 1 takes every candidate. */
  candidates: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256)), 4),
  /** Each class gets its share of the batch first. */
  balanced: v.optional(v.boolean(), false),
});

export type Selection = v.InferOutput<typeof selectSchema>;
export type SelectionInput = v.InferInput<typeof selectSchema>;

const FIELDS: Readonly<Record<keyof Selection, string>> = {
  metric: LOGIT_METRICS.join(' or '),
  keep: 'hard or easy',
  candidates: 'a whole number from 1 to 256',
  balanced: 'true or false',
};

/** Checks how a stream is to be pruned, and fills in the defaults. @throws InputError naming the field as `select.<field>` */
export function parseSelection(input: unknown): Selection {
  const result = v.safeParse(selectSchema, input);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = String(issue.path?.[0]?.key ?? '');
  const known = Object.hasOwn(FIELDS, field);
  throw new InputError({
    subject: field === '' ? 'select' : `select.${field}`,
    got: issue.received,
    expected: known ? FIELDS[field as keyof Selection] : `an object with the fields ${Object.keys(FIELDS).join(', ')}`,
    next: field === '' ? 'write an object' : `correct ${field}`,
  });
}

/** @throws InputError where a generator's labels are no classes */
export function requireClassLabels(dtype: string | undefined): void {
  if (dtype === 'u32') return;
  throw new InputError({
    subject: 'select',
    got: 'a generator whose labels are no classes',
    expected: 'class labels: EL2N and margin compare probabilities with a class',
    next: 'use a family or a label kind with classes',
  });
}

/** Where the selected batches go, and whose judgement counts. */
export interface SelectedBatches {
  readonly generator: Recipe;
  readonly selection: Selection;
  readonly batch: number;
  readonly classes: number;
  readonly facts: ImageFacts;
  readonly model: ModelSpec;
  readonly parameters: ParameterSet;
  readonly seeds: GPUBuffer;
  /** The training step's inputs and counter. */
  readonly x: GPUBuffer;
  readonly y: GPUBuffer;
  readonly state: GPUBuffer;
}

/** Dispatches that leave a pruned batch in `x` and `y`, and the buffers that they need. */
export interface OnlineSource {
  readonly dispatches: readonly BoundProgram[];
  destroy(): void;
}

/**
 * A pruned stream: k·B candidates are generated, scored by the model as it stands at that step, and B of them copied into the training batch. All in
 * the step's own dispatches: nothing is read back, and the host sends nothing. Candidate i of step t is sample t·k·B + i of the generator's stream.
 * @throws InputError for labels that are no classes, more candidates than selection takes, or more bytes of them than the adapter binds
 */
export function selectedBatches(device: Device, options: SelectedBatches): OnlineSource {
  const { generator, selection, batch, classes, facts, model, parameters, seeds, x, y, state } = options;
  const { metric, keep, candidates, balanced } = selection;
  const { models } = parameters;
  const { channels, height, width } = facts;
  const n = candidates * batch;
  if (n > MAX_CANDIDATES) {
    throw new InputError({
      subject: 'select.candidates',
      got: `${candidates} candidates for each of ${batch} images`,
      expected: `at most ${MAX_CANDIDATES} candidates a step`,
      next: `lower candidates to ${Math.floor(MAX_CANDIDATES / batch)}, or the batch`,
    });
  }
  const row = channels * height * width;
  const selecting = planSelection({
    candidates: n,
    keep: batch,
    models,
    order: keep === 'hard' ? 'highest' : 'lowest',
    classes: balanced ? classes : 0,
    row,
    label: 1,
    traits: device.traits,
  });
  const generating = planGeneration({ recipe: generator, batch: n, models, traits: device.traits });
  const own = {
    candidates: device.buffer('candidates', 4 * models * n * row),
    candidateLabels: device.buffer('candidate labels', 4 * models * n),
    scores: device.buffer('candidate scores', 4 * models * n),
  };
  const generation = bindPasses(device, generating, { x: own.candidates, y: own.candidateLabels, state, seeds });
  const forward = forwardDispatches(device, {
    parameters,
    inputs: { x: { shape: [n, channels, height, width], from: { resource: own.candidates, modelStride: n * row } } },
    model: model.forward,
  });
  const scoring: BoundProgram = {
    program: logitScoreProgram({
      metric: metric as LogitMetric,
      n,
      classes,
      models,
      logitsStride: forward.output.modelStride,
      labelsStride: n,
    }),
    resources: { logits: forward.output.resource, labels: own.candidateLabels, scores: own.scores },
  };
  const picking = bindPasses(device, selecting, { ...own, x, y });
  return {
    dispatches: [...generation.dispatches, ...forward.programs, scoring, ...picking.dispatches],
    destroy() {
      for (const owner of [generation, picking, ...Object.values(own), ...forward.owned]) owner.destroy();
    },
  };
}
