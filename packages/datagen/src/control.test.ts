import { drawBelow, pickWeighted, quantiseWeights, sampleKey } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { planGeneration, sample } from './generate.js';
import { parseRecipe, type RecipeInput, recipeHash } from './recipe.js';
import { render, requireEqual, requireTwin } from './testing/render.js';

const gratings: RecipeInput = { family: 'gratings', image: { height: 8, width: 8 }, label: { kind: 'class', classes: 5 } };
const mixture: RecipeInput = {
  family: 'mixture',
  image: { height: 9, width: 8 },
  parts: [
    { weight: 3, recipe: { family: 'gratings', label: { kind: 'class', classes: 4 } } },
    { recipe: { family: 'count', label: { kind: 'count' } } },
    { weight: 0, recipe: { family: 'gratings' } },
  ],
};

describe.each(await testAdapters())('control from the GPU on %s', (kind) => {
  it('draws classes by the weights in a buffer, each model by its own, and leaves every other draw alone', async () => {
    const device = await testDevice(kind);
    const weights = [0, 1, 0.25, 0, 3, 1, 1, 1, 1, 1];
    const options = { recipe: gratings, batch: 40, models: 2, control: { classWeights: true } };
    const got = await render(device, options, [3, 4], 6, { classWeights: Float32Array.from(weights) });
    const plain = await render(device, { recipe: gratings, batch: 40, models: 2 }, [3, 4], 6);
    for (let i = 0; i < 80; i++) {
      const model = Math.floor(i / 40);
      const quantised = quantiseWeights(weights.slice(5 * model, 5 * model + 5));
      const key = sampleKey([3, 4][model]!, 'label', 6, 0);
      expect(got.y[i], `sample ${i}`).toBe(pickWeighted(key, i % 40, 3, quantised));
      const stride = got.rows.rows!.length / 80;
      expect([...got.rows.rows!.subarray(i * stride + 2, (i + 1) * stride)]).toEqual([
        ...plain.rows.rows!.subarray(i * stride + 2, (i + 1) * stride),
      ]);
    }
    expect(new Set(got.y.subarray(0, 40))).toEqual(new Set([1, 2, 4]));
  });

  it.each([
    ['all zero', [0, 0, 0, 0, 0]],
    ['NaN, infinite and negative', [Number.NaN, Number.POSITIVE_INFINITY, -1, Number.NEGATIVE_INFINITY, -0]],
  ])('takes weights that are %s for uniform', async (_, weights) => {
    const device = await testDevice(kind);
    const options = { recipe: gratings, batch: 16, control: { classWeights: true } };
    const got = await render(device, options, [9], 0, { classWeights: Float32Array.from(weights) });
    requireEqual(got, await render(device, { recipe: gratings, batch: 16 }, [9], 0), 'uniform');
  });

  it('counts a bad weight beside good ones as 0', async () => {
    const device = await testDevice(kind);
    const bad = Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 1e-30, -5);
    const got = await render(device, { recipe: gratings, batch: 32, control: { classWeights: true } }, [9], 0, { classWeights: bad });
    expect(new Set(got.y)).toEqual(new Set([1]));
  });

  it('renders parameters that another kernel wrote', async () => {
    const device = await testDevice(kind);
    const plain = await render(device, { recipe: gratings, batch: 3 }, [1], 1);
    const stride = plain.rows.rows!.length / 3;
    const names = planGeneration({ recipe: gratings, batch: 1 }).rows[0]!.parameters.map(({ name }) => name);
    const contrast = 1 + names.indexOf('contrast');
    const given = new Uint32Array(3 * stride).fill(0xffffffff);
    new Float32Array(given.buffer)[contrast] = 0;
    new Float32Array(given.buffer)[stride + contrast] = 0.75;
    new Float32Array(given.buffer)[2 * stride + contrast] = 0;
    const got = await render(device, { recipe: gratings, batch: 3, control: { given: ['contrast'] } }, [1], 1, { rows: given });
    expect(new Set(got.x.subarray(0, 64))).toEqual(new Set([0.5]));
    expect(new Set(got.x.subarray(128))).toEqual(new Set([0.5]));
    const share = 0.75 / new Float32Array(plain.rows.rows!.buffer)[stride + contrast]!;
    got.x.subarray(64, 128).forEach((value, i) => {
      expect(value - 0.5).toBeCloseTo((plain.x[64 + i]! - 0.5) * share, 5);
    });
    expect([...got.y]).toEqual([...plain.y]);
  });

  it('shrinks parameters towards their easy value by the difficulty of each model', async () => {
    const device = await testDevice(kind);
    const options = { recipe: gratings, batch: 4, models: 3, seedsShared: true, control: { difficulty: true } };
    const got = await render(device, options, [5], 2, { difficulty: Float32Array.of(1, 0, 0.5) });
    const floats = new Float32Array(got.rows.rows!.buffer);
    const stride = floats.length / 12;
    const value = (model: number, i: number, parameter: number): number => floats[(4 * model + i) * stride + 1 + parameter]!;
    for (let i = 0; i < 4; i++) {
      const hard = sample(gratings, 5, 2, i).parameters;
      expect(value(0, i, 4)).toBeCloseTo(hard.centreX!, 6);
      expect(value(1, i, 4)).toBe(0);
      expect(value(2, i, 4)).toBeCloseTo(hard.centreX! / 2, 6);
      // Frequency has no easy value.
      expect(value(1, i, 2)).toBe(value(0, i, 2));
    }
  });

  it('mixes families by the weights of the recipe, and by those of a buffer', async () => {
    const device = await testDevice(kind);
    const options = { recipe: mixture, batch: 60 };
    const got = await render(device, options, [8], 3);
    requireTwin(got, options, [8], 3, { pixel: 1e-3 });
    const share = [...got.y].filter((part) => part === 0).length / 60;
    expect(share).toBeGreaterThan(0.5);
    expect(new Set(got.y)).toEqual(new Set([0, 1]));
    const controlled = { ...options, control: { familyWeights: true } };
    expect(new Set((await render(device, controlled, [8], 3, { familyWeights: Float32Array.of(0, 0, 1) })).y)).toEqual(new Set([2]));
  });

  it('draws the class of every part of a mixture by the same weights', async () => {
    const device = await testDevice(kind);
    const image = { height: 8, width: 8 };
    const parts = [{ recipe: gratings }, { recipe: { ...gratings, params: { contrast: [0.5, 0.5] } } }];
    const options = {
      recipe: { family: 'mixture', image, parts, label: { kind: 'own' } } as RecipeInput,
      batch: 40,
      models: 2,
      control: { classWeights: true },
    };
    const weights = [0, 1, 0.25, 0, 3, 1, 1, 1, 1, 1];
    const got = await render(device, options, [3, 4], 6, { classWeights: Float32Array.from(weights) });
    for (let i = 0; i < 80; i++) {
      const model = Math.floor(i / 40);
      const key = sampleKey([3, 4][model]!, 'label', 6, 0);
      expect(got.y[i], `sample ${i}`).toBe(pickWeighted(key, i % 40, 3, quantiseWeights(weights.slice(5 * model, 5 * model + 5))));
    }
  });

  it('numbers classes one part after another', async () => {
    const device = await testDevice(kind);
    const recipe = parseRecipe({
      family: 'mixture',
      image: { height: 8, width: 8 },
      parts: [{ recipe: { family: 'gratings', label: { kind: 'class', classes: 4 } } }, { recipe: gratings }],
      label: { kind: 'class' },
    });
    const options = { recipe, batch: 50 };
    const got = await render(device, options, [2], 0);
    requireTwin(got, options, [2], 0, { pixel: 1e-3 });
    expect(Math.max(...got.y)).toBeGreaterThan(4);
    expect(planGeneration(options).label).toEqual({ dtype: 'u32', outputs: 9 });
  });
});

describe('a mixture', () => {
  it('has a hash that depends on its parts, and parses to itself', async () => {
    const parsed = parseRecipe(mixture);
    expect(parseRecipe(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
    expect(await recipeHash(parsed)).toBe(await recipeHash(mixture));
    expect(await recipeHash(mixture)).not.toBe(await recipeHash({ ...mixture, parts: mixture.parts.slice(0, 2) } as RecipeInput));
  });

  it.each([
    [{ parts: [] }, 'recipe.parts: got'],
    [{ parts: [{ weight: 0, recipe: { family: 'count' } }] }, 'recipe.parts: got weights that sum to zero'],
    [
      {
        parts: [
          { weight: 1e-50, recipe: { family: 'count' } },
          { weight: 1, recipe: { family: 'count' } },
        ],
      },
      'recipe.parts.0.weight: got 1e-50; expected 0, or at least',
    ],
    [{ parts: [{ weight: -1, recipe: { family: 'count' } }] }, 'recipe.parts.0.weight: got -1; expected >=0'],
    [{ parts: [{ weight: Number.NaN, recipe: { family: 'count' } }] }, 'recipe.parts.0.weight: got NaN'],
    [{ parts: [{ recipe: { family: 'nothing' } }] }, 'recipe.parts.0.recipe.family: got "nothing"'],
    [{ parts: [{ recipe: { family: 'mixture', parts: [] } }] }, 'recipe.parts.0.recipe.family: got "mixture"'],
    [{ parts: [{ recipe: { family: 'gratings', size: 1 } }] }, 'recipe.parts.0.recipe.size: got a field'],
    [{ parts: [{ recipe: { family: 'count', image: { height: 9 } } }] }, 'recipe.parts.0.recipe.image: got {"height":9'],
    [{ parts: [{ recipe: { family: 'count' } }], label: { kind: 'class' } }, 'recipe.parts.0.recipe.label: got f32'],
    [
      {
        parts: [{ recipe: gratings }, { recipe: { family: 'count', label: { kind: 'class' } } }],
        image: { height: 8, width: 8 },
        label: { kind: 'class' },
      },
      'a label that the kernel computes can only be in the first part',
    ],
    [
      { parts: [{ recipe: { family: 'count' } }, { recipe: { family: 'gratings' } }], label: { kind: 'own' } },
      'recipe.parts.1.recipe.label: got u32',
    ],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'mixture', ...fields })).toThrow(message);
  });
});

describe('planGeneration', () => {
  it('refuses control that does not apply', () => {
    const plan = (recipe: RecipeInput, control: object) => () => planGeneration({ recipe, batch: 1, control });
    expect(plan({ family: 'count' }, { classWeights: true })).toThrow('control.classWeights: got family count');
    expect(plan({ family: 'count' }, { familyWeights: true })).toThrow('control.familyWeights: got family count');
    expect(plan(mixture, { classWeights: true })).toThrow('control.classWeights: got a mixture');
    expect(plan(gratings, { given: ['class'], classWeights: true })).toThrow('control.given: got class, and classWeights');
    expect(() => planGeneration({ recipe: gratings, batch: 1, firstIndex: Number.MAX_SAFE_INTEGER })).not.toThrow();
    expect(plan(gratings, { given: ['colour'] })).toThrow('control.given: got colour; expected a parameter of the family: class, within');
  });

  it('draws what the CPU draws: a class without bias', () => {
    expect(sample(gratings, 1, 2, 3).labels).toEqual([drawBelow(sampleKey(1, 'label', 2, 0), 3, 3, 5)]);
  });
});
