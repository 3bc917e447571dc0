import { constant, ParameterSet, TrainingStep } from '@kindling/autograd';
import { parseRunRecipe } from '../recipe.js';
import { naturalLabels, trainingOf } from '../training.js';
import { modelsAtOnce, type PruneContext, residentTrain } from './training.js';

/** Copies of a model that look at an example each. */
const COPIES = 64;

/** Steps in one submit. */
const STEPS = 16;

/** A norm before clipping is written where the optimizer clips; none is ever this long. */
const NEVER = 3e38;

/**
 * The norm of each training example's own gradient of the cross-entropy over all parameters, ‖∇_θ ℓ(x_n, y_n)‖₂, for one model of a set: copies of the
 * model stand along the models axis, each with a batch of one example, so that nothing is averaged; the step is the training step with a learning rate
 * of 0, whose optimizer records each copy's norm.
 * @returns [N] in data-set order
 */
export async function gradientNorms(context: PruneContext, trained: ParameterSet, index: number): Promise<Float64Array> {
  const { device, data, model, signal, onStep } = context;
  const train = residentTrain(context);
  const { channels, height, width, classes } = data.facts;
  const copies = Math.min(train.count, modelsAtOnce(context, 1, COPIES));
  const parameters = new ParameterSet(device, model.parameters(classes), copies);
  device.submit((encoder) => {
    for (let copy = 0; copy < copies; copy++) {
      const bytes = 4 * parameters.stride;
      encoder.copyBufferToBuffer(trained.arena, index * bytes, parameters.arena, copy * bytes, bytes);
    }
  });
  const steps = Math.ceil(train.count / copies);
  const seeds = device.buffer('examples seeds', 4);
  const x = device.buffer('examples x', 4 * copies * data.pixels);
  const y = device.buffer('examples y', 4 * copies);
  const options = trainingOf(
    parseRunRecipe({ p: 0, batch: 1 }),
    data.facts,
    model,
    { steps, schedule: constant(0), scheduleSteps: 1 },
    parameters,
    naturalLabels(1),
  );
  const { step } = await TrainingStep.compile(device, {
    ...options,
    inputs: {
      x: { shape: [1, channels, height, width], from: { resource: x, modelStride: data.pixels } },
      labels: { shape: [1], dtype: 'u32', from: { resource: y, modelStride: 1 } },
    },
    optimizer: { kind: 'sgd', schedule: constant(0), steps: 1, clip: NEVER },
    history: steps,
    // The batch of all copies is a stretch of the set: copy i of step t takes example t · copies + i.
    source: ({ state }) => [data.gather(train, copies, false, { state: state!, seeds, x, y })],
  });
  for (let at = 0; at < steps; at += STEPS) {
    signal?.throwIfAborted();
    step.run(Math.min(STEPS, steps - at));
    await device.wait();
    onStep?.(Math.min(steps, at + STEPS), steps);
  }
  const norms = new Float64Array(train.count);
  for (let copy = 0; copy < copies; copy++) {
    const records = await step.read(0, steps, copy);
    records.forEach(({ gradNorm }, at) => {
      const n = at * copies + copy;
      if (n < train.count) norms[n] = gradNorm ?? Number.NaN;
    });
  }
  step.destroy();
  for (const owner of [parameters, seeds, x, y]) owner.destroy();
  return norms;
}
