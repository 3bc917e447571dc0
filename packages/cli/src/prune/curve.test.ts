import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '@kindling/core';
import { afterAll, describe, expect, it } from 'vitest';
import { ResultsWriter } from '../sweep/results-folder.js';
import { drawCurve, drawLaws } from './curve-figures.js';
import { CURVE, type CurveCard, type CurveLine, curveTrials, trialKey } from './curve-folder.js';
import { curveRecipe } from './curve-recipe.js';
import { curveReadme, curveResults } from './curve-report.js';
import { npyPath, readScores, writeScores } from './score-files.js';
import { metricOf, scorePlan } from './score-recipe.js';

const folder = mkdtempSync(join(tmpdir(), 'prune-curve-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recipe = curveRecipe({ metrics: 'random,el2n', fractions: '.4,.1,.2,.05', seeds: '3', steps: 7 });
const cardOf = (own = recipe): CurveCard => ({
  kind: 'prune-curve',
  recipe: own,
  lines: curveTrials(own).length,
  data: { mnist: { name: 'mnist', train: 1000, test: 100, sha256: '00' } },
  versions: { kindling: '0.1.0' },
  commit: null,
  date: '2026-01-01T00:00:00Z',
});

/** Hard is worse than random by .02 below .3 and better above, easy always worse by .05; seeds shift all alike, and each arm a little. */
const lines = curveTrials(recipe).map((trial): CurveLine => {
  const base = 0.5 * (1000 * trial.fraction) ** -0.3 + 0.004 * trial.seed;
  const own = trial.keep === 'hard' ? (trial.fraction < 0.3 ? 0.02 : -0.02) : trial.keep === 'easy' ? 0.05 : 0;
  const error = base + own + (own === 0 ? 0 : 1e-4 * trial.seed);
  const facts = { experiment: 'prune', dataSet: 'mnist', p: null, steps: 7, n: 1000 * trial.fraction, testLoss: 1, time: { total: 1 } };
  return { ...facts, ...trial, accuracy: 1 - error };
});

describe('curveRecipe', () => {
  it('trains all arms at every share, random beside and the whole set once a seed', () => {
    expect(recipe).toMatchObject({ metrics: ['el2n'], fractions: [0.05, 0.1, 0.2, 0.4, 1], keep: ['hard', 'easy'], seeds: [1, 2, 3] });
    const trials = curveTrials(recipe);
    expect(trials).toHaveLength(3 * (3 * 4 + 1));
    expect(new Set(trials.map(trialKey)).size).toBe(39);
    expect(trials.slice(0, 13).every(({ seed }) => seed === 1)).toBe(true);
    expect(trials.filter(({ arm }) => arm === 'all').map(({ fraction }) => fraction)).toEqual([1, 1, 1]);
  });

  it.each([
    [{ fractions: '.1,0' }, '--fractions: got "0"'],
    [{ fractions: '.1,.1' }, 'each value once'],
    [{ metrics: 'el2n,luck' }, '--metrics: got "luck"'],
    [{ keep: 'both' }, '--keep: got "both"'],
    [{ balance: 1.5 }, '--balance: got 1.5'],
    [{ seeds: '0' }, '--seeds'],
    [{ steps: 0 }, '--steps'],
  ])('refuses %j', (asked, message) => {
    expect(() => curveRecipe(asked)).toThrow(message);
  });
});

describe('curve folder', () => {
  it('goes on with its lines, drops a torn one, and refuses another recipe', () => {
    const path = join(folder, 'curve');
    const first = new ResultsWriter(CURVE, path, cardOf());
    first.append(lines.slice(0, 4));
    first.close();
    const again = new ResultsWriter(CURVE, path, cardOf());
    expect(again.found.map((line) => trialKey(line as CurveLine))).toEqual(lines.slice(0, 4).map(trialKey));
    again.close();
    expect(() => new ResultsWriter(CURVE, path, cardOf({ ...recipe, steps: 8 }))).toThrow('steps: got 7 in the folder');
  });
});

describe('curveResults', () => {
  const results = curveResults(lines, 100);

  it('pairs each arm with random by seed', () => {
    const cell = results.cells.find(({ arm, fraction }) => arm === 'el2n:hard' && fraction === 0.4)!;
    expect(cell).toMatchObject({ n: 400, seeds: 3 });
    expect(cell.againstRandom!.difference).toBeCloseTo(-0.02 + 2e-4, 10);
    expect(cell.againstRandom!.high).toBeLessThan(-0.019);
    expect(results.cells.find(({ arm }) => arm === 'random')!.againstRandom).toBeNull();
  });

  it('says which side teaches more, and where', () => {
    expect(results.words).toContain('el2n:hard errs less than random at the same size when it keeps 0.4 (1.98 points).');
    expect(results.words).toContain(
      'el2n:hard errs more than random at the same size when it keeps 0.05 (2.02 points), 0.1 (2.02 points), 0.2 (2.02 points).',
    );
    expect(results.words).toContain('Of 400 examples (0.4) by el2n, the hard ones teach more: 7.00 points less error.');
    expect(results.words).toContain('Of 100 examples (0.1) by el2n, the hard ones teach more: 3.00 points less error.');
    expect(
      curveResults(
        lines.filter(({ seed }) => seed < 3),
        100,
      ).words.join(' '),
    ).not.toContain('teach');
  });

  it('fits a law to each arm, and draws', async () => {
    expect(results.laws.map(({ arm }) => arm)).toEqual(['random', 'el2n:hard', 'el2n:easy']);
    const m1 = results.laws[0]!.forms.find(({ form }) => form.toLowerCase() === 'm1')!;
    expect(Math.abs(Object.values(m1.parameters!).find((value) => value < 0)! + 0.3)).toBeLessThan(0.05);
    const svg = await drawCurve(results, cardOf(), 'an adapter');
    for (const label of ['random', 'el2n:hard', 'el2n:easy', 'test error, %']) expect(svg).toContain(label);
    expect(results.laws[0]).toMatchObject({ sizes: 5, holdout: [400, 1000] });
    const law = (await drawLaws(results, cardOf(), 'an adapter'))!;
    for (const { arm, best } of results.laws) expect(law).toContain(`${arm}: ${best}`);
    expect(curveReadme(results, cardOf(), 'an adapter')).toContain('| random | ');
  });

  it('says why there is no law of four sizes', async () => {
    const few = curveResults(
      lines.filter(({ fraction }) => fraction !== 0.1),
      100,
    );
    expect(few.laws[0]).toMatchObject({ best: null, forms: [], words: expect.stringContaining('4 sizes, and 5 are needed') });
    expect(await drawLaws(few, cardOf(), 'an adapter')).toBeUndefined();
  });

  it('judges on the other set after fine-tuning there', () => {
    const own = lines
      .filter(({ fraction }) => fraction >= 0.2)
      .map((line) => ({ ...line, transfer: { dataSet: 'fashion-mnist', accuracy: line.accuracy - 0.1, testLoss: 1 } }));
    const { transfer: after, cells } = curveResults(own, 100);
    expect(after).toMatchObject({ dataSet: 'fashion-mnist' });
    const at = (list: typeof cells) => list.find(({ arm, fraction }) => arm === 'el2n:easy' && fraction === 0.2)!;
    expect(at(after!.cells).error).toBeCloseTo(at(cells).error + 0.1, 10);
    const words = 'el2n:easy errs more than random at the same size when it keeps 0.2 (5.02 points), 0.4 (5.02 points).';
    expect(after!.words).toContain(words);
  });
});

describe('scorePlan', () => {
  it('fills in what a metric needs', () => {
    expect(scorePlan({ metric: 'el2n' }, 60_000, 10)).toMatchObject({ steps: 200, batch: 64, seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
    expect(scorePlan({ metric: 'forgetting' }, 60_000, 10)).toMatchObject({ steps: 4688, every: 938, seeds: [1] });
    expect(scorePlan({ metric: 'forgetting', steps: 50 }, 60_000, 10).every).toBe(5);
    expect(scorePlan({ metric: 'grand', steps: 0 }, 60_000, 10).steps).toBe(0);
    // Ten epochs of 70 % of 5,000.
    expect(scorePlan({ metric: 'memorization', pool: 5000, epochs: 10 }, 60_000, 10).steps).toBe(547);
    expect(metricOf('ddd')).toBe('ensemble');
    expect(() => scorePlan({ metric: 'el2n', steps: 1, epochs: 1 }, 100, 10)).toThrow('--epochs: got it beside --steps 1');
    expect(() => scorePlan({}, 100, 10)).toThrow('--metric: got nothing');
  });
});

describe('files of scores', () => {
  it('have their folder made before the work', () => {
    const path = join(folder, 'new', 'deeper', 'scores.npy');
    expect(npyPath(path)).toBe(path);
    expect(existsSync(join(folder, 'new', 'deeper'))).toBe(true);
    expect(() => npyPath(join(path, '..'))).toThrow('expected a file name that ends in .npy');
  });

  it('come back with their card, infinities included', () => {
    const path = join(folder, 'scores.npy');
    const scores = Float32Array.of(1, Number.POSITIVE_INFINITY, -2);
    writeScores(path, scores, { kind: 'prune-scores', metric: 'forgetting' } as never);
    expect(readScores(path)).toMatchObject({ scores, card: { kind: 'prune-scores', metric: 'forgetting' } });
    // Scores of somebody else's under that name: the card beside them is not theirs.
    writeFileSync(path, encodeNpy({ shape: [2], data: Float32Array.of(1, 2) }));
    expect(() => readScores(path)).toThrow('scores.json: got the card of a file of SHA-256');
  });
});
