import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import { toneOf } from '../../tone.js';
import { type AutomataRecipe, ruleWord } from './recipe.js';

export const FIRST_CELL = 16;
/** Draws for 32 cells: bit planes of 1/2, 1/4, 1/8 and 1/16. */
export const WORD_DRAWS = 4;

type Grid = readonly (readonly number[])[];

/** The next generation of a row under an elementary rule; both ends are neighbours. */
export const nextRow = (rule: number, row: readonly number[]): number[] =>
  row.map((centre, i) => (rule >> (4 * row.at(i - 1)! + 2 * centre + row[(i + 1) % row.length]!)) & 1);

/** The next generation of a grid under a life-like rule, on a torus. */
export function nextGrid(rule: number, grid: Grid): number[][] {
  return grid.map((row, j) =>
    row.map((centre, i) => {
      let neighbours = -centre;
      for (const dj of [-1, 0, 1]) {
        const line = grid.at((j + dj) % grid.length)!;
        for (const di of [-1, 0, 1]) neighbours += line.at((i + di) % line.length)!;
      }
      return Math.floor(rule / 2 ** (neighbours + 9 * centre)) & 1;
    }),
  );
}

/** One sample of family `automata`, cell by cell. */
export function automataTwin(recipe: AutomataRecipe, draws: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { height, width, channels } = recipe.image;
  const p = parameters as Record<'rule' | 'steps' | 'density' | 'cell', number>;
  const [high, wide] = [Math.ceil(height / p.cell), Math.ceil(width / p.cell)];
  const rule = ruleWord(recipe.params.rules[p.rule]!);
  // Four bits of a cell, the highest from the last plane: the cell lives where its number is below the density.
  const start = (row: number): number[] =>
    Array.from({ length: wide }, (_, i) => {
      const word = row * Math.ceil(wide / 32) + (i >> 5);
      const bits = [0, 1, 2, 3].map((plane) => (draws.word('image', FIRST_CELL + WORD_DRAWS * word + plane) >>> (i & 31)) & 1);
      return bits.reduce((sum, bit, plane) => sum + (1 - bit) * 2 ** plane, 0) < p.density ? 1 : 0;
    });
  let grid: number[][];
  if (rule >= 2 ** 31) {
    grid = Array.from({ length: high }, (_, row) => start(row));
    for (let t = 0; t < p.steps; t++) grid = nextGrid(rule - 2 ** 31, grid);
  } else {
    grid = [start(0)];
    while (grid.length < p.steps + high) grid.push(nextRow(rule, grid.at(-1)!));
    grid = grid.slice(p.steps);
  }
  const pixel = toneOf(parameters, channels);
  const image = Float32Array.from({ length: channels * height * width }, (_, at) => {
    const [c, j, i] = [Math.floor(at / (height * width)), Math.floor(at / width) % height, at % width];
    return pixel(2 * grid[Math.floor(j / p.cell)]![Math.floor(i / p.cell)]! - 1, c);
  });
  return { image };
}
