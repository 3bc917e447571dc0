import { checkPost } from '../../testing/post-contract.js';

checkPost('affine', {
  // Measured 2e-6 on lavapipe and SwiftShader.
  tolerance: { pixel: 5e-5 },
  cases: [
    { post: [{ kind: 'affine' }] },
    {
      post: [{ kind: 'affine', flip: true, padding: 'border', rotation: [-3, 3], scale: [0.3, 3] }],
      image: { height: 9, width: 8, channels: 3 },
    },
    { post: [{ kind: 'affine', translate: [-1, 1] }, { kind: 'affine' }] },
  ],
});
