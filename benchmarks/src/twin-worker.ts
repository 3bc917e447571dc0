// One core of the CPU twins: answers a request for so many samples with the sum of their pixels, so that nothing can be left out.
import { parentPort } from 'node:worker_threads';
import { sample } from '@kindling/datagen';
import type { TwinRequest } from './generate/twins.js';

parentPort!.on('message', ({ recipe, seed, step, first, indexStep, count }: TwinRequest) => {
  try {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      for (const value of sample(recipe, seed, step, first + i * indexStep).image) sum += value;
    }
    parentPort!.postMessage({ sum });
  } catch (error) {
    parentPort!.postMessage({ problem: (error as Error).message });
  }
});
