import { median } from './statistics.js';
import type { Workload } from './workload.js';

/** Largest difference from the engines' median loss, as a share of it. */
const TOLERANCE = 1e-3;

interface Losses {
  readonly workload: Workload;
  readonly losses: readonly number[];
}

/**
 * What is wrong with an engine's losses. On the workload `step` all engines start from the same weights and see the same batch, so each
 * must have the median engine's losses. With random batches of their own they can only be plausible: ten balanced classes cost about
 * ln 10 = 2.3 a step.
 */
export function agreement<R extends Losses>(runners: readonly R[]): Map<R, string> {
  const wrong = new Map<R, string>();
  const complete = runners.filter(({ losses }) => losses.length > 0);
  for (const runner of complete) {
    if (runner.workload === 'step+binary') {
      const mean = runner.losses.reduce((a, b) => a + b, 0) / runner.losses.length;
      if (!(Math.abs(mean - Math.log(10)) < 0.2)) wrong.set(runner, `losses of mean ${mean}, expected about ln 10 = 2.303`);
      continue;
    }
    const peers = complete.filter(({ workload }) => workload === runner.workload);
    runner.losses.forEach((loss, step) => {
      const expected = median(peers.map(({ losses }) => losses[step] ?? Number.NaN).filter(Number.isFinite));
      if (wrong.has(runner) || Math.abs(loss - expected) <= TOLERANCE * Math.max(1, expected)) return;
      wrong.set(runner, `loss ${loss} at step ${step}, while the median engine has ${expected}`);
    });
  }
  return wrong;
}
