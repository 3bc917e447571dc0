import { constant, crossEntropy, ParameterSet, TrainingStep } from '@kindling/autograd';
import type { Host } from '../host.js';
import { model, problem } from '../workload.js';
import type { BatchSource } from './sources.js';

/** Steps that the uploaded schedule covers: Adam's bias corrections are right for as many. */
const SCHEDULED = 40_000;

export type Training = Awaited<ReturnType<typeof openTraining>>;

/** M poster CNNs in training on a source, which goes when they go, in the same dispatches. Only a source with a host part has each step wait for the host. */
export async function openTraining(
  host: Host,
  source: BatchSource,
  { models = 1, lr = problem.lr as number, seed = problem.seed as number } = {},
) {
  const { device } = host;
  const { batch, side, classes, beta1, beta2, eps } = problem;
  const parameters = new ParameterSet(device, model.parameters(classes), models);
  const seedValues = Array.from({ length: models }, (_, m) => seed + m);
  parameters.initialise(seedValues);
  const seeds = device.upload('seeds', Uint32Array.from(seedValues));
  const { step } = await TrainingStep.compile(device, {
    parameters,
    inputs: { x: { shape: [batch, 1, side, side] }, labels: { shape: [batch], dtype: 'u32' } },
    loss: (p, x) => crossEntropy(model.forward(p, x), x.labels!),
    optimizer: { schedule: constant(lr, beta1), steps: SCHEDULED, beta2, eps },
    source: ({ x, labels, state }) => source.bind({ x: x!, y: labels!, state: state!, seeds }, models),
  });
  let done = 0;
  return {
    step,
    parameters,
    source,
    get done() {
      return done;
    },
    /** Queues steps; with a host part each is a submit of its own, after its upload. Does not wait. */
    queue(steps: number) {
      const { host: part } = source;
      if (!part) step.run(steps);
      else {
        for (let i = 0; i < steps; i++) {
          part.load(done + i);
          part.upload();
          step.run(1);
        }
      }
      done += steps;
    },
    /** Losses of the first model in the last steps, at most as many as were trained. */
    async losses(steps: number): Promise<number[]> {
      const count = Math.min(steps, done);
      return (await step.read(done - count, count)).map(({ loss }) => loss);
    },
    /** Loss of the last step, mean over the models. */
    async loss(): Promise<number> {
      const losses = await Promise.all(Array.from({ length: models }, async (_, m) => (await step.read(done - 1, 1, m))[0]!.loss));
      return losses.reduce((a, b) => a + b, 0) / models;
    },
    destroy() {
      step.destroy();
      source.destroy();
      parameters.destroy();
      seeds.destroy();
    },
  };
}
