// The poster CNN's step beside PyTorch on the same card, block by block in turns; losses are compared, and a wrong one does not count.

import { tuneStep } from '@kindling/autograd';
import { benchStep } from '../../../benchmarks/src/step.ts';
import { answer, progress } from './answer.mjs';

// PyTorch lets cuDNN choose its kernels by measuring, so Kindling's tuner may too; the report holds its choices.
await answer(({ adapter, peers, rounds, tune }) =>
  benchStep({
    ...{ adapter, peers, rounds, cold: false, blockSeconds: 1 },
    ...(tune ? { tuner: (device, training) => tuneStep(device, training) } : {}),
    notice: (line) => progress(line),
  }),
);
