import { kindlingKernels } from '../kernels/kindling.js';
import { tasks } from '../kernels/tasks.js';
import type { Bench } from '../suite/bench.js';

/** Largest error of a sum of f32 products, as a share of the output's typical size. */
const TOLERANCE = 1e-4;

/** Single ops of Kindling, as a model would get them; each result is checked against sums in f64. */
export const kernelBenches = (part = ''): Bench[] =>
  tasks()
    .filter(({ name }) => name.includes(part))
    .map((task) => ({
      set: 'kernels',
      name: task.name,
      async open(host) {
        const kernel = (await kindlingKernels(host).prepare(task))!;
        return {
          run: (times) => kernel.run(times),
          async check() {
            const error = await kernel.error();
            if (!(error < (kernel.tolerance ?? TOLERANCE))) throw new Error(`its result is off by ${error.toExponential(1)} of its size`);
          },
          facts: { kernel: kernel.variant },
          work: { amount: task.flops, unit: 'FLOP' },
          destroy: () => kernel.destroy(),
        };
      },
    }));
