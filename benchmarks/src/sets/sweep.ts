import type { Bench } from '../suite/bench.js';
import { openSource } from './sources.js';
import { openTraining } from './training.js';

/** Models that train side by side, where nothing else was asked for. */
export const sweepModels = (software: boolean): readonly number[] => (software ? [1, 8, 32] : [1, 8, 32, 128, 1000]);

export const sweepName = (models: number): string => `${models} ${models === 1 ? 'model' : 'models'}`;

/** One step of M poster CNNs in the same dispatches, each on random binary batches of its own. */
export const sweepBenches = (sizes: readonly number[]): Bench[] =>
  sizes.map((models) => ({
    set: 'sweep',
    name: sweepName(models),
    async open(host) {
      const training = await openTraining(host, await openSource(host, 'generated count'), { models });
      return {
        async run(times) {
          training.queue(times);
          await host.settle(host.device.gpu);
        },
        async check() {
          const last = await training.loss();
          if (!(Math.abs(last - Math.log(10)) < 0.5)) throw new Error(`its mean loss is ${last}, expected about ln 10`);
        },
        facts: { models, parameterBytes: training.step.memory.parameters, activationBytes: training.step.memory.activations },
        work: { amount: models, unit: 'model step' },
        destroy: () => training.destroy(),
      };
    },
  }));
