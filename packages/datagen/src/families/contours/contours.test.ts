import { describe, expect, it } from 'vitest';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { contourSystems } from './systems.js';
import { radiiAt } from './twin.js';

checkFamily('contours', {
  // Edges are a pixel wide, so that an error of a line's radius in pixels is one of the pixel. Measured 7e-5 with the defaults, 4e-4 at
  // 256×256, and 4e-3 at single pixels where some hundred noisy lines lie within a few.
  tolerance: { pixel: 1e-2 },
  recipes: [
    { family: 'contours' },
    { family: 'contours', image: { height: 8, width: 13, channels: 3 }, params: { orbits: [1, 1] }, label: { kind: 'class', classes: 3 } },
    {
      family: 'contours',
      image: { height: 64, width: 65, channels: 3 },
      params: { orbits: [20, 200], frequency: [20, 20], amplitude: [0.35, 0.35], noise: [0.05, 0.05] },
    },
    {
      family: 'contours',
      image: { height: 128, width: 100 },
      params: { vertices: [3, 5], amplitude: [0, 0], noise: [0, 0], rotation: 0, stretch: [1, 1], centre: [0, 0] },
    },
    {
      family: 'contours',
      image: { height: 256, width: 256 },
      params: { vertices: [200, 1000], thickness: [0, 0] },
      label: { kind: 'class', classes: 100 },
    },
  ],
});

describe('contour systems', () => {
  const spec = parseRecipe({ family: 'contours' });
  if (spec.family !== 'contours') throw new Error('not contours');
  const { params } = spec;

  it('do not depend on how many classes there are, and look different', () => {
    const many = contourSystems(params, 50);
    expect(contourSystems(params, 10)).toEqual(many.slice(0, 10));
    expect(contourSystems({ ...params, systemSeed: 1 }, 10)).not.toEqual(many.slice(0, 10));
    expect(new Set(many.map(({ orbits, frequencies, vertices }) => JSON.stringify([orbits, frequencies, vertices]))).size).toBe(50);
  });

  it('stay between the centre and the outer radius, whatever the ranges', () => {
    const extremes = {
      ...params,
      amplitude: [0, 0.35],
      noise: [0, 0.05],
      inner: [0.1, 0.5],
      frequency: [0, 20],
      orbits: [1, 200],
    } as const;
    for (const system of contourSystems(extremes, 60)) {
      for (let angle = 0.01; angle < 2 * Math.PI; angle += 0.1) {
        const { radii, slope } = radiiAt(system, angle, 0.5, 12345);
        expect(slope).toBeGreaterThanOrEqual(1);
        expect(Math.min(...radii)).toBeGreaterThan(0.04);
        expect(Math.max(...radii)).toBeLessThanOrEqual(1 + 1e-6);
      }
    }
  });

  it('with few vertices and neither waves nor noise are polygons with straight sides', () => {
    const square = { orbits: 1, vertices: 4, frequencies: [0, 0], amplitudes: [0, 0], noise: 0, inner: 0.5 } as const;
    // The side between the corners at 0 and 90 degrees is the line x + y = ½.
    for (let angle = 0; angle < Math.PI / 2; angle += 0.05) {
      const [r] = radiiAt(square, angle, 0.5, 0).radii;
      expect(r! * (Math.cos(angle) + Math.sin(angle))).toBeCloseTo(0.5, 12);
    }
  });
});

describe('a recipe of contours', () => {
  it.each([
    [{ params: { orbits: [0, 3] } }, 'recipe.params.orbits.0: got 0; expected >=1'],
    [{ params: { vertices: [10, 5] } }, 'recipe.params.vertices: got [10,5]; expected a range [low, high] with low ≤ high'],
    [{ params: { amplitude: [0, 0.5] } }, 'recipe.params.amplitude.1: got 0.5; expected <=0.35'],
    [{ params: { stretch: [0, 1] } }, 'recipe.params.stretch.0: got 0; expected >=0.5'],
    [{ label: { kind: 'class', classes: 1 } }, 'recipe.label.classes: got 1'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'contours', ...fields })).toThrow(message);
  });
});
