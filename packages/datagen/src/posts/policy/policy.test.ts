import { checkPost } from '../../testing/post-contract.js';

checkPost('policy', {
  // Operations that round to 8 bits jump where two GPUs round a pixel differently; a share of 1 % of the pixels may.
  tolerance: { pixel: 3e-4, outliers: 0.01 },
  cases: [
    { post: [{ kind: 'policy', name: 'trivial-augment' }] },
    { post: [{ kind: 'policy', name: 'rand-augment', n: 3, magnitude: 20 }], image: { height: 17, width: 40, channels: 3 } },
  ],
});
