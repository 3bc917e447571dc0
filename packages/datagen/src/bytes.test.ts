import { bindPasses } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { planBytes } from './bytes.js';
import { pixelsOf } from './family.js';
import type { GenerateOptions } from './generate.js';
import { packTwin } from './pack.js';
import type { RecipeInput } from './recipe.js';
import { expected, render } from './testing/render.js';

const SENTINEL = 0xdeadbeef;
const half = (height: number, width: number): RecipeInput => ({ family: 'count', image: { height, width } });

describe('planBytes', () => {
  it('writes bytes directly where a kernel does, and packs everything else', () => {
    const uniform: RecipeInput = { family: 'count', params: { density: 'uniform' } };
    const mixture: RecipeInput = { family: 'mixture', parts: [{ recipe: { family: 'count' } }, { recipe: { family: 'gratings' } }] };
    const direct = (recipe: RecipeInput): boolean => planBytes({ recipe, batch: 3 }).direct;
    expect([half(28, 28), half(3, 3), uniform, mixture].map(direct)).toEqual([true, false, false, false]);
    expect(planBytes({ recipe: half(3, 3), batch: 3 }).buffers).toContainEqual({ name: 'x', bytes: 108 });
  });
});

describe.each(await testAdapters())('planBytes on %s', (kind) => {
  const recipes: [string, GenerateOptions, number[]][] = [
    ['28×28', { recipe: half(28, 28), batch: 7 }, [42]],
    ['4×1, two models, an index of two words', { recipe: half(4, 1), batch: 5, models: 2, firstIndex: 2 ** 32 - 2, indexStep: 3 }, [3, 9]],
    ['10×10 in classes', { recipe: { ...half(10, 10), label: { kind: 'class' } } as RecipeInput, batch: 4 }, [1]],
    ['17 lanes an image', { recipe: half(12, 11), batch: 4, workgroupSize: 17 }, [1]],
    ['an odd number of pixels, packed', { recipe: half(3, 3), batch: 3, models: 2 }, [5, 6]],
    ['gratings, packed', { recipe: { family: 'gratings' }, batch: 3 }, [8]],
  ];
  it.each(recipes)('is the f32 batch as bytes, labels and all: %s', async (_, options, seeds) => {
    const device = await testDevice(kind);
    const plan = planBytes({ traits: device.traits, ...options });
    const images = (options.models ?? 1) * options.batch;
    const words = Math.ceil((images * pixelsOf(plan.recipe.image)) / 4);
    const buffers = {
      state: device.upload('state', Uint32Array.of(6)),
      seeds: device.upload('seeds', Uint32Array.from(seeds)),
      packed: device.upload('packed', new Uint32Array(words + 16).fill(SENTINEL)),
      y: device.buffer('y', 4 * images * (plan.label.dtype === 'u32' ? 1 : plan.label.outputs)),
    };
    const bound = bindPasses(device, plan, buffers);
    for (const { program, resources } of bound.dispatches) device.run(program, resources);
    const got = await device.readU32(buffers.packed);
    const y = await device.readU32(buffers.y);
    const floats = await render(device, options, seeds, 6);
    expect([...got.subarray(0, words)]).toEqual([...packTwin(floats.x)]);
    expect(
      [...got.subarray(words)].every((word) => word === SENTINEL),
      'wrote past the end',
    ).toBe(true);
    expect([...y]).toEqual([...new Uint32Array(floats.y.buffer, floats.y.byteOffset, floats.y.length)]);
    // Against the CPU too where pixels are exact.
    if (plan.recipe.family === 'count')
      expect([...got.subarray(0, words)]).toEqual([...packTwin(Float32Array.from(expected(options, seeds, 6).x))]);
    bound.destroy();
    for (const buffer of Object.values(buffers)) buffer.destroy();
  });
});
