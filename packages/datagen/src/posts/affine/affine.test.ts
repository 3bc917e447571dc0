import { checkPost } from '../../testing/post-contract.js';

checkPost('affine', {
  // Mostly what the images themselves are off: measured 1e-5 at most, alike on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-4 },
  cases: [
    { post: [{ kind: 'affine' }] },
    {
      post: [{ kind: 'affine', flip: true, padding: 'border', rotation: [-3, 3], scale: [0.3, 3] }],
      image: { height: 9, width: 8, channels: 3 },
    },
    { post: [{ kind: 'affine', translate: [-1, 1] }, { kind: 'affine' }] },
  ],
});
