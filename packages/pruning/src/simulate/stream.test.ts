import { drawWord, normalPair, sampleKey } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { drawReference, selectReference } from './reference.js';
import { planSimulation } from './setting.js';
import { type PerceptronStream, runStream } from './stream.js';

const base: PerceptronStream = {
  ...{ dimension: 13, candidates: 40, kept: 7, keep: 'hard', score: 'field' },
  ...{ steps: 12, seeds: 2, seed: 4, every: 4 },
};

/** The same students in f64, seed by seed: errors at the records. */
function streamReference(setting: PerceptronStream, model: number): number[] {
  const { dimension, candidates, kept, keep, score, steps, seed, every } = setting;
  const normals = (key: readonly [number, number], index: number): number[] =>
    Array.from({ length: dimension }, (_, i) => {
      const pair = i - (i % 2);
      return normalPair(drawWord(key, index, pair), drawWord(key, index, pair + 1))[i % 2]!;
    });
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);
  const plan = planSimulation({ alpha: 1, keepFraction: 1, keep: 'hard', dimension, seeds: 1, seed });
  const { teacher } = drawReference(plan, model);
  let w = normals(sampleKey(seed, 'initialisation', model), 2);
  w = w.map((value, _, all) => value / Math.sqrt(dot(all, all)));
  let estimate = 0.5;
  const errors: number[] = [];
  for (let step = 0; step < steps; step++) {
    const x = Array.from({ length: candidates }, (_, c) => normals(sampleKey(seed, 'image', model, 1 + step), c));
    const label = x.map((one) => (dot(one, teacher) >= 0 ? 1 : -1));
    const field = x.map((one) => dot(one, w));
    const wrong = field.map((value, c) => (value >= 0 ? 1 : -1) !== label[c]);
    const scores = field.map((value, c) => (score === 'field' ? Math.abs(value) : label[c]! * value));
    const chance = sampleKey(seed, 'selection', model, 1 + step);
    const keys = { hard: () => scores, easy: () => scores.map((s) => -s), random: () => scores.map((_, c) => drawWord(chance, c, 0)) };
    const learned = selectReference(keys[keep](), kept).filter((c) => wrong[c]);
    estimate = Math.max(estimate + 0.1 * (wrong.filter(Boolean).length / candidates - estimate), 0.05 / candidates);
    const pull = Math.sqrt(Math.PI / 2);
    const rate = (pull * Math.PI * estimate) / (pull * pull * learned.length + dimension);
    for (const c of learned) w = w.map((value, i) => value + rate * label[c]! * x[c]![i]!);
    w = w.map((value, _, all) => value / Math.sqrt(dot(all, all)));
    if ((step + 1) % every === 0) errors.push(Math.acos(dot(w, teacher)) / Math.PI);
  }
  return errors;
}

describe.each(await testAdapters())('the pruned stream on %s', (kind) => {
  it.each([
    base,
    { ...base, score: 'margin' },
    { ...base, keep: 'easy' },
    { ...base, keep: 'easy', score: 'margin', kept: 25 },
    { ...base, keep: 'random', dimension: 8 },
    { ...base, candidates: 7, kept: 7, dimension: 3 },
  ] satisfies PerceptronStream[])('learns as the reference does: %j', async (setting) => {
    const points = await runStream(await testDevice(kind), setting);
    const references = Array.from({ length: setting.seeds }, (_, model) => streamReference(setting, model));
    points.forEach(({ mean, steps }, record) => {
      expect(steps).toBe((record + 1) * setting.every);
      const expected = references.reduce((sum, errors) => sum + errors[record]!, 0) / setting.seeds;
      expect(Math.abs(mean - expected)).toBeLessThan(2e-5);
    });
  });

  it('gives the same bits again', async () => {
    const device = await testDevice(kind);
    expect(await runStream(device, base)).toEqual(await runStream(device, base));
  });

  it('learns more from as many hard examples than from random ones, and nothing much from easy ones', async () => {
    const device = await testDevice(kind);
    const setting: PerceptronStream = { ...base, dimension: 20, candidates: 64, kept: 8, steps: 80, every: 80, seeds: 16 };
    const final = async (keep: 'hard' | 'easy' | 'random'): Promise<number> => (await runStream(device, { ...setting, keep }))[0]!.mean;
    const [hard, easy, random] = [await final('hard'), await final('easy'), await final('random')];
    expect(hard).toBeLessThan(random / 2);
    expect(easy).toBeGreaterThan(2 * random);
  });

  it.each([
    [{ kept: 41 }, 'kept: got 41; expected a whole number from 1 to 40'],
    [{ candidates: 1025 }, 'candidates: got 1025'],
    [{ dimension: 1 }, 'dimension: got 1'],
    [{ steps: 13 }, 'steps: got 13; expected a multiple of 4'],
    [{ score: 'loss' as 'field' }, 'score: got "loss"'],
    [{ keep: 'best' as 'hard' }, 'keep: got "best"'],
  ])('refuses %j', async (fields, message) => {
    await expect(runStream(await testDevice(kind), { ...base, ...fields })).rejects.toThrow(message);
  });
});
