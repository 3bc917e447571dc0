import { describe, expect, it } from 'vitest';
import { checkPost } from '../../testing/post-contract.js';
import { PostDraws } from '../post.js';
import { displacementOf } from '../warp/twin.js';

checkPost('elastic', {
  // Mostly what the images themselves are off: measured 1e-5 at most, alike on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-4 },
  cases: [
    { post: [{ kind: 'elastic' }] },
    { post: [{ kind: 'elastic', padding: 'border', sigma: 1, alpha: [5, 10] }], image: { height: 9, width: 33, channels: 3 } },
    { post: [{ kind: 'affine' }, { kind: 'elastic', sigma: 14 }] },
  ],
});

describe('the displacement', () => {
  it('has the spread and the correlation of uniform noise blurred with a Gaussian', () => {
    const image = { height: 28, width: 28, channels: 1 };
    const [alpha, sigma, fields] = [34, 4, 600];
    const lags = [0, 4, 8];
    const products = lags.map(() => 0);
    for (let index = 0; index < fields; index++) {
      const draws = new PostDraws(1, 0, index, 0);
      const field = displacementOf(image, sigma, [draws.unit(0), draws.unit(1)], (draw) => draws.word(draw));
      const here = field(14, 14)[0];
      lags.forEach((lag, i) => {
        products[i]! += (alpha ** 2 * (here * field(14 + lag, 14)[0] + here * field(14, 14 - lag)[0])) / (2 * fields);
      });
    }
    const variance = (alpha / (Math.sqrt(3) * 2 * Math.sqrt(Math.PI) * sigma)) ** 2;
    // The standard error of a variance over 600 fields is 6 %.
    expect(Math.abs(products[0]! / variance - 1)).toBeLessThan(0.2);
    for (const i of [1, 2])
      expect(Math.abs(products[i]! / products[0]! - Math.exp(-(lags[i]! ** 2) / (4 * sigma ** 2)))).toBeLessThan(0.12);
  });
});
