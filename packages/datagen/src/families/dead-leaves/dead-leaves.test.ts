import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { type DeadLeavesRecipe, LEAF_SHAPES, leafTable } from './recipe.js';

checkFamily('dead-leaves', {
  // Whole numbers up to the mean of four bytes; measured 6e-8.
  tolerance: { pixel: 1e-6 },
  recipes: [
    { family: 'dead-leaves' },
    { family: 'dead-leaves', label: { kind: 'count' }, image: { height: 17, width: 40, channels: 3 } },
    { family: 'dead-leaves', params: { leaves: [200, 255], shapes: ['ring', 'triangle', 'bar'] }, label: { kind: 'standardised' } },
    { family: 'dead-leaves', params: { leaves: [8, 12], radius: [0.2, 1] }, image: { height: 70, width: 256 }, label: { kind: 'count' } },
    { family: 'dead-leaves', params: { leaves: [1, 9], radius: [0.005, 0.1] }, image: { height: 8, width: 13 } },
  ],
});

describe('dead leaves', () => {
  it('keep every whole number below 2^31 at 256 pixels', () => {
    const reach = Math.ceil((13 / 8) * 4096) + 16;
    for (const most of [2 * 4096 * reach, 2 * reach ** 2, 1572 * 4096, (887 + 512) * reach, 1024 * reach, 65_536 * 4096 - 1]) {
      expect(most).toBeLessThan(2 ** 31);
    }
  });

  it('have radii of density 1/r³', () => {
    const recipe = parseRecipe({ family: 'dead-leaves' }) as DeadLeavesRecipe;
    const radii = leafTable(recipe).slice(512);
    // P(r > t) = (t⁻² − b⁻²) / (a⁻² − b⁻²) for radii between a = .03 and b = 1.
    for (const t of [0.04, 0.06, 0.1, 0.2]) {
      const above = radii.filter((r) => r > 65_536 * t).length / radii.length;
      expect(Math.abs(above - (t ** -2 - 1) / (0.03 ** -2 - 1))).toBeLessThan(1 / 4096);
    }
  });

  it.each(LEAF_SHAPES)('cover the area of a disc: %s', (shape) => {
    // A single leaf of radius .2 in an image of 64: its area where it lies whole inside.
    let best = 0;
    for (let index = 0; index < 12; index++) {
      const recipe = {
        family: 'dead-leaves',
        params: { shapes: [shape], leaves: [1, 1], radius: [0.2, 0.2] },
        image: { height: 64, width: 64 },
      };
      const { image, parameters } = sample(recipe as never, 1, 0, index);
      const background = (parameters.background! & 255) / 255;
      const leaf = image.reduce((far, value) => (Math.abs(value - background) > Math.abs(far - background) ? value : far), background);
      if (Math.abs(leaf - background) < 0.05) continue;
      best = Math.max(
        best,
        image.reduce((sum, value) => sum + (value - background) / (leaf - background), 0),
      );
    }
    expect(best / (Math.PI * (0.2 * 64) ** 2)).toBeGreaterThan(0.96);
    expect(best / (Math.PI * (0.2 * 64) ** 2)).toBeLessThan(1.04);
  });

  it('counts what shows: all of few small leaves, not all of many', () => {
    const label = (leaves: number, radius: number, index: number): number =>
      sample(
        { family: 'dead-leaves', params: { leaves: [leaves, leaves], radius: [radius, radius] }, label: { kind: 'count' } },
        2,
        0,
        index,
      ).label;
    expect([0, 1, 2, 3].map((index) => label(1, 0.3, index))).toEqual([1, 1, 1, 1]);
    for (let index = 0; index < 4; index++) {
      expect(label(200, 0.3, index)).toBeLessThan(100);
      expect(label(200, 0.3, index)).toBeGreaterThan(3);
    }
  });

  it.each([
    [{ params: { shapes: ['disc', 'disc'] } }, 'recipe.params.shapes: got ["disc","disc"]; expected each shape once'],
    [{ params: { leaves: [10, 300] } }, 'recipe.params.leaves.1: got 300; expected <=255'],
    [{ params: { radius: [0, 1] } }, 'recipe.params.radius.0: got 0; expected >=0.005'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'dead-leaves', ...fields } as never)).toThrow(message);
  });
});
