// The stages, in order: how long each may take and what it is asked for. Correctness comes before every clock.

export const benchSets = ['ceiling', 'kernels', 'generate', 'data', 'step', 'sweep'];
export const stageNames = ['tests', 'verify', 'matmul', 'bench', ...benchSets, 'torch'];

/** Parts of names of the test files that --quick keeps: one or two of each suite. */
export const quickFiles = [
  'kernels/src/matmul/matmul',
  'kernels/src/linear/',
  'kernels/src/golden',
  'autograd/src/eager',
  'autograd/src/step',
  'datagen/src/families/count/',
  'warmup/src/trial',
];

/** Families that --quick times: the cheapest, lines, and a net. */
const quickFamilies = ['count', 'strokes', 'random-net'];

const onCard = ['torch-cuda', 'torch-cuda-dataloader', 'torch-compile', 'torch-cuda-graphs'];
const onCpu = ['torch', 'torch-dataloader'];

/**
 * Seconds in all and by stage, with each stage's request. The limits of the stages add up to more than the whole, as few reach them; what
 * begins late gets what is left.
 */
export function plan({ quick, software }) {
  const pace = quick ? { rounds: 3, sampleSeconds: 0.02 } : { rounds: 9, sampleSeconds: 0.05 };
  const bench = (set, seconds, more = {}) => [
    set,
    { seconds: quick ? Math.ceil(seconds / 2) : seconds, request: { set, ...pace, ...more } },
  ];
  const product = { size: software ? 256 : quick ? 1024 : 4096, ...pace };
  // Software adapters compile for seconds what a GPU's driver compiles in milliseconds.
  const slow = software ? 3 : 1;
  return {
    total: quick ? (software ? 900 : 240) : software ? 3600 : 540,
    stages: {
      probe: { seconds: 45, correctness: true },
      tests: { seconds: quick ? slow * 100 : software ? 1800 : 200, correctness: true },
      verify: { seconds: slow * 45, correctness: true },
      matmul: { seconds: slow * 45, request: { storage: 'f32', ...product } },
      // By itself: a driver that crashes on subgroup matrices takes no other number along.
      matmul_f16: { seconds: slow * 45, request: { storage: 'f16', ...product } },
      ...Object.fromEntries([
        bench('ceiling', slow * 20),
        bench('kernels', slow * 30),
        bench('generate', slow * 50, quick ? { families: quickFamilies } : {}),
        // Enough steps for a loss to fall, which is checked.
        bench('data', slow * 35, software ? { sampleSeconds: 0.4 } : {}),
        bench('step', slow * 25),
        bench('sweep', slow * 70, { models: software ? (quick ? [1, 4] : [1, 8, 32]) : quick ? [1, 8, 128] : [1, 8, 32, 128, 1000] }),
      ]),
      torch: { seconds: slow * 100, request: { peers: software ? onCpu : onCard, rounds: pace.rounds, tune: !software } },
    },
  };
}
