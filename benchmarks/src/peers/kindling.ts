import { constant, crossEntropy, ParameterSet, TrainingStep } from '@kindling/autograd';
import { planGeneration } from '@kindling/datagen';
import { type BoundPasses, bindPasses } from '@kindling/device';
import type { Engine, Trainer } from '../engine.js';
import { versionOf } from '../environment.js';
import type { Host } from '../host.js';
import { fixedBatch, model, problem, recipe, specs, type Workload, workloads } from '../workload.js';

/** Steps that the uploaded schedule covers: bias correction is right for as many. */
const SCHEDULED = 40_000;

async function start(host: Host, workload: Workload): Promise<Trainer> {
  const { device } = host;
  const { batch, side, lr, beta1, beta2, eps } = problem;
  const parameters = new ParameterSet(device, specs);
  parameters.initialise([problem.seed]);
  const seeds = device.upload('seeds', Uint32Array.of(problem.seed));
  let generation: BoundPasses | undefined;
  const training = await host.tuned({
    parameters,
    inputs: { x: { shape: [batch, 1, side, side] }, labels: { shape: [batch], dtype: 'u32' } },
    loss: (p, x) => crossEntropy(model.forward(p, x), x.labels!),
    optimizer: { schedule: constant(lr, beta1), steps: SCHEDULED, beta2, eps },
    source: ({ x, labels, state }) => {
      if (workload === 'step') return [];
      generation = bindPasses(device, planGeneration({ recipe, batch, traits: device.traits }), {
        x: x!,
        y: labels!,
        state: state!,
        seeds,
      });
      return generation.dispatches;
    },
  });
  const { step } = await TrainingStep.compile(device, training);
  if (workload === 'step') {
    const { x, labels } = fixedBatch();
    device.write(step.inputs.x!, x.data);
    device.write(step.inputs.labels!, Uint32Array.from(labels));
  }
  let done = 0;
  return {
    async run(steps) {
      step.run(steps);
      done += steps;
      await host.settle(device.gpu);
    },
    loss: async () => (await step.read(done - 1, 1))[0]!.loss,
    destroy() {
      step.destroy();
      generation?.destroy();
      parameters.destroy();
      seeds.destroy();
    },
  };
}

export function openKindling(host: Host): Engine {
  return {
    name: 'kindling',
    versions: { kindling: versionOf('@kindling/device'), webgpu: versionOf('webgpu') },
    gpu: host.device.gpu,
    workloads,
    start: (workload) => start(host, workload),
    destroy: () => undefined,
  };
}
