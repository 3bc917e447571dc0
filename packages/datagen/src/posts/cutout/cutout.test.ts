import { checkPost } from '../../testing/post-contract.js';

checkPost('cutout', {
  // Mostly what the images themselves are off: measured 1e-5 at most, alike on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-4 },
  cases: [
    { post: [{ kind: 'cutout' }] },
    { post: [{ kind: 'cutout', size: [0, 1], fill: 0.5 }], image: { height: 9, width: 8, channels: 3 } },
    { post: [{ kind: 'cutout', size: [1, 1] }] },
  ],
});
