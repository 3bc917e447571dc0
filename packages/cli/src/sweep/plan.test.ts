import type { Program } from '@kindling/core';
import { lineKey, type SweepLine } from '@kindling/figures';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindingEntry } from '../../../device/src/bindings.js';
import { linesOf, nextGroup, shardOf, sweepTrials, sweepUnits, type Trial } from './plan.js';
import { recipeDifference, requireKept, type SweepAsked, seedsOf, sweepRecipe } from './recipe.js';
import { tooLarge } from './run.js';

const keys = (asked: SweepAsked, shard?: { index: number; count: number }): string[] => {
  const recipe = sweepRecipe(asked);
  return sweepTrials(recipe, shard).flatMap((trial) => linesOf(recipe, trial).map((line) => lineKey(line as SweepLine)));
};

describe('sweepRecipe', () => {
  it('fills in the defaults of `kindling warmup`', () => {
    expect(sweepRecipe({})).toEqual({
      experiment: 'count',
      arms: ['published', 'standardised', 'density', 'per-phase', 'skip'],
      p: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
      seeds: [1, 2, 3, 4, 5],
      steps: [500],
      epochs: null,
      dataSets: ['mnist'],
      batch: 64,
      preset: null,
      generator: null,
      evalEvery: 0,
    });
    expect(sweepRecipe({ preset: 'notebook' })).toMatchObject({ steps: [200], evalEvery: 5, preset: 'notebook' });
    expect(sweepRecipe({ data: '/tmp/clothes' })).toMatchObject({ dataSets: ['clothes'] });
  });

  it('is the same whatever the order in which a list was given', () => {
    const a = sweepRecipe({ arms: 'skip,published', p: '.6,0,.30', seeds: '3,1,2', steps: '200,100' });
    expect(a).toEqual(sweepRecipe({ arms: 'published,skip', p: '0,0.3,0.6', seeds: '3', steps: '100,200' }));
  });

  it('takes epochs instead of p for adaptive, whose published arm has two names', () => {
    const recipe = sweepRecipe({ experiment: 'adaptive', arms: 'control,adaptive', epochs: '2,4' });
    expect(recipe).toMatchObject({ arms: ['published', 'control'], p: null, epochs: [2, 4], steps: [20, 40], batch: 20 });
    expect(sweepTrials(recipe)).toHaveLength(2 * 2 * 5);
  });

  it('takes a generator for a family', () => {
    const generator = '{"label": {"kind": "standardised"}}';
    const recipe = sweepRecipe({ experiment: 'family:count', generator });
    expect(recipe).toMatchObject({ generator: { label: { kind: 'standardised' } }, arms: ['published', 'per-phase', 'skip'] });
  });

  it('keeps how a stream is pruned, and nothing where it is not', () => {
    const asked = { experiment: 'family:strokes', arms: 'kept,skip', p: '0,.5', steps: '40' };
    const recipe = sweepRecipe({ ...asked, prune: 'hard', candidates: 8 });
    expect(recipe.select).toEqual({ metric: 'el2n', keep: 'hard', candidates: 8, balanced: false });
    expect(sweepRecipe(asked)).not.toHaveProperty('select');
    expect(recipeDifference(sweepRecipe(asked), recipe)).toMatchObject({ field: 'select', a: 'nothing' });
    const other = sweepRecipe({ ...asked, prune: 'hard' });
    expect(recipeDifference(other, recipe)?.b).toContain('"candidates":8');
    // Forward passes of the candidates are work too: shards must know.
    const costs = (sweep: typeof recipe): number[] => sweepUnits(sweep).map(({ cost }) => cost);
    const [plain, pruned] = [costs(sweepRecipe(asked)), costs(recipe)];
    expect(pruned.map((cost, i) => cost > plain[i]!)).toEqual(sweepUnits(recipe).map(({ p, arms }) => p! > 0 && arms[0] === 'kept'));
  });

  it.each([
    ['4', [1, 2, 3, 4]],
    ['6-8', [6, 7, 8]],
    ['9,1', [1, 9]],
    ['7,', [7]],
  ])('--seeds %s', (text, seeds) => expect(seedsOf(text)).toEqual(seeds));

  it.each<[SweepAsked, string]>([
    [{ arms: 'published,random' }, '--arms: got random; expected arms of count: published'],
    [{ arms: 'skip,skip' }, '--arms: got skip twice'],
    [{ arms: 'skip,,published' }, '--arms: got "skip,,published"'],
    [{ experiment: 'juggle' }, '--experiment: got juggle; expected count, augment, adaptive or family:<id>'],
    [{ experiment: 'family:juggle' }, '--experiment: got family:juggle'],
    [{ p: '0,1.2' }, '--p: got "1.2"'],
    [{ p: '0,.1,0.10' }, 'expected each value once'],
    [{ p: 'x' }, '--p: got "x"'],
    [{ seeds: '0' }, '--seeds: got "0"'],
    [{ seeds: '5-2' }, '--seeds: got "5-2"'],
    [{ seeds: '1.5' }, '--seeds: got "1.5"'],
    [{ steps: '0' }, '--steps: got "0"'],
    [{ batch: 0 }, '--batch: got'],
    [{ preset: 'book' }, '--preset: got book'],
    [{ evalEvery: -1 }, '--eval-every: got'],
    [{ epochs: '3' }, '--epochs: got it with count'],
    [{ experiment: 'adaptive', p: '0' }, '--p: got it with adaptive'],
    [{ generator: '{}' }, '--generator: got {}; expected no generator'],
    [{ experiment: 'family:count', generator: '{"label": ' }, '--generator: got '],
    [{ experiment: 'family:count', generator: '{"family": "gratings"}' }, '--generator: got family gratings'],
    [{ experiment: 'family:count', generator: '{"shine": 1}' }, 'shine'],
    [{ experiment: 'family:gratings', arms: 'kept' }, '--arms: got kept, with 8 classes'],
    [{ experiment: 'family:mnist1d' }, 'image'],
    [{ data: '/tmp', dataSet: 'mnist,cifar10' }, '--data-set: got mnist,cifar10'],
    [{ prune: 'hard' }, '--prune: got it with count; expected an experiment family:<id> whose labels are classes'],
    [{ experiment: 'adaptive', prune: 'hard' }, '--prune: got it with adaptive'],
    [{ experiment: 'family:count', prune: 'hard' }, '--prune: got family:count, with labels that are no classes'],
    [{ experiment: 'family:strokes', prune: 'some' }, '--prune: got "some"; expected hard or easy'],
    [{ experiment: 'family:strokes', prune: 'easy', candidates: 257 }, '--candidates: got 257; expected a whole number from 1 to 256'],
    [{ experiment: 'family:strokes', prune: 'easy', pruneMetric: 'loss' }, '--prune-metric: got "loss"; expected el2n or margin'],
    [{ experiment: 'family:strokes', candidates: 3 }, '--candidates: got no --prune beside it'],
  ])('refuses %j', (asked, message) => {
    expect(() => sweepRecipe(asked)).toThrow(message);
  });

  it('leaves arm kept to those who ask for it where the classes are the user’s own, and to the data', () => {
    const asked = { experiment: 'family:strokes', data: '/tmp/shapes' };
    expect(sweepRecipe({ experiment: 'family:strokes' }).arms).toContain('kept');
    expect(sweepRecipe(asked).arms).toEqual(['published', 'per-phase', 'skip']);
    const kept = sweepRecipe({ ...asked, arms: 'kept,skip' });
    expect(() => requireKept(kept, 'shapes', 10)).not.toThrow();
    expect(() => requireKept(kept, 'shapes', 3)).toThrow(
      '--arms: got kept, with 10 classes; expected a family whose labels are the 3 classes of shapes. Next: write --arms skip',
    );
    expect(() => requireKept(sweepRecipe(asked), 'shapes', 3)).not.toThrow();
    expect(sweepRecipe({ experiment: 'family:gratings', data: '/tmp/shapes', arms: 'kept' }).arms).toEqual(['kept']);
  });

  it('names the field in which two recipes differ', () => {
    expect(recipeDifference(sweepRecipe({}), sweepRecipe({}))).toBeUndefined();
    expect(recipeDifference(sweepRecipe({ p: '0' }), sweepRecipe({ p: '0,.5' }))).toEqual({ field: 'p', a: '[0]', b: '[0,0.5]' });
  });
});

describe('sweepUnits', () => {
  const shared = (asked: SweepAsked): string[] => sweepUnits(sweepRecipe(asked)).map(({ p, arms }) => `${p} ${arms.join('=')}`);

  it('trains p = 0 once for arms that are the same plain training there', () => {
    expect(shared({ p: '0,.5', arms: 'published,standardised,skip' })).toEqual([
      '0 published=standardised=skip',
      '0.5 published',
      '0.5 standardised',
      '0.5 skip',
    ]);
    expect(shared({ experiment: 'augment', p: '0' })).toEqual(['0 published=random=guarded=per-phase=skip']);
  });

  it('but not where their schedule differs', () => {
    expect(shared({ experiment: 'family:strokes', p: '0' })).toEqual(['0 published=per-phase=skip', '0 kept']);
  });

  it('shares where p leaves no whole warm-up step', () => {
    expect(shared({ p: '.01', steps: '60', arms: 'published,skip' })).toEqual(['0.01 published=skip']);
  });
});

describe('shards', () => {
  const asked = fc.record({
    arms: fc.constantFrom('published', 'published,skip', 'published,standardised,density,per-phase,skip'),
    p: fc.uniqueArray(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 5 }).map((tenths) => tenths.map((i) => i / 10).join(',')),
    seeds: fc.integer({ min: 1, max: 7 }).map(String),
    steps: fc.constantFrom('40', '30,200'),
  });

  it('hold every line of the sweep exactly once, in its order', () => {
    fc.assert(
      fc.property(asked, fc.integer({ min: 1, max: 9 }), (sweep, count) => {
        const parts = Array.from({ length: count }, (_, index) => keys(sweep, { index, count })).flat();
        expect(parts).toEqual(keys(sweep));
        expect(new Set(parts).size).toBe(parts.length);
        const recipe = sweepRecipe(sweep);
        expect(parts).toHaveLength(recipe.arms.length * recipe.p!.length * recipe.seeds.length * recipe.steps.length);
      }),
      { numRuns: 60 },
    );
  });

  it('depend on nothing but the recipe', () => {
    const shard = { index: 1, count: 3 };
    expect(keys({ arms: 'skip,published', p: '.3,0' }, shard)).toEqual(keys({ arms: 'published,skip', p: '0,.3' }, shard));
  });

  it('cost about the same', () => {
    const recipe = sweepRecipe({ seeds: '5' });
    const costs = [0, 1, 2, 3].map((index) => sweepTrials(recipe, { index, count: 4 }).reduce((sum, { unit }) => sum + unit.cost, 0));
    const dearest = Math.max(...sweepUnits(recipe).map(({ cost }) => cost));
    expect(Math.max(...costs) - Math.min(...costs)).toBeLessThanOrEqual(2 * dearest);
  });

  it.each(['4/4', '-1/3', '1', '1/0', 'a/b', '0.5/2'])('refuses --shard %s', (text) => {
    expect(() => shardOf(text)).toThrow('--shard: got');
  });

  it('reads i/N', () => expect(shardOf('2/8')).toEqual({ index: 2, count: 8 }));
});

describe('nextGroup', () => {
  it('keeps units apart and bounds their size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 6 }), (together, seeds) => {
        const trials = sweepTrials(sweepRecipe({ arms: 'published,skip', p: '0,.5', seeds: String(seeds), steps: '10' }));
        const groups: Trial[][] = [];
        for (let first = 0; first < trials.length; first += groups.at(-1)!.length) groups.push(nextGroup(trials, first, together));
        expect(groups.flat()).toEqual(trials);
        for (const group of groups) {
          expect(new Set(group.map(({ unit }) => unit)).size).toBe(1);
          expect(group.length).toBeLessThanOrEqual(together);
        }
        expect(groups).toHaveLength(3 * Math.ceil(seeds / together));
      }),
    );
  });

  it('halves where the device says that a buffer is beyond its limits, and there only', () => {
    const program = { name: 'conv2d', bindings: [] } as unknown as Program;
    const limits = { maxStorageBufferBindingSize: 128 } as GPUSupportedLimits;
    const bind = (size?: number): unknown => {
      try {
        return bindingEntry(program, 'y', 'read', size === undefined ? undefined : ({ size } as GPUBuffer), {}, limits);
      } catch (error) {
        return error;
      }
    };
    expect([bind(129), bind(128), bind()].map(tooLarge)).toEqual([true, false, false]);
  });
});
