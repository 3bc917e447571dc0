import { describe, expect, it } from 'vitest';
import { canonicalJson, labelFormat, parseRecipe, planGeneration, type RecipeInput, recipeHash, sample } from './index.js';

const full = {
  family: 'count',
  image: { height: 28, width: 28, channels: 1 },
  params: { density: 'half' },
  label: { kind: 'count' },
};

describe('parseRecipe', () => {
  it('fills in the defaults, and parses its own result to itself', () => {
    expect(parseRecipe({ family: 'count' })).toEqual(full);
    expect(parseRecipe({ family: 'count', image: { height: 7 } }).image).toEqual({ height: 7, width: 28, channels: 1 });
    expect(parseRecipe({ family: 'count', label: { kind: 'class' } }).label).toEqual({ kind: 'class', classes: 10 });
    expect(parseRecipe(parseRecipe({ family: 'count' }))).toEqual(full);
    expect(parseRecipe(JSON.parse(JSON.stringify(full)))).toEqual(full);
  });

  it.each([
    [undefined, 'recipe.family: got none; expected one of count, gratings'],
    [{}, 'recipe.family: got none'],
    [{ family: 'fractal' }, 'recipe.family: got "fractal"; expected one of count, gratings'],
    [{ family: 'toString' }, 'recipe.family: got "toString"'],
    [{ family: 'count', size: 3 }, 'recipe.size: got a field that this recipe does not have'],
    [{ family: 'count', image: { depth: 1 } }, 'recipe.image.depth: got a field that this recipe does not have'],
    [{ family: 'count', image: { height: '28' } }, 'recipe.image.height: got "28"; expected number'],
    [{ family: 'count', image: { height: 2.5 } }, 'recipe.image.height: got 2.5; expected a whole number'],
    [{ family: 'count', image: { width: 0 } }, 'recipe.image.width: got 0; expected >=1'],
    [{ family: 'count', image: { width: 5000 } }, 'recipe.image.width: got 5000; expected <=4096'],
    [{ family: 'count', image: { height: 4096, width: 4096, channels: 2 } }, 'recipe.image: got 4096×4096×2'],
    [{ family: 'count', params: { density: 0.5 } }, 'recipe.params.density: got 0.5; expected ("half" | "uniform")'],
    [{ family: 'count', label: { kind: 'colour' } }, 'recipe.label.kind: got "colour"; expected ("count" | "standardised" | "class")'],
    [{ family: 'count', label: { kind: 'count', classes: 3 } }, 'recipe.label.classes: got a field that this recipe does not have'],
    [{ family: 'count', label: { kind: 'class', classes: 1 } }, 'recipe.label.classes: got 1; expected >=2'],
    [{ family: 'count', image: { height: 1, width: 1 }, label: { kind: 'class' } }, 'recipe.label.classes: got 10 with 1 pixels'],
  ])('refuses %j', (input, message) => {
    expect(() => parseRecipe(input)).toThrow(message);
  });
});

describe('recipeHash', () => {
  it('is the SHA-256 of the canonical JSON', async () => {
    const text = '{"family":"count","image":{"channels":1,"height":28,"width":28},"label":{"kind":"count"},"params":{"density":"half"}}';
    expect(canonicalJson(parseRecipe({ family: 'count' }))).toBe(text);
    // printf '%s' "$text" | sha256sum
    expect(await recipeHash({ family: 'count' })).toBe('39bd80c1009549af38831ecde455acee1eeacf07dd7bf06a6838d8c1fe98f663');
  });

  it('does not depend on the order of fields or on spelling a default out, and does on every value', async () => {
    const same: RecipeInput[] = [
      { family: 'count' },
      { label: { kind: 'count' }, params: {}, image: { width: 28 }, family: 'count' },
      parseRecipe({ family: 'count' }),
    ];
    expect(new Set(await Promise.all(same.map(recipeHash))).size).toBe(1);
    const different: RecipeInput[] = [
      { family: 'count' },
      { family: 'count', image: { height: 14, width: 56 } },
      { family: 'count', image: { channels: 3 } },
      { family: 'count', params: { density: 'uniform' } },
      { family: 'count', label: { kind: 'standardised' } },
      { family: 'count', label: { kind: 'class' } },
      { family: 'count', label: { kind: 'class', classes: 11 } },
    ];
    expect(new Set(await Promise.all(different.map(recipeHash))).size).toBe(different.length);
  });
});

describe('planGeneration', () => {
  const recipe: RecipeInput = { family: 'count' };

  it('describes one dispatch with the bindings of every batch source', () => {
    const plan = planGeneration({ recipe, batch: 64, models: 3, firstIndex: 2 ** 33 + 5, indexStep: 4, seedsShared: true });
    expect([plan.passes.length, plan.buffers, plan.rows]).toEqual([1, [], []]);
    const { program } = plan.passes[0]!;
    expect(program.workgroups).toEqual([64, 1, 3]);
    expect(program.bindings.map(({ name }) => name)).toEqual(['params', 'state', 'seeds', 'x', 'y', 'rows']);
    expect([...new Uint32Array(program.params!.buffer)].slice(0, 6)).toEqual([64, 784, 5, 2, 4, 0]);
    expect(program.features).toEqual([]);
  });

  it('says how labels are stored', () => {
    expect(labelFormat(parseRecipe(recipe))).toEqual({ dtype: 'f32', outputs: 1, integer: true });
    expect(labelFormat(parseRecipe({ family: 'count', label: { kind: 'class' } }))).toEqual({ dtype: 'u32', outputs: 10 });
  });

  it('refuses sizes that do not fit', () => {
    expect(() => planGeneration({ recipe, batch: 0 })).toThrow('generate count: got batch 0');
    expect(() => planGeneration({ recipe, batch: 2, firstIndex: -1 })).toThrow('firstIndex -1');
    expect(() => planGeneration({ recipe, batch: 2, indexStep: 0.5 })).toThrow('indexStep 0.5');
    expect(() => planGeneration({ recipe, batch: 3, indexStep: 2 ** 31 })).toThrow('(batch − 1)·indexStep < 2^32');
    expect(() => planGeneration({ recipe, batch: 2, firstIndex: Number.MAX_SAFE_INTEGER - 1, indexStep: 2 })).toThrow('below 2^53');
    expect(() => planGeneration({ recipe, batch: 2 ** 21 })).toThrow('bytes of images');
    expect(() => planGeneration({ recipe: { family: 'count', image: { height: 0 } }, batch: 1 })).toThrow('recipe.image.height');
    expect(() => sample(recipe, -1, 0, 0)).toThrow('sample: got seed -1');
    expect(() => sample(recipe, 0, 2 ** 32, 0)).toThrow('step 4294967296');
  });
});
