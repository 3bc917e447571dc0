import { checkPost } from '../../testing/post-contract.js';

checkPost('noise', {
  // Mostly what the images themselves are off: measured 1e-5 at most, alike on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-4 },
  cases: [
    { post: [{ kind: 'noise' }] },
    { post: [{ kind: 'noise', type: 'gaussian', sigma: [0.5, 1] }], image: { height: 9, width: 9, channels: 3 } },
    { post: [{ kind: 'noise' }, { kind: 'noise', type: 'salt-and-pepper', amount: [0.1, 0.9] }] },
    { post: [{ kind: 'noise', type: 'salt-and-pepper', amount: [1, 1] }] },
  ],
});
