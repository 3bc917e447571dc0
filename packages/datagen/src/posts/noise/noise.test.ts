import { checkPost } from '../../testing/post-contract.js';

checkPost('noise', {
  tolerance: { pixel: 1e-5 },
  cases: [
    { post: [{ kind: 'noise' }] },
    { post: [{ kind: 'noise', type: 'gaussian', sigma: [0.5, 1] }], image: { height: 9, width: 9, channels: 3 } },
    { post: [{ kind: 'noise' }, { kind: 'noise', type: 'salt-and-pepper', amount: [0.1, 0.9] }] },
    { post: [{ kind: 'noise', type: 'salt-and-pepper', amount: [1, 1] }] },
  ],
});
