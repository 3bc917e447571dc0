import { InputError } from '@kindling/core';
import { parseRunRecipe } from '@kindling/warmup';
import { describe, expect, it } from 'vitest';
import {
  commandOf,
  DEFAULT_RECIPE,
  experiments,
  type PageRecipe,
  pageRecipe,
  recipeFromHash,
  recipeToHash,
  stepsOf,
} from '../../packages/page/src/recipe.js';

/** The error of a recipe or a link. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof InputError) return `${error.parts.subject}: ${error.parts.got}; ${error.parts.expected}`;
    throw error;
  }
  return 'nothing';
}

describe('recipes of the page', () => {
  const recipes: PageRecipe[] = [
    DEFAULT_RECIPE,
    pageRecipe({ experiment: 'augment', arm: 'guarded', p: 0.9, steps: 1, batch: 1024, seed: 0xffffffff, preset: 'notebook' }),
    pageRecipe({ experiment: 'adaptive', arm: 'control', epochs: 3 }),
    pageRecipe({
      experiment: 'family:gratings',
      generator: { label: { kind: 'class', classes: 4 }, params: {} },
      select: { metric: 'el2n', keep: 'hard', candidates: 2 },
      p: 1e-7,
    }),
    pageRecipe({
      experiment: 'family:mixture',
      generator: { parts: [{ recipe: { family: 'strokes' } }, { recipe: { family: 'strokes' }, weight: 2 }] },
    }),
  ];

  it('come back from their link as they were', () => {
    for (const recipe of recipes) {
      const hash = recipeToHash(recipe);
      expect(recipeFromHash(`#${hash}`), hash).toEqual(recipe);
      expect(new URL(`#${hash}`, 'http://localhost/').hash).toBe(`#${hash}`);
    }
    expect(recipeFromHash('')).toBeUndefined();
    expect(recipeFromHash('#')).toBeUndefined();
  });

  it('are those of the command line', () => {
    const given = { experiment: 'count', arm: 'density', p: 0.2, steps: 40, batch: 8, seed: 3 };
    expect(pageRecipe(given)).toEqual(parseRunRecipe(given));
    expect(commandOf(pageRecipe(given), 'D')).toBe(
      'npx kindling warmup --experiment count --arm density --p 0.2 --steps 40 --batch 8 --seed 3 --eval-every 0 --data D',
    );
    expect(commandOf(pageRecipe({ experiment: 'adaptive', seed: 4 }), 'D')).toContain(
      '--experiment adaptive --arms published --epochs 10 --batch 20 --seeds 4-4 --data D',
    );
  });

  it('count the steps that are done: without a warm-up that an arm leaves out', () => {
    expect(stepsOf(pageRecipe({ p: 0.5, steps: 40 }))).toMatchObject({ steps: 40, warmupSteps: 20 });
    expect(stepsOf(pageRecipe({ p: 0.5, steps: 40, arm: 'skip' }))).toMatchObject({ steps: 20, warmupSteps: 0 });
    expect(stepsOf(pageRecipe({ experiment: 'adaptive', epochs: 3 }))).toMatchObject({ steps: 30, warmupSteps: 0 });
  });

  it('lists experiments and arms that all hold', () => {
    const list = experiments();
    expect(list.map(({ id }) => id).slice(0, 3)).toEqual(['count', 'augment', 'adaptive']);
    for (const { id, arms } of list) for (const arm of arms) expect(pageRecipe({ experiment: id, arm: arm.id }).arm).toBe(arm.id);
    const kept = list.filter(({ arms }) => arms.some(({ id }) => id === 'kept')).map(({ id }) => id);
    expect(kept).toContain('family:strokes');
    expect(list.map(({ id }) => id)).not.toContain('family:points');
  });

  it('name the field that does not hold', () => {
    expect(refusal(() => pageRecipe({ p: 1.5 }))).toBe('p: 1.5; a number from 0 to 1');
    expect(refusal(() => pageRecipe({ steps: 100_001 }))).toBe('steps: 100001; a whole number from 1 to 100000');
    for (const steps of [0, 1.5, 200_000, 1e9, null])
      expect(refusal(() => pageRecipe({ steps }))).toBe(`steps: ${steps}; a whole number from 1 to 100000`);
    expect(refusal(() => pageRecipe({ batch: 0 }))).toBe('batch: 0; a whole number from 1 to 1024');
    expect(refusal(() => pageRecipe({ experiment: 'nope' }))).toBe('experiment: "nope"; count, augment, adaptive or family:<id>');
    expect(refusal(() => pageRecipe({ batch: 1025 }))).toContain('batch: 1025');
    expect(refusal(() => pageRecipe({ experiment: 'adaptive', epochs: 0 }))).toContain('epochs: 0; a whole number from 1 to 10000');
    expect(refusal(() => pageRecipe({ experiment: 'adaptive', p: 0.3 }))).toContain('p: 0.3; only experiment');
    expect(refusal(() => pageRecipe({ experiment: 'family:points' }))).toContain('experiment');
    expect(refusal(() => pageRecipe({ experiment: 'family:gratings', arm: 'kept' }))).toContain('arm: "kept"');
    expect(refusal(() => pageRecipe({ experiment: 'family:gratings', generator: { label: 'class' } }))).toContain(
      'generator.label: "class"',
    );
    expect(refusal(() => pageRecipe({ model: 'my-net' }))).toContain('model: "my-net"; poster-cnn or small-cnn');
    expect(refusal(() => pageRecipe({ dataSource: 'disk' }))).toContain('dataSource');
    expect(refusal(() => pageRecipe(null))).toContain('recipe: null');
  });

  it('say what is wrong with a link', () => {
    const good = recipeToHash(DEFAULT_RECIPE);
    expect(refusal(() => recipeFromHash(good.replace('v=1', 'v=2')))).toBe('link: v: 2; 1, the form of links that this page knows');
    expect(refusal(() => recipeFromHash('#top'))).toContain('link: v: nothing');
    expect(refusal(() => recipeFromHash(`${good}&colour=red`))).toContain('link: colour: red; a field of a recipe');
    expect(refusal(() => recipeFromHash(`${good}&p=0.4`))).toBe('link: p: two values; one');
    expect(refusal(() => recipeFromHash(good.replace('p=0.3', 'p=three')))).toBe('link: p: "three"; a number');
    expect(refusal(() => recipeFromHash(good.replace('p=0.3', 'p=3')))).toBe('link: p: 3; a number from 0 to 1');
    expect(recipeFromHash(good.replace('p=0.3', 'p=.3'))).toEqual(DEFAULT_RECIPE);
    expect(refusal(() => recipeFromHash(good.replace('p=0.3', 'p=.')))).toBe('link: p: "."; a number');
    expect(refusal(() => recipeFromHash(`${good}&generator=%7B`))).toMatch(/^link: generator: `\{`; a JSON object/);
    expect(refusal(() => recipeFromHash(`${good}&${'x'.repeat(9000)}=1`))).toContain('link: length');
    expect(refusal(() => recipeFromHash('v=1&experiment=count&arm=%F0%28%8C%BC'))).toContain('link: arm');
  });
});
