import { checkPost } from '../../testing/post-contract.js';

checkPost('normalise', {
  // What the images themselves are off, divided by the deviation: measured 5e-5 at most.
  tolerance: { pixel: 3e-4 },
  cases: [
    { post: [{ kind: 'normalise', mean: [0.1307], deviation: [0.3081] }] },
    { post: [{ kind: 'normalise', mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 2] }], image: { height: 9, width: 8, channels: 3 } },
    { post: [{ kind: 'affine' }, { kind: 'normalise', mean: [0.5], deviation: [0.5] }] },
  ],
});
