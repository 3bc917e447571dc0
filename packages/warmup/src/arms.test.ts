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

  it('refuses what does not apply or is not built', () => {
    expect(() => plan('random', 0.3)).toThrow('--arm: got random; expected an arm of count: published');
    expect(() => planTrial({ experiment: 'augment', arm: 'published', p: 0.3, steps: 10 })).toThrow('not built yet');
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
