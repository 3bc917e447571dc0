import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { templates } from './templates.js';

checkFamily('mnist1d', {
  // Measured 7e-7 at most, alike on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-5 },
  batch: 24,
  recipes: [
    { family: 'mnist1d' },
    { family: 'mnist1d', params: { padding: [0, 0], shift: [0, 11], noise: 0, grain: 0, shear: [0, 0] } },
    { family: 'mnist1d', params: { padding: [0, 116], shift: [0, 127], noise: 2, grain: 1, standardise: false }, image: { width: 256 } },
    { family: 'mnist1d', params: { padding: [9, 51] }, image: { width: 8 } },
  ],
});

describe('mnist1d', () => {
  const range = (low: number, high: number): [number, number] => [low, high];
  /** Nothing done to the template. */
  const params = {
    padding: range(0, 0),
    scale: range(1, 1),
    shift: range(0, 0),
    noise: 0,
    grain: 0,
    shear: range(0, 0),
    standardise: false,
  };

  it('is the template itself where nothing is done to it', () => {
    const seen = new Set<number>();
    for (let index = 0; index < 60; index++) {
      const { image, label } = sample({ family: 'mnist1d', image: { width: 12 }, params }, 1, 0, index);
      seen.add(label);
      for (const [i, value] of image.entries()) expect(value).toBeCloseTo(templates[12 * label + i]!, 6);
    }
    expect(seen.size).toBe(10);
  });

  it('rotates by the shift: what leaves at the end comes in at the front', () => {
    const shifted = sample({ family: 'mnist1d', image: { width: 12 }, params: { ...params, shift: [5, 5] } }, 1, 0, 3);
    const still = sample({ family: 'mnist1d', image: { width: 12 }, params }, 1, 0, 3);
    for (let i = 0; i < 12; i++) expect(shifted.image[(i + 5) % 12]).toBeCloseTo(still.image[i]!, 6);
  });

  it('has mean 0 and deviation 1 as the published dataset, and correlated noise where there is no digit', () => {
    const values = Array.from({ length: 1500 }, (_, index) => [...sample({ family: 'mnist1d' }, 2, 0, index).image]).flat();
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.03);
    // A length of 128 in which the 12 points take the first 13 places: noise from there on, whose deviation is 0.25·(Σ weight²)^½ = 0.0939.
    const noisy = { ...params, padding: range(116, 116), noise: 0.25 };
    const tails = Array.from({ length: 200 }, (_, index) => [
      ...sample({ family: 'mnist1d', image: { width: 128 }, params: noisy }, 2, 0, index).image.subarray(22, 120),
    ]);
    const square = tails.flat().reduce((sum, value) => sum + value * value, 0) / tails.flat().length;
    const neighbours = tails.flatMap((tail) => tail.slice(1).map((value, i) => value * tail[i]!));
    expect(Math.sqrt(square)).toBeCloseTo(0.0939, 2);
    // Neighbours of Gaussian-smoothed white noise of deviation 2 correlate by exp(−1/16) = 0.939.
    expect(neighbours.reduce((sum, value) => sum + value, 0) / neighbours.length / square).toBeCloseTo(0.94, 1);
  });

  it.each([
    [{ params: { padding: [10, 5] } }, 'recipe.params.padding: got [10,5]; expected a range'],
    [{ params: { padding: [0, 4], shift: [0, 20] } }, 'recipe.params.shift.1: got 20 with at most 16 places'],
    [{ params: { padding: [0, 117] } }, 'recipe.params.padding.1: got 117; expected <=116'],
    [{ image: { width: 7 } }, 'recipe.image.width: got 7; expected >=8'],
    [{ image: { channels: 3 } }, 'recipe.image.channels: got 3; expected 1'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'mnist1d', ...fields })).toThrow(message);
  });
});
