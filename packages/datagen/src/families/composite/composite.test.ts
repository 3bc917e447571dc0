import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { classesOf } from './twin.js';

checkFamily('composite', {
  // Counts are exact; the rest is sums and products. Measured 9e-7 on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-5 },
  batch: 4,
  recipes: [
    { family: 'composite', image: { height: 28, width: 28, channels: 1 } },
    {
      family: 'composite',
      image: { height: 40, width: 33 },
      params: { count: [5, 5], roughness: 0.9 },
      label: { kind: 'multi-label', classes: 5 },
    },
    {
      family: 'composite',
      image: { height: 8, width: 8 },
      params: { count: [1, 1], size: [0.25, 0.25], flip: false, rotation: 0, roughness: 0 },
    },
    {
      family: 'composite',
      image: { height: 128, width: 160 },
      params: { sampling: 'fractaldb', size: [1, 1], points: 1 },
      label: { kind: 'multi-label', classes: 6 },
    },
  ],
});

describe('composite', () => {
  it('labels every fractal that it shows, each of another class', () => {
    expect(classesOf([0, 0, 0], 4)).toEqual([0, 1, 2]);
    expect(classesOf([3, 2, 1, 0], 4)).toEqual([3, 2, 1, 0]);
    expect(classesOf([1, 1, 0, 0], 4)).toEqual([1, 2, 0, 3]);
    const recipe = {
      family: 'composite',
      image: { height: 8, width: 8, channels: 1 },
      params: { points: 1 },
      label: { kind: 'multi-label', classes: 7 },
    } as const;
    const shown = new Array<number>(7).fill(0);
    const counts = new Array<number>(6).fill(0);
    const samples = 700;
    for (let index = 0; index < samples; index++) {
      const { labels, parameters } = sample(recipe, 3, 0, index);
      const sum = labels.reduce((total, label) => total + label, 0);
      expect(sum).toBe(parameters.count);
      counts[sum]!++;
      labels.forEach((label, c) => {
        shown[c]! += label;
      });
    }
    // Binomial bounds of five standard deviations: counts are uniform in 1 .. 5, a class is shown with probability 3/7.
    for (const count of counts.slice(1)) expect(Math.abs(count - samples / 5)).toBeLessThan(5 * Math.sqrt(samples * 0.16));
    for (const times of shown) expect(Math.abs(times - (3 * samples) / 7)).toBeLessThan(5 * Math.sqrt(samples * 0.245));
  });

  it('refuses more fractals than classes', () => {
    expect(() => parseRecipe({ family: 'composite', label: { kind: 'multi-label', classes: 3 } })).toThrow(
      'recipe.params.count: got 5 fractals of 3 classes; expected at most as many fractals as classes',
    );
    expect(() => parseRecipe({ family: 'composite', params: { count: [0, 2] } })).toThrow('recipe.params.count.0: got 0');
    expect(() => parseRecipe({ family: 'composite', params: { size: [0.8, 0.4] } })).toThrow('recipe.params.size: got [0.8,0.4]');
  });
});
