import { checkPost } from '../../testing/post-contract.js';

checkPost('thickness', {
  // Mostly what the images themselves are off: measured 1e-5 at most, alike on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-4 },
  cases: [
    { post: [{ kind: 'thickness' }] },
    { post: [{ kind: 'thickness', amount: [-1, -1], radius: 4, padding: 'border' }], image: { height: 9, width: 8, channels: 3 } },
    { post: [{ kind: 'thickness', amount: [1, 1] }] },
  ],
});
