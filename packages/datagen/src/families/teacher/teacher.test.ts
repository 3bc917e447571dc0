import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe, type RecipeInput } from '../../recipe.js';
import { kolmogorovDistance, kolmogorovTail, normalBelow } from '../../tails.js';
import { checkFamily } from '../../testing/family-contract.js';
import type { TeacherRecipe, TeacherRecipeInput } from './family.js';
import { teacherField, teacherOf, teacherVector } from './net.js';
import { integerNormal, upperTail } from './quantiles.js';

checkFamily('teacher', {
  // Inputs are whole numbers in f32: exact. Values are one product of f32.
  tolerance: { pixel: 0 },
  batch: 24,
  recipes: [
    { family: 'teacher' },
    { family: 'teacher', label: { kind: 'value' }, image: { width: 7 } },
    { family: 'teacher', params: { net: 'mlp', teacherSeed: 9 } },
    { family: 'teacher', params: { net: 'mlp', hidden: 64 }, image: { width: 256 }, label: { kind: 'value' } },
    { family: 'teacher', params: { net: 'mlp', hidden: 1 }, image: { width: 1 } },
    { family: 'teacher', image: { width: 255 }, params: { teacherSeed: 2 ** 32 - 1 } },
  ],
});

const parsed = (fields: Omit<TeacherRecipeInput, 'family'>): TeacherRecipe =>
  parseRecipe({ family: 'teacher', ...fields }) as TeacherRecipe;

/** Inputs and labels of samples 0 .. count − 1. */
const samples = (recipe: RecipeInput, count: number) => Array.from({ length: count }, (_, index) => sample(recipe, 3, 0, index));

describe('the normal in whole numbers', () => {
  it('has quantiles that an independent tail confirms', () => {
    // scipy.stats.norm.sf
    for (const [z, p] of [
      [0, 0.5],
      [1, 0.15865525393145707],
      [3, 0.0013498980316300933],
      [5, 2.866515718791933e-7],
      [6, 9.865876450376981e-10],
    ] as const) {
      // A difference to ½: at 6 it is off by 6e-5 of itself, which moves z by 1e-5.
      expect(upperTail(z) / p).toBeCloseTo(1, 3);
    }
    // The word 2·m has tail m/2^32; m = 681425760 is that of z = 1 (0.158655254·2^32), 5797768 that of z = 3.
    expect(Math.abs(integerNormal(2 * 681_425_760) - 4096)).toBeLessThanOrEqual(1);
    expect(Math.abs(integerNormal(2 * 5_797_768) - 3 * 4096)).toBeLessThanOrEqual(1);
    expect(integerNormal(2 * 681_425_760 + 1)).toBe(-integerNormal(2 * 681_425_760));
    expect([integerNormal(0xffffffff), integerNormal(0xfffffffe)].map(Math.abs)).toEqual([0, 0]);
    expect(integerNormal(0)).toBeLessThan(25_600);
  });

  it('is distributed as one', () => {
    const values = samples({ family: 'teacher', image: { width: 256 } }, 80).flatMap(({ image }) => [...image]);
    const distance = kolmogorovDistance(values, normalBelow);
    expect(kolmogorovTail(distance, values.length)).toBeGreaterThan(1e-4);
    const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / values.length));
  });
});

describe('the teacher', () => {
  it('labels by the sign of its own unit vector, in f64 as in whole numbers', () => {
    const recipe = parsed({ params: { teacherSeed: 5 } });
    const vector = teacherVector(recipe);
    expect(Math.hypot(...vector)).toBeCloseTo(1, 12);
    for (const { image, label } of samples(recipe, 300)) {
      const field = image.reduce((sum, x, i) => sum + x * vector[i]!, 0);
      expect(label).toBe(Number(field >= 0));
    }
    for (const { image, label } of samples({ family: 'teacher', params: { teacherSeed: 5 }, label: { kind: 'value' } }, 50)) {
      expect(label).toBeCloseTo(
        image.reduce((sum, x, i) => sum + x * vector[i]!, 0),
        5,
      );
    }
  });

  it.each(['perceptron', 'mlp'] as const)('gives values of mean 0 and deviation 1, and classes in balance: %s', (net) => {
    const count = 4000;
    const values = samples({ family: 'teacher', params: { net }, label: { kind: 'value' } }, count).map(({ label }) => label);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
    expect(Math.abs(mean)).toBeLessThan(0.06);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.05);
    const ones = values.filter((value) => value >= 0).length / count;
    expect(ones).toBeGreaterThan(0.4);
    expect(ones).toBeLessThan(0.6);
  });

  it('is another one for another seed, and never leaves 32 bits', () => {
    expect(teacherVector(parsed({ params: { teacherSeed: 1 } }))).not.toEqual(teacherVector(parsed({ params: { teacherSeed: 2 } })));
    for (const recipe of [parsed({ image: { width: 1 } }), parsed({ image: { width: 256 }, params: { net: 'mlp', hidden: 64 } })]) {
      const teacher = teacherOf(recipe);
      const { weights, dimensions, hidden } = teacher;
      // The worst input of each unit: every x at its largest, with the sign of its weight.
      for (let unit = 0; unit < Math.max(1, hidden); unit++) {
        const worst = weights.subarray(unit * dimensions, (unit + 1) * dimensions).reduce((sum, w) => sum + Math.abs(w) * 25_600, 0);
        expect(worst).toBeLessThan(2 ** 31);
      }
      const output = weights.subarray(Math.max(1, hidden) * dimensions).reduce((sum, w) => sum + Math.abs(w) * 2 ** 15, 0);
      expect(output + Math.abs(teacher.offset)).toBeLessThan(2 ** 31);
      expect(Number.isSafeInteger(teacherField(teacher, new Int32Array(dimensions).fill(25_600)))).toBe(true);
    }
  });

  it.each([
    [{ params: { hidden: 0 } }, 'recipe.params.hidden: got 0; expected >=1'],
    [{ params: { teacherSeed: -1 } }, 'recipe.params.teacherSeed: got -1; expected >=0'],
    [{ params: { net: 'tree' } }, 'recipe.params.net: got "tree"; expected ("perceptron" | "mlp")'],
    [{ image: { width: 257 } }, 'recipe.image.width: got 257; expected <=256'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'teacher', ...fields })).toThrow(message);
  });
});
