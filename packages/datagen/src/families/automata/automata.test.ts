import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { ruleWord } from './recipe.js';
import { nextGrid, nextRow } from './twin.js';

checkFamily('automata', {
  // Cells are exact; the two tones are sums of f32 parameters. Measured 6e-8.
  tolerance: { pixel: 1e-6 },
  batch: 8,
  recipes: [
    { family: 'automata' },
    { family: 'automata', params: { rules: ['B3/S23', '110', 'B/S8', 'B0/S', '0', '255'], cell: [3, 8] }, image: { height: 8, width: 13 } },
    { family: 'automata', params: { rules: ['B36/S125', '30'], cell: [1, 4] }, image: { height: 33, width: 65, channels: 3 } },
    { family: 'automata', params: { rules: ['B3678/S34678', '45'], cell: [1, 1], steps: [0, 2] }, image: { height: 256, width: 256 } },
  ],
});

describe('rules', () => {
  it('are Wolfram’s: rule 30 and rule 110 from one live cell', () => {
    const start = [0, 0, 0, 0, 1, 0, 0, 0, 0];
    expect(nextRow(30, nextRow(30, start)).join('')).toBe('001100100');
    expect(nextRow(110, nextRow(110, start)).join('')).toBe('001110000');
  });

  it('are Conway’s: a glider is itself one cell further after four generations, over the edge too', () => {
    const life = ruleWord('B3/S23') - 2 ** 31;
    const empty = (): number[][] => Array.from({ length: 6 }, () => [0, 0, 0, 0, 0, 0]);
    const glider = (at: number): number[][] => {
      const grid = empty();
      for (const [i, j] of [
        [1, 0],
        [2, 1],
        [0, 2],
        [1, 2],
        [2, 2],
      ] as const)
        grid[(j + at) % 6]![(i + at) % 6] = 1;
      return grid;
    };
    for (let at = 0; at < 6; at++) {
      let grid = glider(at);
      for (let t = 0; t < 4; t++) grid = nextGrid(life, grid);
      expect(grid).toEqual(glider(at + 1));
    }
  });

  it('leave few images of the default recipe blank', () => {
    let blank = 0;
    for (let index = 0; index < 200; index++) blank += new Set(sample({ family: 'automata' }, 1, 0, index).image).size < 2 ? 1 : 0;
    expect(blank).toBeLessThan(4);
  });
});

describe('density', () => {
  it.each([1, 4, 7, 15])('of %i sixteenths', (density) => {
    const recipe = {
      family: 'automata' as const,
      params: { density: [density, density], steps: [0, 0], rules: ['B3/S23'], cell: [1, 1] },
      image: { height: 128, width: 128 },
    };
    const { image } = sample(recipe as never, 6, 0, 0);
    const bright = Math.max(...image);
    const alive = image.filter((value) => value === bright).length / image.length;
    // Five standard deviations of the share in 16,384 cells.
    expect(Math.abs(alive - density / 16)).toBeLessThan((5 * Math.sqrt((density / 16) * (1 - density / 16))) / 128);
  });
});

describe('a recipe of automata', () => {
  it.each([
    [{ params: { rules: ['256'] } }, 'recipe.params.rules.0: got "256"; expected a number 0 to 255, or B…/S… with digits 0 to 8 in order'],
    [{ params: { rules: ['B32/S'] } }, 'recipe.params.rules.0: got "B32/S"'],
    [{ params: { rules: ['30', '30'] } }, 'recipe.params.rules: got ["30","30"]; expected each rule once'],
    [{ params: { density: [0, 8] } }, 'recipe.params.density.0: got 0; expected >=1'],
    [{ params: { cell: [1, 9] } }, 'recipe.params.cell.1: got 9; expected <=8'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'automata', ...fields } as never)).toThrow(message);
  });
});
