import { openKindling } from '../peers/kindling.js';
import type { Bench } from '../suite/bench.js';
import { stepNames, workloads } from '../workload.js';

/** The poster CNN's training step at batch 64. */
export const stepBenches = (): Bench[] =>
  workloads.map((workload) => ({
    set: 'step',
    name: stepNames[workload],
    async open(host) {
      const trainer = await openKindling(host).start(workload);
      await trainer.run(1);
      const first = await trainer.loss();
      return {
        run: (times) => trainer.run(times),
        async check() {
          const last = await trainer.loss();
          // A fixed batch is learned by heart; labels of random batches stay what they are, ten balanced classes.
          const fine = workload === 'step' ? last < first : Math.abs(last - Math.log(10)) < 0.5;
          if (!fine) throw new Error(`its loss went from ${first} to ${last}`);
        },
        work: { amount: 1, unit: 'model step' },
        destroy: () => trainer.destroy(),
      };
    },
  }));
