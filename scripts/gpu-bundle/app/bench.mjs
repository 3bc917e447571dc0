// One set of `kindling bench` in this process, as the document that `bench compare` reads.
import { benchSuite } from '../../../benchmarks/src/suite/run.ts';
import { answer, progress } from './answer.mjs';

await answer(({ adapter, set, models, families, rounds, sampleSeconds }) =>
  benchSuite({
    ...{ adapter, sets: [set], passes: 1, rounds, sampleSeconds },
    ...(models ? { models } : {}),
    ...(families ? { families } : {}),
    notice: (line) => progress(line),
  }),
);
