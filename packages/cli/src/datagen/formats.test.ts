import { labelFormat, parseRecipe } from '@kindling/datagen';
import { describe, expect, it } from 'vitest';
import { formatOf } from './formats.js';
import { recipeFrom } from './recipe.js';

const format = (name: string, input: unknown, count = 12) => {
  const recipe = parseRecipe(input);
  return formatOf(name, recipe, labelFormat(recipe), count);
};

describe('formatOf', () => {
  const vectors = {
    family: 'mixture',
    image: { height: 1, width: 2, channels: 1 },
    parts: [{ recipe: { family: 'points' } }, { recipe: { family: 'teacher' } }],
  };
  const posted = { family: 'gratings', post: [{ kind: 'affine' }, { kind: 'normalise', mean: [0.5], deviation: [0.2] }] };

  it('writes a mixture of vectors as vectors, and refuses to draw one', () => {
    expect(Object.keys(format('npy', vectors).headers)).toEqual(['values.npy', 'labels.npy']);
    expect(new TextDecoder().decode(format('npy', vectors).headers['values.npy'])).toContain("'shape': (12, 2)");
    const idx = format('idx', vectors).headers['values-idx2-float']!;
    expect([...idx]).toEqual([0, 0, 13, 2, 0, 0, 0, 12, 0, 0, 0, 2]);
    expect(() => format('png', vectors)).toThrow('--format: got png for family mixture, whose samples are no pictures');
  });

  it('refuses to press values that normalise made into bytes', () => {
    expect(Object.keys(format('npy', posted).headers)).toEqual(['images.npy', 'labels.npy']);
    for (const name of ['idx', 'png']) {
      expect(() => format(name, posted)).toThrow(`--format: got ${name} for a recipe that ends in the post normalise`);
      expect(() => format(name, { ...posted, post: posted.post.slice(0, 1) })).not.toThrow();
    }
  });

  it('names every single file of PNG', () => {
    const files = (count: number) => [...format('png', { family: 'gratings' }, count).files!(Math.min(count, 1002))];
    expect(files(2000).slice(999, 1001)).toEqual(['images/00/00999.png', 'images/01/01000.png']);
    expect(files(200_000)[1001]).toBe('images/001/001001.png');
    expect(format('npy', { family: 'gratings' }).files).toBeUndefined();
  });
});

describe('recipeFrom', () => {
  const own = { family: 'augment', params: { base: { external: { classes: 3, hash: '0123abcd' } } } };

  it('says that images of one’s own are for programs to bind', () => {
    expect(() => recipeFrom(JSON.stringify(own))).toThrow(
      '--recipe: recipe.params.base: got external (3 images of hash 0123abcd), which a program binds as the buffer base',
    );
    const mixture = { family: 'mixture', parts: [{ recipe: { family: 'noise' } }, { recipe: own }] };
    expect(() => recipeFrom(JSON.stringify(mixture))).toThrow('--recipe: recipe.parts: got external');
  });
});
