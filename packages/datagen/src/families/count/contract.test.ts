import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { pixelsOf } from '../../family.js';
import { sample } from '../../generate.js';
import { parseRecipe, type RecipeInput } from '../../recipe.js';
import { expected, type Rendered, render } from '../../testing/render.js';
import type { CountRecipeInput } from './recipe.js';

const adapters = await testAdapters();
const densities = ['half', 'uniform'] as const;
const labels = [{ kind: 'count' }, { kind: 'standardised' }, { kind: 'class', classes: 2 }] as const;

function recipeOf(
  density: 'half' | 'uniform',
  label: CountRecipeInput['label'] = { kind: 'count' },
  image: CountRecipeInput['image'] = {},
): RecipeInput {
  return { family: 'count', image, params: { density }, label };
}

/** Fails with the first place that differs, bit for bit. */
function expectEqual(got: Pick<Rendered, 'x' | 'y'>, wanted: { x: ArrayLike<number>; y: ArrayLike<number> }, what = ''): void {
  for (const name of ['x', 'y'] as const) {
    expect(got[name].length, `${what} length of ${name}`).toBe(wanted[name].length);
    const wrong = got[name].findIndex((value, i) => !Object.is(value, wanted[name][i]));
    if (wrong >= 0) expect.fail(`${what} ${name}[${wrong}]: got ${got[name][wrong]}, expected ${wanted[name][wrong]}`);
  }
}

/** Joins parts of a batch in the order of their indices. */
function interleave(parts: readonly Rendered[], pixels: number): { x: number[]; y: number[] } {
  const batch = parts[0]!.y.length * parts.length;
  const places = Array.from({ length: batch }, (_, i) => ({ part: parts[i % parts.length]!, at: Math.floor(i / parts.length) }));
  return {
    x: places.flatMap(({ part, at }) => [...part.x.subarray(at * pixels, (at + 1) * pixels)]),
    y: places.map(({ part, at }) => part.y[at]!),
  };
}

describe.each(adapters)('family count on %s', (kind) => {
  for (const density of densities) {
    describe(`density ${density}`, () => {
      it.each(labels)('equals the CPU twin in every pixel and label: %j', async (label) => {
        const device = await testDevice(kind);
        const options = { recipe: recipeOf(density, label), batch: 64 };
        expectEqual(await render(device, options, [42], 7), expected(options, [42], 7));
      });

      it.each([
        [1, 1, 1],
        [1, 31, 1],
        [8, 8, 1],
        [5, 13, 1],
        [7, 9, 3],
        [30, 31, 1],
        [32, 32, 3],
      ])('equals it for images of %i×%i×%i', async (height, width, channels) => {
        const device = await testDevice(kind);
        for (const label of [{ kind: 'standardised' }, { kind: 'class', classes: 2 }] as const) {
          const options = { recipe: recipeOf(density, label, { height, width, channels }), batch: 5 };
          expectEqual(await render(device, options, [3], 2), expected(options, [3], 2), label.kind);
        }
      });

      it('does not depend on the workgroup size', async () => {
        const device = await testDevice(kind);
        const options = { recipe: recipeOf(density, { kind: 'standardised' }, { height: 7, width: 27 }), batch: 6 };
        const wanted = expected(options, [9], 1);
        for (const workgroupSize of [1, 2, 3, 4, 8, 13, 16, 32, 64, 100, 128, 256]) {
          expectEqual(await render(device, { ...options, workgroupSize }, [9], 1), wanted, `workgroup size ${workgroupSize}`);
        }
      });

      it('does not depend on how a batch is split, sharded or ordered', async () => {
        const device = await testDevice(kind);
        const recipe = recipeOf(density);
        const whole = await render(device, { recipe, batch: 24 }, [5], 3);
        for (const parts of [2, 3, 24]) {
          const batch = 24 / parts;
          // Rendered last part first.
          const reversed = [];
          for (let k = parts - 1; k >= 0; k--) reversed.push(await render(device, { recipe, batch, firstIndex: k * batch }, [5], 3));
          const split = reversed.reverse();
          const joined = { x: split.flatMap(({ x }) => [...x]), y: split.flatMap(({ y }) => [...y]) };
          expectEqual(whole, joined, `${parts} parts`);
          const shards = [];
          for (let w = 0; w < parts; w++) {
            shards.push(await render(device, { recipe, batch, firstIndex: w, indexStep: parts }, [5], 3));
          }
          expectEqual(whole, interleave(shards, 784), `${parts} shards`);
        }
        const longer = await render(device, { recipe, batch: 65 }, [5], 3);
        expectEqual({ x: longer.x.subarray(0, 24 * 784), y: longer.y.subarray(0, 24) }, whole, 'the beginning of a longer batch');
      });

      it('gives each of three models what it gets alone, and one set to all where seeds are shared', async () => {
        const device = await testDevice(kind);
        const recipe = recipeOf(density, { kind: 'standardised' }, { height: 9, width: 11 });
        const seeds = [11, 0xffffffff, 0];
        const together = await render(device, { recipe, batch: 7, models: 3 }, seeds, 4);
        const alone = await Promise.all(seeds.map((seed) => render(device, { recipe, batch: 7 }, [seed], 4)));
        expectEqual(together, { x: alone.flatMap(({ x }) => [...x]), y: alone.flatMap(({ y }) => [...y]) });
        const shared = { recipe, batch: 7, models: 3, seedsShared: true };
        expectEqual(await render(device, shared, [11], 4), expected(shared, [11], 4), 'shared');
      });

      it('takes 32-bit seeds and steps, and indices of two words across the carry', async () => {
        const device = await testDevice(kind);
        const recipe = recipeOf(density, { kind: 'count' }, { height: 8, width: 9 });
        for (const firstIndex of [2 ** 32 - 3, 2 ** 32, 2 ** 52 + 2 ** 32 - 1]) {
          for (const indexStep of [1, 2 ** 29 + 1]) {
            const options = { recipe, batch: 6, firstIndex, indexStep };
            const got = await render(device, options, [0xfffffffe], 0xffffffff);
            expectEqual(got, expected(options, [0xfffffffe], 0xffffffff), `index ${firstIndex} + b·${indexStep}`);
          }
        }
      });
    });
  }

  it('leaves a pixel 0 whose draw equals the threshold', async () => {
    // Once in 2^32 pixels: found by searching seed 0 for the first step at which an index below 2^18 has such a pixel.
    const options = { recipe: recipeOf('uniform'), batch: 1, firstIndex: 206_712 };
    const { words, image } = sample(options.recipe, 0, 33, 206_712);
    expect(words.image.filter((word) => word === words.label[0])).toHaveLength(1);
    expect(image[words.image.indexOf(words.label[0]!)]).toBe(0);
    expectEqual(await render(await testDevice(kind), options, [0], 33), expected(options, [0], 33));
  });

  it('folds a batch beyond 65,535 workgroups', async () => {
    const device = await testDevice(kind);
    const options = { recipe: recipeOf('half', { kind: 'class', classes: 2 }, { height: 1, width: 3 }), batch: 65_537 };
    const got = await render(device, options, [1], 0);
    for (const i of [0, 1, 65_534, 65_535, 65_536]) {
      const { image, label } = sample(options.recipe, 1, 0, i);
      expect([...got.x.subarray(3 * i, 3 * i + 3)]).toEqual([...image]);
      expect(got.y[i]).toBe(label);
    }
  });
});

describe('the adapters among themselves', () => {
  it.skipIf(adapters.length < 2)('render the same 512 images and labels', async () => {
    for (const density of densities) {
      const options = { recipe: recipeOf(density, { kind: 'standardised' }), batch: 512 };
      const [first, ...others] = await Promise.all(adapters.map(async (kind) => render(await testDevice(kind), options, [2026], 100)));
      for (const other of others) expectEqual(other, first!, `${density}, ${adapters.join(' and ')}`);
    }
  });
});

describe('countTwin', () => {
  it('keeps its bits: a change of the contract changes these words', () => {
    // Seed 1, step 2, index 3, from an independent Threefry in Python. Draw 0 of the image stream is word 0 of TF(TF(TF(TF([0,1],[0,0]),[0,2]),[0,0]),[3,0]).
    const half = sample({ family: 'count' }, 1, 2, 3);
    expect([...half.words.image.subarray(0, 2)].map((word) => word.toString(16))).toEqual(['72c7937d', 'e23489b']);
    expect([half.words.image.length, half.words.label.length, half.label]).toEqual([25, 0, 425]);
    const uniform = sample(recipeOf('uniform'), 1, 2, 3);
    expect(uniform.words.label[0]!.toString(16)).toBe('81f3985b');
    expect([...uniform.words.image.subarray(0, 2)]).toEqual([...half.words.image.subarray(0, 2)]);
    expect([uniform.words.image.length, uniform.words.label.length, uniform.label]).toEqual([784, 1, 412]);
  });

  it('agrees with itself about labels', () => {
    for (const density of densities) {
      const ones = sample(recipeOf(density), 8, 0, 0).image.reduce((sum, pixel) => sum + pixel, 0);
      const deviation = density === 'half' ? 14 : Math.sqrt(784 / 6 + 784 ** 2 / 12);
      expect(sample(recipeOf(density), 8, 0, 0).label).toBe(ones);
      expect(sample(recipeOf(density, { kind: 'standardised' }), 8, 0, 0).label).toBeCloseTo((ones - 392) / deviation, 6);
      expect(sample(recipeOf(density, { kind: 'class', classes: 10 }), 8, 0, 0).label).toBe(ones % 10);
    }
    expect(pixelsOf(parseRecipe({ family: 'count' }).image)).toBe(784);
  });
});
