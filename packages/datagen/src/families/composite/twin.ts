import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import { halfCount, play, toneOf, viewOf } from '../ifs/fixed.js';
import { hsv } from '../ifs/hsv.js';
import { BACKGROUND_DRAW, type CompositeRecipe, compositeSystems, WALK_DRAW, walkFields } from './family.js';
import { levelsOf, plasma } from './plasma.js';

/** The classes of an image: pick k counts among the classes that picks 0 .. k−1 left. */
export function classesOf(picks: readonly number[], classes: number): number[] {
  const left = Array.from({ length: classes }, (_, c) => c);
  return picks.map((pick) => left.splice(pick, 1)[0]!);
}

/** One sample of family `composite` in plain code, from its drawn parameters; counts are exact. */
export function compositeTwin(recipe: CompositeRecipe, draws: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { height, width, channels } = recipe.image;
  const { classes } = recipe.label;
  const p = (name: string): number => parameters[name]!;
  const clamp = (value: number): number => Math.min(Math.max(value, 0), 1);
  const paint = (hue: number, saturation: number, value: number): number[] => (channels === 1 ? [value] : hsv(hue, saturation, value));

  // [C·H·W], rounded once at the end.
  const image = new Float64Array(channels * height * width);
  const word = draws.word('image', BACKGROUND_DRAW);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [a, b, c] = plasma(column, row, levelsOf(height, width), recipe.params.roughness, word);
      paint(p('hue') + p('hueSpan') * a, clamp(p('saturation') + 0.3 * b), clamp(p('value') + 0.3 * c)).forEach((part, channel) => {
        image[(channel * height + row) * width + column] = part;
      });
    }
  }

  const picks = Array.from({ length: p('count') }, (_, k) => p(`pick${k}`));
  const shown = classesOf(picks, classes);
  shown.forEach((system, k) => {
    const [w, h] = [width, height].map((side) => (side * p(`size${k}`) + 128) >> 8) as [number, number];
    const [left, top] = [(p(`left${k}`) * (width - w) + 128) >> 8, (p(`top${k}`) * (height - h) + 128) >> 8];
    const { walkers, points } = walkFields(recipe);
    const { counts } = play({
      system: compositeSystems(recipe)[system]!,
      word: draws.word('image', WALK_DRAW + k),
      view: viewOf(p(`turn${k}`), p(`flip${k}`)),
      width: w,
      height: h,
      walkers,
      blocks: Math.ceil((points * w * h) / (64 * walkers)),
    });
    const half = halfCount(counts);
    counts.forEach((count, cell) => {
      if (count === 0) return;
      const tone = toneOf(count, half);
      const cover = toneOf(count, 0.25 * half);
      const at = (top + Math.floor(cell / w)) * width + left + (cell % w);
      paint(p(`hue${k}`) + 0.15 * tone, p(`saturation${k}`), p(`value${k}`) * (0.3 + 0.7 * tone)).forEach((part, channel) => {
        const pixel = channel * height * width + at;
        image[pixel] = image[pixel]! * (1 - cover) + part * cover;
      });
    });
  });
  return { image: Float32Array.from(image), label: Array.from({ length: classes }, (_, c) => (shown.includes(c) ? 1 : 0)) };
}
