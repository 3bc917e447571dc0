import { describe, expect, it } from 'vitest';
import { planGeneration, sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { makeNets } from './net.js';
import { blockKernel } from './table.js';

checkFamily('random-net', {
  // Measured 3.2e-5 at most, alike on lavapipe and SwiftShader: a rounding error passes four layers that stretch small differences.
  tolerance: { pixel: 5e-4 },
  batch: 6,
  recipes: [
    { family: 'random-net' },
    { family: 'random-net', image: { height: 8, width: 13, channels: 3 }, params: { classes: 3, netSeed: 5, cells: [1, 16] } },
    { family: 'random-net', image: { height: 33, width: 46, channels: 3 }, params: { classes: 8 } },
    { family: 'random-net', image: { height: 9, width: 8 }, params: { classes: 2, contrast: [0, 0], netSeed: 2 ** 32 - 1 } },
  ],
});

describe('blockKernel', () => {
  it('is the convolution of the bilinear enlargement', () => {
    // Each place of the input seen through the tent of the enlargement, around block (3, 3): pixels 6 and 7 each way.
    const kernel = [1, -2, 3, 0.5, 4, -1, 2, 0.25, -3];
    const tent = (pixel: number, place: number): number => Math.max(0, 1 - Math.abs((pixel + 0.5) / 2 - (place + 0.5)));
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < 2; column++) {
        blockKernel(kernel, row, column).forEach((value, place) => {
          const [j, i] = [2 + Math.floor(place / 3), 2 + (place % 3)];
          const wanted = kernel.reduce(
            (sum, weight, tap) => sum + weight * tent(6 + row + Math.floor(tap / 3) - 1, j) * tent(6 + column + (tap % 3) - 1, i),
            0,
          );
          expect(value).toBeCloseTo(wanted, 12);
        });
      }
    }
  });
});

describe('random nets', () => {
  it('differ by seed and place, and keep their first classes when more are asked for', () => {
    const few = makeNets({ netSeed: 3, classes: 3 });
    expect(makeNets({ netSeed: 3, classes: 5 }).slice(0, 3)).toEqual(few);
    expect(new Set([...few, ...makeNets({ netSeed: 4, classes: 3 })].map((net) => JSON.stringify(net))).size).toBe(6);
  });

  it('give no blank image', () => {
    for (let index = 0; index < 40; index++) {
      const { image } = sample({ family: 'random-net', image: { height: 16, width: 16 } }, 2, 0, index);
      const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
      const deviation = Math.sqrt(image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length);
      expect(deviation, `sample ${index}`).toBeGreaterThan(0.05);
    }
  });

  it('refuses a batch whose hidden channels do not fit into one buffer', () => {
    const recipe = { family: 'random-net' as const, image: { height: 256, width: 256 } };
    const traits = {
      software: false,
      subgroupSize: 0,
      features: [],
      maxStorageBufferBindingSize: 2 ** 27,
      maxStorageBuffersPerShaderStage: 8,
      maxComputeWorkgroupStorageSize: 16_384,
      maxComputeInvocationsPerWorkgroup: 256,
    };
    expect(() => planGeneration({ recipe, batch: 400, traits })).toThrow('bytes of hidden channels (batch 400');
    expect(planGeneration({ recipe, batch: 200, traits }).passes.length).toBe(4);
  });

  it.each([
    [{ params: { classes: 300 } }, 'recipe.params.classes: got 300; expected <=256'],
    [{ params: { netSeed: 0.5 } }, 'recipe.params.netSeed: got 0.5; expected a whole number'],
    [{ params: { cells: [0, 4] } }, 'recipe.params.cells.0: got 0; expected >=1'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'random-net', ...fields } as never)).toThrow(message);
  });
});
