import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { octave } from './twin.js';

checkFamily('noise', {
  // Measured 9.5e-5 at most (8 octaves: an error of the coordinate is doubled in each), 1.6e-6 with the defaults, alike on both adapters.
  tolerance: { pixel: 5e-4 },
  batch: 6,
  recipes: [
    { family: 'noise' },
    { family: 'noise', params: { types: ['fbm', 'walls', 'turbulence'] }, image: { height: 8, width: 13, channels: 3 } },
    { family: 'noise', params: { types: ['simplex', 'perlin', 'walls', 'turbulence'], octaves: [1, 8] }, label: { kind: 'octaves' } },
    { family: 'noise', params: { types: ['worley'], frequency: [32, 32] }, image: { height: 65, width: 64 } },
  ],
});

describe('noise', () => {
  it.each([
    [0, false],
    [1, false],
    [2, false],
    [3, false],
    [0, true],
  ])('has mean 0 and variance 1: basis %i, folded %s', (basis, folded) => {
    const values = Array.from({ length: 40_000 }, (_, i) => octave(basis, folded, (i % 200) * 1.37, Math.floor(i / 200) * 1.61, 5));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('gets rougher with every octave', () => {
    const roughness = (octaves: number): number => {
      let sum = 0;
      for (let index = 0; index < 6; index++) {
        const { image } = sample(
          {
            family: 'noise',
            params: { types: ['fbm'], octaves: [octaves, octaves], persistence: [0.7, 0.7] },
            image: { height: 64, width: 64 },
          },
          3,
          0,
          index,
        );
        for (let i = 0; i + 1 < image.length; i++) sum += Math.abs(image[i + 1]! - image[i]!);
      }
      return sum;
    };
    const rough = [1, 2, 3, 4].map(roughness);
    for (let i = 1; i < rough.length; i++) expect(rough[i]).toBeGreaterThan(1.2 * rough[i - 1]!);
  });

  it.each([
    [{ params: { types: ['perlin', 'perlin'] } }, 'recipe.params.types: got ["perlin","perlin"]; expected each type once'],
    [{ params: { types: ['marble'] } }, 'recipe.params.types.0: got "marble"'],
    [{ params: { octaves: [3, 3] }, label: { kind: 'octaves' } }, 'recipe.params.octaves: got [3, 3] with label octaves'],
    [{ params: { octaves: [0, 3] } }, 'recipe.params.octaves.0: got 0; expected >=1'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'noise', ...fields } as never)).toThrow(message);
  });
});
