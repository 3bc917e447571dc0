import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { cosTurn } from '../../turn.js';
import { makePrograms } from './make.js';
import { MEASURES, WARPS } from './ops.js';

checkFamily('programs', {
  // Warps stretch what the coordinates round: measured 7e-5 at most over 16 instructions with jitter .5, 6e-6 with the defaults.
  tolerance: { pixel: 1e-3 },
  batch: 8,
  recipes: [
    { family: 'programs' },
    { family: 'programs', params: { instructions: 16, jitter: 0.5, programSeed: 7 }, image: { height: 33, width: 30, channels: 3 } },
    { family: 'programs', params: { instructions: 5, classes: 2, zoom: [0.25, 4], jitter: 0 }, image: { height: 8, width: 13 } },
    { family: 'programs', params: { classes: 256, programSeed: 2 ** 32 - 1, contrast: [0, 0] } },
  ],
});

describe('programs', () => {
  it('use every op, and differ by seed and class', () => {
    const programs = [0, 1].flatMap((programSeed) => makePrograms({ programSeed, classes: 32, instructions: 8 }));
    const used = new Set(programs.flatMap(({ instructions }) => instructions.map(({ op }) => op)));
    expect(used.size).toBe(WARPS.length + MEASURES.length);
    expect(new Set(programs.map((program) => JSON.stringify(program))).size).toBe(64);
  });

  it('keep their first classes when more are asked for', () => {
    const few = makePrograms({ programSeed: 3, classes: 4, instructions: 8 });
    expect(makePrograms({ programSeed: 3, classes: 9, instructions: 8 }).slice(0, 4)).toEqual(few);
  });

  it('give no blank image', () => {
    for (let index = 0; index < 100; index++) {
      const { image } = sample({ family: 'programs' }, 2, 0, index);
      const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
      const deviation = Math.sqrt(image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length);
      expect(deviation, `sample ${index}`).toBeGreaterThan(0.08);
    }
  });

  it('compute the cosine by arithmetic to 1e-14', () => {
    for (let t = -3; t < 3; t += 0.01) expect(Math.abs(cosTurn(t) - Math.cos(2 * Math.PI * t))).toBeLessThan(1e-14);
  });

  it.each([
    [{ params: { instructions: 3 } }, 'recipe.params.instructions: got 3; expected >=4'],
    [{ params: { classes: 1 } }, 'recipe.params.classes: got 1; expected >=2'],
    [{ params: { zoom: [0, 1] } }, 'recipe.params.zoom.0: got 0; expected >=0.25'],
    [{ params: { programSeed: -1 } }, 'recipe.params.programSeed: got -1; expected >=0'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'programs', ...fields } as never)).toThrow(message);
  });
});
