import { checkPost } from '../../testing/post-contract.js';

checkPost('mixup', {
  // Mostly what the images themselves are off: measured 1e-5 at most, alike on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-4 },
  cases: [
    { post: [{ kind: 'affine' }, { kind: 'mixup' }, { kind: 'noise' }] },
    { post: [{ kind: 'mixup', alpha: 0.2, labels: 'soft' }], image: { height: 9, width: 8, channels: 3 } },
    { post: [{ kind: 'elastic' }, { kind: 'mixup', alpha: 8, labels: 'soft' }] },
  ],
});
