import { oneCycle } from '@kindling/autograd';
import { describe, expect, it } from 'vitest';
import { planTrial } from './arms.js';
import { parseRunRecipe } from './recipe.js';

const plan = (arm: string, p: number, steps = 500) => planTrial({ experiment: 'count', arm, p, steps });

describe('planTrial', () => {
  it('gives ⌊p·steps⌋ steps to the warm-up and the rest to natural data', () => {
    expect(plan('published', 0.3)).toMatchObject({ warmup: { steps: 150 }, natural: { steps: 350 } });
    // 0.29 · 100 is 28.999… in floating point: the intended step must not be lost.
    expect(plan('published', 0.29, 100).warmup!.steps).toBe(29);
    expect(plan('published', 1)).toMatchObject({ warmup: { steps: 500 }, natural: { steps: 0 } });
  });

  it('is plain training at p = 0, whatever the arm', () => {
    for (const arm of ['published', 'standardised', 'density', 'per-phase', 'skip']) {
      const { warmup, natural } = plan(arm, 0);
      expect(warmup).toBeNull();
      expect(natural.steps).toBe(500);
    }
  });

  it('warms up under a OneCycle over all steps, then trains at a constant 3e-4', () => {
    const { warmup, natural } = plan('published', 0.3);
    expect(warmup!.schedule(0).lr).toBeCloseTo(1.2e-5, 12);
    expect(warmup!.schedule(149).lr).toBeCloseTo(3e-4, 12);
    expect([natural.schedule(0).lr, natural.schedule(349).lr]).toEqual([3e-4, 3e-4]);
  });

  it('skips the warm-up but not its steps, and gives per-phase cycles of their own', () => {
    expect(plan('skip', 0.3)).toMatchObject({ warmup: null, natural: { steps: 350 } });
    const { warmup, natural } = plan('per-phase', 0.5, 100);
    expect(warmup!.schedule(49).lr).toBeCloseTo(1.2e-9, 12);
    expect(natural.schedule(0).lr).toBeCloseTo(1.2e-5, 12);
  });

  it('keeps one head, optimizer and OneCycle in Experiment 1, and advances the schedule past a skipped warm-up', () => {
    const augment = (arm: string, p: number) => planTrial({ experiment: 'augment', arm, p, steps: 100 });
    const published = augment('published', 0.3);
    expect(published).toMatchObject({
      continues: true,
      warmup: { sampler: 'learned', clip: 1, reach: { shift: 6, angle: 20, rampSteps: 7 } },
    });
    expect(published.natural).toMatchObject({ steps: 70, firstStep: 30, scheduleSteps: 100, clip: 1 });
    const skip = augment('skip', 0.3);
    expect([skip.continues, skip.natural.firstStep]).toEqual([false, undefined]);
    expect(skip.natural.schedule(0)).toEqual(published.natural.schedule(30));
    expect(augment('published', 0).natural.schedule(10)).toEqual(augment('skip', 0).natural.schedule(10));
    // One optimizer, two cycles: the natural one is entered at its beginning, with the optimizer's step counted on.
    const { continues, natural, warmup } = augment('per-phase', 0.3);
    expect({ continues, steps: natural.steps, rows: natural.scheduleSteps, firstStep: natural.firstStep }).toEqual({
      continues: true,
      steps: 70,
      rows: 100,
      firstStep: 30,
    });
    const own = oneCycle({ maxLr: 3e-4, totalSteps: 70 });
    for (const step of [0, 1, 35, 69]) expect(natural.schedule(30 + step)).toEqual(own(step));
    expect(warmup!.schedule(0)).toEqual(oneCycle({ maxLr: 3e-4, totalSteps: 30 })(0));
    const notebook = planTrial({ experiment: 'augment', arm: 'random', p: 0.3, steps: 100, preset: 'notebook' });
    expect(notebook.warmup).toMatchObject({ sampler: 'random', reach: { shift: 3, angle: 15 } });
  });

  it('takes any family as a warm-up task', () => {
    const family = planTrial({
      experiment: 'family:gratings',
      arm: 'kept',
      p: 0.5,
      steps: 10,
      generator: { label: { kind: 'class', classes: 10 } },
    });
    expect(family).toMatchObject({
      continues: true,
      warmup: { kind: 'family', generator: { family: 'gratings', label: { classes: 10 } } },
    });
  });

  it('refuses what does not apply', () => {
    expect(() => plan('random', 0.3)).toThrow('--arm: got random; expected an arm of count: published');
    expect(() => plan('toString', 0.3)).toThrow('--arm: got toString');
    expect(() => planTrial({ experiment: 'dreams', arm: 'published', p: 0.3, steps: 10 })).toThrow('--experiment: got dreams');
    expect(() => planTrial({ experiment: 'family:dreams', arm: 'published', p: 0.3, steps: 10 })).toThrow('family:<id> with one of count');
  });
});

describe('parseRunRecipe', () => {
  it('fills in the defaults', () => {
    expect(parseRunRecipe({})).toEqual({
      experiment: 'count',
      arm: 'published',
      p: 0.3,
      steps: 500,
      batch: 64,
      seed: 1,
      dataSource: 'resident',
      evalEvery: 0,
      model: 'poster-cnn',
    });
  });

  it.each([
    [{ p: 1.5 }, 'p'],
    [{ p: Number.NaN }, 'p'],
    [{ steps: 0 }, 'steps'],
    [{ steps: 2.5 }, 'steps'],
    [{ seed: -1 }, 'seed'],
    [{ colour: 1 }, 'colour'],
    [{ dataSource: 'tape' }, 'dataSource'],
  ])('names the field of %o', (input, field) => {
    expect(() => parseRunRecipe(input)).toThrow(field);
  });
});
