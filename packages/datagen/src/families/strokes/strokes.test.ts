import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { DIGITS } from './digits.js';
import { curvesOf, FORMS, glyphTables, k, line, loop, MAX_CURVES, MAX_POINTS, p, wayOf } from './glyph.js';

checkFamily('strokes', {
  // Measured 6e-6 on lavapipe and SwiftShader with the default recipe; hard edges (softness .5) multiply it.
  tolerance: { pixel: 1e-4 },
  recipes: [
    { family: 'strokes' },
    { family: 'strokes', label: { kind: 'values' }, params: { slant: { deviation: 0 }, rotation: [1, 3] } },
    { family: 'strokes', image: { height: 8, width: 13, channels: 3 }, params: { roughness: [2, 2], softness: [0.5, 0.5] } },
    { family: 'strokes', image: { height: 65, width: 64 }, params: { tension: [1, 1], warp: [0.3, 0.3], shift: [-6, 6] } },
  ],
});

describe('the ways of writing a digit', () => {
  it('fit the kernel, each with a share of the forms', () => {
    for (const ways of DIGITS) {
      for (const { strokes, weight } of ways) {
        expect(strokes.flatMap(({ points }) => points).length).toBeLessThanOrEqual(MAX_POINTS);
        expect(strokes.flatMap((stroke) => curvesOf(stroke, 0)).length).toBeLessThanOrEqual(MAX_CURVES);
        expect(weight).toBeGreaterThan(0);
      }
    }
    DIGITS.forEach((ways) => {
      expect(wayOf(ways, 0)).toBe(ways[0]);
      expect(wayOf(ways, FORMS - 1)).toBe(ways.at(-1));
    });
  });

  it('become curves that hang together', () => {
    expect(curvesOf(line(p(0, 0), p(1, 1), p(2, 0)), 4)).toEqual([{ first: 4, middle: 5, last: 6, sharpFirst: true, sharpLast: true }]);
    expect(curvesOf(line(p(0, 0), k(1, 1), p(2, 0)), 0).map(({ first, last }) => [first, last])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(curvesOf(loop(p(0, 0), p(1, 1), p(2, 0)), 0).map(({ first, middle, last }) => [first, middle, last])).toEqual([
      [2, 0, 1],
      [0, 1, 2],
      [1, 2, 0],
    ]);
  });

  it('are laid out as the kernel reads them', () => {
    const { glyphs, points } = glyphTables([
      [
        { weight: 1, pen: 1, strokes: [line(p(50, 0), p(60, 50, 10), p(50, 100))] },
        { weight: 3, pen: 3, strokes: [line(p(0, 0), p(100, 50))] },
      ],
    ]);
    expect([...glyphs]).toEqual([0, 2, 16384, 0, 3, 14, 1, 0x3f800000, 65536, 3, 2, 15, 1, 0x40400000, 0x3020100, 0x3010000]);
    expect([...points.subarray(8, 12)].map((value) => Math.round(100 * value))).toEqual([10, 0, 10, 0]);
  });
});

describe('digits of the default recipe', () => {
  const samples = Array.from({ length: 200 }, (_, index) => sample({ family: 'strokes' }, 20, 0, index));

  it('have the statistics of MNIST', () => {
    // MNIST's training images: mean .1307, deviation .3081, centre of mass at pixel (14, 14), box of 20.
    const pixels = samples.flatMap(({ image }) => [...image]);
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    const deviation = Math.sqrt(pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length);
    expect(Math.abs(mean - 0.1307)).toBeLessThan(0.015);
    expect(Math.abs(deviation - 0.3081)).toBeLessThan(0.02);
    for (const { image } of samples) {
      const mass = image.reduce((sum, value) => sum + value, 0);
      const x = image.reduce((sum, value, i) => sum + value * (i % 28), 0) / mass;
      const y = image.reduce((sum, value, i) => sum + value * Math.floor(i / 28), 0) / mass;
      expect(Math.abs(x - 14)).toBeLessThan(1.6);
      expect(Math.abs(y - 14)).toBeLessThan(1.6);
      expect(Math.max(...image)).toBeGreaterThan(0.6);
      expect(mass).toBeLessThan(0.4 * 784);
    }
  });

  it('contain every digit', () => {
    expect(new Set(samples.map(({ label }) => label)).size).toBe(10);
  });
});

describe('a recipe of strokes', () => {
  it.each([
    [{ params: { thickness: [4, 2] } }, 'recipe.params.thickness: got [4,2]; expected a range [low, high] with low ≤ high'],
    [{ params: { slant: [0, 1] } }, 'recipe.params.slant'],
    [{ params: { slant: { deviation: -1 } } }, 'recipe.params.slant.deviation: got -1; expected >=0'],
    [{ params: { box: 40 } }, 'recipe.params.box: got 40; expected <=28'],
    [{ params: { loops: 1 } }, 'recipe.params.loops: got a field that this recipe does not have'],
    [{ label: { kind: 'class', classes: 9 } }, 'recipe.label.classes: got a field that this recipe does not have'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'strokes', ...fields })).toThrow(message);
  });
});
