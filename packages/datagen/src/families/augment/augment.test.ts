import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe, type RecipeInput } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { render } from '../../testing/render.js';
import { baseImages } from './base.js';

checkFamily('augment', {
  // Measured 5e-6 at most (128 pixels), alike on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-4 },
  recipes: [
    { family: 'augment' },
    { family: 'augment', image: { height: 9, width: 14, channels: 3 }, params: { base: 'garments', padding: 'border', flip: true } },
    { family: 'augment', image: { height: 64, width: 64 }, params: { alpha: [0, 0], rotation: [-3, 3], scale: [0.3, 2] } },
    { family: 'augment', params: { amount: [0, 0], sigma: 1.5 } },
  ],
});

describe('a recipe of augment', () => {
  it.each([
    [{ params: { scale: [0, 1] } }, 'recipe.params.scale.0: got 0; expected >=0.2'],
    [{ params: { sigma: 0.5 } }, 'recipe.params.sigma: got 0.5; expected >=1'],
    [{ params: { base: 'cats' } }, 'recipe.params.base: got "cats"'],
    [{ params: { base: { external: { classes: 1, hash: 'abcdef01' } } } }, 'recipe.params.base'],
    [{ params: { amount: [-2, 0] } }, 'recipe.params.amount.0: got -2; expected >=-1'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'augment', ...fields })).toThrow(message);
  });
});

describe('the base images of augment', () => {
  it('are ten different images with something on them', () => {
    for (const base of ['digits', 'garments'] as const) {
      const images = baseImages(base, { height: 28, width: 28, channels: 1 });
      const each = Array.from({ length: 10 }, (_, c) => images.subarray(784 * c, 784 * (c + 1)));
      for (const image of each) {
        const covered = image.filter((value) => value > 0.5).length / 784;
        expect(covered).toBeGreaterThan(0.04);
        expect(covered).toBeLessThan(0.7);
      }
      expect(new Set(each.map((image) => image.join())).size).toBe(10);
    }
  });

  it('come from the caller where the recipe says so, also within a mixture', async () => {
    const base = Float32Array.from({ length: 3 * 64 }, (_, i) => ((i * 37) % 64) / 63);
    const own = { family: 'augment', params: { base: { external: { classes: 3, hash: '0123456789abcdef' } } } } as const;
    const image = { height: 8, width: 8, channels: 1 };
    const recipes: RecipeInput[] = [
      { ...own, image },
      { family: 'mixture', image, parts: [{ recipe: own }, { recipe: { family: 'noise' } }] },
    ];
    expect(() => sample(recipes[0]!, 1, 0, 0)).toThrow('sample: external.base: got none; expected 3 images of 64 values');
    for (const kind of await testAdapters()) {
      const device = await testDevice(kind);
      for (const recipe of recipes) {
        const got = await render(device, { recipe, batch: 6 }, [3], 1, { base });
        for (let b = 0; b < 6; b++) {
          const want = sample(recipe, 3, 1, b, { base });
          expect(got.y[b]).toBe(want.label);
          // The pixels of the other family have its own, looser tolerance.
          want.image.forEach((value, i) => {
            expect(Math.abs(got.x[64 * b + i]! - value)).toBeLessThan(1e-3);
          });
        }
      }
    }
  });
});
