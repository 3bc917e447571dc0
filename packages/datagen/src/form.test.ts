import { describe, expect, it } from 'vitest';
import { externalOf, formOf, parseRecipe } from './recipe.js';

describe('form and buffers of the caller', () => {
  const external = (hash: string, classes = 3) => ({ family: 'augment', params: { base: { external: { classes, hash } } } }) as const;
  const two = (...recipes: object[]) => ({ family: 'mixture', parts: recipes.map((recipe) => ({ recipe })) });

  const images = two({ family: 'gratings' }, { family: 'count' });

  it('of a mixture are those of its parts', () => {
    const vectors = { ...two({ family: 'points' }, { family: 'teacher' }), image: { height: 1, width: 2, channels: 1 } };
    expect(formOf(parseRecipe(vectors))).toBe('vector');
    expect(formOf(parseRecipe(images))).toBe('image');
    expect(externalOf(parseRecipe(images))).toEqual({});
    expect(externalOf(parseRecipe(two({ family: 'noise' }, external('0123abcd'))))).toEqual({ base: '3 images of hash 0123abcd' });
  });

  it('agree where two parts share one', () => {
    expect(() => parseRecipe(two(external('0123abcd'), { family: 'augment' }, external('0123abcd')))).not.toThrow();
    expect(() => parseRecipe(two(external('0123abcd'), { family: 'noise' }, external('deadbeef')))).toThrow(
      'recipe.parts.2.recipe.params.base: got 3 images of hash deadbeef; expected 3 images of hash 0123abcd, as part 0 has',
    );
    expect(() => parseRecipe(two(external('0123abcd'), external('0123abcd', 4)))).toThrow('got 4 images of hash 0123abcd');
  });
});
