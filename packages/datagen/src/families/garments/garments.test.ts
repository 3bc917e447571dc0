import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { k, p } from '../strokes/glyph.js';
import { GARMENTS } from './family.js';
import { fill, garmentTables, MAX_PARTS, MAX_POINTS, MAX_VERTICES, seam, starts, symmetric, verticesOf } from './part.js';

checkFamily('garments', {
  // Measured 3e-6 on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-4 },
  recipes: [
    { family: 'garments' },
    { family: 'garments', image: { height: 8, width: 13, channels: 3 } },
    { family: 'garments', image: { height: 65, width: 64 }, params: { jitter: [0.2, 0.2], rotation: [1, 2] } },
  ],
});

describe('the cuts of a garment', () => {
  it('fit the kernel', () => {
    for (const garment of GARMENTS.flat()) {
      const begins = starts(garment);
      expect(garment.parts.length).toBeLessThanOrEqual(MAX_PARTS);
      expect(garment.parts.flatMap(({ points }) => points).length).toBeLessThanOrEqual(MAX_POINTS);
      expect(garment.parts.flatMap((part, i) => verticesOf(part, begins[i]!)).length).toBeLessThanOrEqual(MAX_VERTICES);
    }
  });

  it('are mirrored about the middle without doubling points on it', () => {
    const outline = symmetric(k(50, 0), p(80, 10, 2, 1), k(50, 90));
    expect(outline.map(({ numbers }) => numbers)).toEqual([
      [50, 0],
      [80, 10, 2, 1],
      [50, 90],
      [20, 10, -2, 1],
    ]);
  });

  it('are laid out as the kernel reads them', () => {
    const triangle = fill(1, k(0, 0), k(100, 0), k(50, 100));
    const { garments } = garmentTables([[{ weight: 1, parts: [triangle, seam(2, 0.5, k(0, 0), k(50, 50))] }]]);
    // Head of the class and of the garment, then the parts' kinds, places and counts of vertices.
    expect([...garments.subarray(0, 8)]).toEqual([0, 1, 65536, 0, 5, 8, 2, 5]);
    expect([...garments.subarray(8, 12)]).toEqual([0, 24, 0, 3]);
    expect([...garments.subarray(16, 20)]).toEqual([2, 27, 3, 2]);
    expect(garments.length).toBe(29);
  });
});

describe('garments of the default recipe', () => {
  it('fill the frame, differ by class and are neither blank nor saturated', () => {
    const sums = new Map<number, Float64Array>();
    for (let index = 0; index < 120; index++) {
      const { image, label } = sample({ family: 'garments' }, 6, 0, index);
      const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
      const covered = image.filter((value) => value > 0.05).length / image.length;
      expect(mean).toBeGreaterThan(0.015);
      expect(mean).toBeLessThan(0.75);
      expect(covered).toBeGreaterThan(0.08);
      const sum = sums.get(label) ?? new Float64Array(784);
      image.forEach((value, i) => {
        sum[i]! += value / Math.max(mean, 1e-6);
      });
      sums.set(label, sum);
    }
    expect(sums.size).toBe(10);
  });
});

describe('a recipe of garments', () => {
  it.each([
    [{ params: { brightness: [0, 1] } }, 'recipe.params.brightness.0: got 0; expected >=0.1'],
    [{ params: { folds: [0.5, 0.1] } }, 'recipe.params.folds: got [0.5,0.1]; expected a range [low, high] with low ≤ high'],
    [{ label: { kind: 'values' } }, 'recipe.label.kind: got "values"'],
    [{ image: { width: 300 } }, 'recipe.image.width: got 300; expected <=256'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'garments', ...fields })).toThrow(message);
  });
});
