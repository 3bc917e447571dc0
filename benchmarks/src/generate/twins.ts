import { Worker } from 'node:worker_threads';
import type { RecipeInput } from '@kindling/datagen';
import { problem } from '../workload.js';
import type { Body } from './contender.js';

/** What a worker renders: samples first, first + indexStep, … of a step. */
export interface TwinRequest {
  readonly recipe: RecipeInput;
  readonly seed: number;
  readonly step: number;
  readonly first: number;
  readonly indexStep: number;
  readonly count: number;
}

export const TWIN_WORKERS = 2;

/** The families on the CPU, on as many cores as there are workers: each renders every other sample through `sample()`. */
export class TwinPool {
  readonly #workers: Worker[];

  /** @param script the worker's module, built; beside this bundle by default */
  constructor(script: URL = new URL('./twin-worker.js', import.meta.url), workers = TWIN_WORKERS) {
    this.#workers = Array.from({ length: workers }, () => new Worker(script));
  }

  /** Renders the first `each`·workers samples of a step. @returns the sum of their pixels @throws what a worker throws */
  async render(recipe: RecipeInput, step: number, each: number): Promise<number> {
    const indexStep = this.#workers.length;
    const sums = this.#workers.map((worker, first) => ask(worker, { recipe, seed: problem.seed, step, first, indexStep, count: each }));
    // All of them first: an answer left over would be taken for the next request's.
    await Promise.allSettled(sums);
    return (await Promise.all(sums)).reduce((a, b) => a + b, 0);
  }

  /** A recipe at work: a batch is one sample a worker. */
  open(recipe: RecipeInput): Body {
    let step = 0;
    return {
      images: this.#workers.length,
      run: async (times) => {
        await this.render(recipe, step, times);
      },
      begin: (round) => {
        step = round;
      },
      destroy: () => undefined,
    };
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, request: TwinRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const answer = (message: { sum: number } | { problem: string }): void => {
      worker.off('error', reject);
      if ('sum' in message) resolve(message.sum);
      else reject(new Error(message.problem));
    };
    worker.once('message', answer);
    worker.once('error', reject);
    worker.postMessage(request);
  });
}
