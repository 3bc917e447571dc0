import {
  type Choices,
  crossEntropy,
  type InputSpec,
  mseLoss,
  ParameterSet,
  type TrainingOptions,
  type TuneOptions,
  tuneStep,
} from '@kindling/autograd';
import { labelFormat, parseRecipe } from '@kindling/datagen';
import type { Device } from '@kindling/device';
import { planTrial } from './arms.js';
import { type ModelSpec, modelOf } from './models.js';
import type { ImageFacts } from './natural.js';
import type { FamilyWarmup, PhasePlan } from './plan.js';
import type { RunRecipe } from './recipe.js';

/** The generator of a warm-up at the data's image size, and the head and labels that it asks of the model. */
export function warmupFormat(plan: FamilyWarmup, { channels, height, width }: ImageFacts, batch: number) {
  const generator = parseRecipe({ ...plan.generator, image: { channels, height, width, ...plan.generator.image } });
  const { dtype, outputs } = labelFormat(generator);
  const labels: InputSpec = { shape: dtype === 'f32' ? [batch, outputs] : [batch], dtype };
  return { generator, outputs, labels };
}

export const naturalLabels = (batch: number): InputSpec => ({ shape: [batch], dtype: 'u32' });

/** A phase's step but for its data source: what there is to compile, and to tune. */
export function trainingOf(
  recipe: RunRecipe,
  { channels, height, width }: ImageFacts,
  model: ModelSpec,
  plan: PhasePlan,
  parameters: ParameterSet,
  labels: InputSpec,
): TrainingOptions {
  const loss = labels.dtype === 'f32' ? mseLoss : crossEntropy;
  return {
    parameters,
    inputs: { x: { shape: [recipe.batch, channels, height, width] }, labels },
    loss: (p, x) => loss(model.forward(p, x), x.labels!),
    optimizer: { schedule: plan.schedule, steps: plan.scheduleSteps, clip: plan.clip },
    choices: recipe.choices,
  };
}

/**
 * Measures the kernels of a trial's training steps on this device, those that the recipe has no choice for, and returns all choices, to
 * put into the recipe: they are then pinned for the run, and for every run of that recipe. Evaluation and the sampler of an augmented warm-up
 * keep each op's own choice.
 * @param options `model` is the one that the recipe names, where it is not a built-in one
 */
export async function tuneTrial(
  device: Device,
  facts: ImageFacts,
  recipe: RunRecipe,
  options: TuneOptions & { readonly model?: ModelSpec | undefined } = {},
): Promise<Choices> {
  const plan = planTrial(recipe);
  const model = modelOf(recipe, facts, options.model);
  let choices: Choices = { ...recipe.choices };
  const tune = async (phase: PhasePlan, outputs: number, labels: InputSpec): Promise<void> => {
    const parameters = new ParameterSet(device, model.parameters(outputs));
    choices = await tuneStep(device, trainingOf(recipe, facts, model, phase, parameters, labels), { ...options, pinned: choices });
    parameters.destroy();
  };
  if (plan.warmup?.kind === 'family') {
    const { outputs, labels } = warmupFormat(plan.warmup, facts, recipe.batch);
    await tune(plan.warmup, outputs, labels);
  }
  if (plan.natural.steps > 0) await tune(plan.natural, facts.classes, naturalLabels(recipe.batch));
  return choices;
}
