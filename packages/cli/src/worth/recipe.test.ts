import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SweepLine } from '@kindling/figures';
import { afterAll, describe, expect, it } from 'vitest';
import { ResultsWriter } from '../sweep/results-folder.js';
import { readWorth, trialKey, WORTH, type WorthCard } from './folder.js';
import { armSteps, groupCost, worthGroups, worthTrials } from './plan.js';
import { targetsOf, type WorthAsked, worthDifference, worthRecipe } from './recipe.js';

describe('worthRecipe', () => {
  it('fills in every default, by data set', () => {
    expect(worthRecipe({})).toEqual({
      dataSet: 'mnist',
      arms: ['none', 'longer', 'family:strokes', 'family:strokes:kept', 'family:contours', 'family:count', 'family:gratings', 'family:ifs'],
      n: [10, 50, 200, 500, 1000, 2000, 5000, 60_000],
      seeds: [1, 2, 3, 4, 5],
      steps: 500,
      warmupSteps: 500,
      lr: 3e-3,
      batch: 64,
      generator: null,
    });
    expect(worthRecipe({ dataSet: 'fashion-mnist' }).arms).toContain('family:garments:kept');
    const cifar = worthRecipe({ dataSet: 'cifar10' });
    expect(cifar.n.at(-1)).toBe(50_000);
    expect(cifar.arms.some((arm) => arm.endsWith(':kept'))).toBe(false);
    expect(worthRecipe({ data: '/somewhere/digits' }).dataSet).toBe('digits');
  });

  it('knows arms by short names, and puts the baseline first', () => {
    const recipe = worthRecipe({ arms: 'gratings,family:strokes:kept,none', n: '500,50,', targets: '.5' });
    expect(recipe.arms).toEqual(['none', 'family:gratings', 'family:strokes:kept']);
    expect(recipe.n).toEqual([50, 500]);
  });

  it('keeps how generated batches are pruned, and refuses to go on otherwise', () => {
    const asked = { arms: 'none,strokes', prune: 'easy', pruneMetric: 'margin' };
    const recipe = worthRecipe(asked);
    expect(recipe.select).toEqual({ metric: 'margin', keep: 'easy', candidates: 4, balanced: false });
    expect(armSteps(recipe, 'family:strokes').plan.select).toEqual(recipe.select);
    expect(worthDifference(worthRecipe({ arms: 'none,strokes' }), recipe)).toMatchObject({ field: 'select', a: 'nothing' });
  });

  it('reads generators by family, as text or from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kindling-worth-'));
    const file = join(folder, 'generators.json');
    const generators = { count: { label: { kind: 'standardised' } } };
    writeFileSync(file, JSON.stringify(generators));
    for (const generator of [file, JSON.stringify(generators)]) {
      expect(worthRecipe({ arms: 'none,count', generator }).generator).toEqual(generators);
    }
    rmSync(folder, { recursive: true });
  });

  it.each<[WorthAsked, string]>([
    [{ arms: 'strokes' }, '--arms: got family:strokes; expected none among them'],
    [{ arms: 'none,strokes,family:strokes' }, '--arms: got family:strokes twice'],
    [{ arms: 'none,stroke' }, '--arms: got "stroke"; expected none, longer, <family>'],
    [{ arms: 'none,count:kept' }, 'with labels that are no classes'],
    [{ arms: 'none,,strokes' }, '--arms: got "none,,strokes"; expected values separated by commas'],
    [{ n: '10,ten' }, '--n: got "ten"; expected whole numbers from 1'],
    [{ n: '10,10' }, '--n: got "10,10"; expected each value once'],
    [{ n: '0' }, '--n: got "0"'],
    [{ n: '1e12' }, '--n: got "1e12"'],
    [{ seeds: '0' }, '--seeds: got "0"'],
    [{ steps: 0 }, '--steps: got 0'],
    [{ warmupSteps: 1.5 }, '--warmup-steps: got 1.5'],
    [{ lr: 0 }, '--lr: got 0; expected a number above 0, up to 1'],
    [{ lr: Number.NaN }, '--lr: got NaN'],
    [{ batch: 0 }, '--batch: got 0'],
    [{ dataSet: 'mnist,cifar10' }, '--data-set: got mnist,cifar10; expected one data set'],
    [{ generator: '{"count": 3}' }, '--generator: got {"count": 3}'],
    [{ generator: '{"count"' }, '--generator: got '],
    [{ arms: 'none,strokes', generator: '{"count": {}}' }, '--generator: got a recipe of count; expected recipes of families among --arms'],
    [{ arms: 'none,count', generator: '{"count": {"label": {"kind": "odd"}}}' }, 'label'],
    [
      { prune: 'hard' },
      '--prune: got family:count, whose labels are no classes; expected arms whose labels are classes. Next: write --arms none',
    ],
    [{ arms: 'none,longer', prune: 'hard' }, '--prune: got arms none, longer; expected an arm with generated batches'],
    [{ arms: 'none,strokes', prune: 'mild' }, '--prune: got "mild"; expected hard or easy'],
    [{ arms: 'none,strokes', balanced: true }, '--balanced: got no --prune beside it'],
  ])('refuses %j', (asked, message) => expect(() => worthRecipe(asked)).toThrow(message));
});

describe('targetsOf', () => {
  it('are accuracies in increasing order', () => {
    expect([targetsOf(), targetsOf('.95,.5')]).toEqual([
      [0.9, 0.95],
      [0.5, 0.95],
    ]);
    for (const bad of ['90', '0', '1', 'x', '', '.9,.9']) expect(() => targetsOf(bad)).toThrow('--targets: got');
  });
});

describe('groups', () => {
  const recipe = worthRecipe({ arms: 'none,strokes,longer', n: '10,100,1000', seeds: '5', steps: 40, warmupSteps: 30 });
  const trials = worthTrials(recipe);

  it('hold every open trial once, of one arm each, seed by seed', () => {
    for (const together of [1, 2, 3, 6, 7, 16, 100]) {
      const groups = worthGroups(recipe, trials, together);
      const keys = groups.flat().map((trial) => JSON.stringify(trial));
      expect(new Set(keys).size).toBe(trials.length);
      expect(keys).toHaveLength(trials.length);
      for (const group of groups) {
        expect(new Set(group.map(({ arm }) => arm)).size).toBe(1);
        expect(group.length).toBeLessThanOrEqual(together);
      }
      // The first arms’ results of all arms come before the last seed’s.
      const firstOfLast = groups.findIndex((group) => group[0]!.seed === 5);
      if (together < 15) expect(groups.slice(0, firstOfLast).some((group) => group[0]!.arm === 'longer')).toBe(true);
    }
    expect(worthGroups(recipe, trials.slice(4, 5), 16)).toEqual([[trials[4]]]);
  });

  it('cost a warm-up for each seed, and the natural steps of each trial', () => {
    const cost = (arm: string): number =>
      groupCost(
        recipe,
        trials.filter((trial) => trial.arm === arm && trial.seed <= 2),
      );
    expect(cost('family:strokes') - cost('none')).toBe(2 * 30);
    expect(cost('longer') - cost('none')).toBe(6 * 30);
  });
});

describe('the folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kindling-worth-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const recipe = worthRecipe({ arms: 'none,strokes', n: '10,100', seeds: '2' });
  const card = (more: Partial<WorthCard> = {}): WorthCard => ({
    kind: 'worth',
    recipe,
    lines: 8,
    data: {},
    versions: { kindling: '0.1.0' },
    commit: null,
    date: '2026-11-22T00:00:00.000Z',
    ...more,
  });
  const lineOf = (trial: ReturnType<typeof worthTrials>[number], more: object = {}): SweepLine => ({
    experiment: 'worth',
    dataSet: 'mnist',
    p: null,
    steps: 500,
    warmupSteps: 0,
    accuracy: 0.5,
    testLoss: 1,
    time: { total: 1 },
    ...trial,
    ...more,
  });

  it('goes on with its own results and refuses those of another recipe', () => {
    const path = join(folder, 'a');
    const trials = worthTrials(recipe);
    const writer = new ResultsWriter(WORTH, path, card());
    writer.append(trials.slice(0, 3).map((trial) => lineOf(trial)));
    writer.close();
    const again = new ResultsWriter(WORTH, path, card());
    expect(again.found.map((line) => trialKey(recipe, line as never))).toEqual(trials.slice(0, 3).map((trial) => trialKey(recipe, trial)));
    again.close();
    const other = worthRecipe({ arms: 'none,strokes', n: '10,100', seeds: '3' });
    expect(() => new ResultsWriter(WORTH, path, card({ recipe: other }))).toThrow(
      'recipe.json: seeds: got [1,2] in the folder; expected [1,2,3], as this command asks',
    );
    expect(readWorth(path).lines).toHaveLength(3);
  });

  it('refuses lines without their n, of no trial, and other folders', () => {
    const path = join(folder, 'b');
    const writer = new ResultsWriter(WORTH, path, card());
    writer.append([lineOf({ arm: 'none', seed: 1, n: 10 }), lineOf({ arm: 'none', seed: 1, n: 77 })]);
    writer.close();
    expect(() => new ResultsWriter(WORTH, path, card())).toThrow('none n=77 seed 1: got a line that the recipe does not have');
    writeFileSync(join(path, 'results.jsonl'), `${JSON.stringify(lineOf({ arm: 'none', seed: 1, n: 10 }, { n: 'ten' }))}\n`);
    expect(() => readWorth(path)).toThrow('got arm none, seed 1 with n ten, warmupSteps 0');
    writeFileSync(join(path, 'recipe.json'), '{"experiment": "count"}');
    expect(() => readWorth(path)).toThrow('got another kind of JSON; expected the recipe of `kindling worth`');
  });
});
