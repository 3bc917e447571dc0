import { checkPost } from '../../testing/post-contract.js';

checkPost('thickness', {
  tolerance: { pixel: 5e-5 },
  cases: [
    { post: [{ kind: 'thickness' }] },
    { post: [{ kind: 'thickness', amount: [-1, -1], radius: 4, padding: 'border' }], image: { height: 9, width: 8, channels: 3 } },
    { post: [{ kind: 'thickness', amount: [1, 1] }] },
  ],
});
