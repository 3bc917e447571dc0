import { flatten, layer, linear, ParameterSet } from '@kindling/autograd';
import { testAdapters, testDevice } from '@kindling/device/testing';
import type { PruneMetric } from '@kindling/pruning';
import { describe, expect, it } from 'vitest';
import { type ModelSpec, posterCnn } from '../models.js';
import { PreparedData } from '../natural.js';
import { predict } from '../predict.js';
import { barsData } from '../testing/bars.js';
import { gradientNorms } from './grand.js';
import { subsetOf, subsetScores } from './memorization.js';
import { passBatch } from './outputs.js';
import { type ScorePlan, scoreExamples } from './score.js';
import { trainSubsets } from './training.js';

const halves = { train: barsData.train.labels, test: barsData.test.labels };
const labels = halves.train;
const image = (index: number): Float32Array =>
  Float32Array.from(barsData.train.images.subarray(784 * index, 784 * (index + 1)), (value) => value / 255);
const plan = (metric: PruneMetric, more: Partial<ScorePlan> = {}): ScorePlan => ({
  metric,
  seeds: [1, 2],
  steps: 12,
  batch: 16,
  lr: 3e-3,
  every: 4,
  clusters: 10,
  limit: 40,
  share: 0.6,
  ...more,
});

/** Logits straight from the pixels: its gradients are known in closed form. */
const flat: ModelSpec = {
  name: 'flat',
  input: { channels: 1, height: 28, width: 28 },
  head: 'fc',
  parameters: (outputs) => {
    const { weight, bias } = layer([outputs, 784], [outputs]);
    return { 'fc.weight': weight, 'fc.bias': bias };
  },
  forward: (p, { x }) => linear(flatten(x!), p['fc.weight']!, p['fc.bias']!),
};

for (const kind of await testAdapters()) {
  describe(`scoreExamples on ${kind}`, () => {
    const setting = async (model = posterCnn()) => {
      const device = await testDevice(kind);
      return { device, data: new PreparedData(device, barsData), model };
    };

    it('EL2N and margin of a checkpoint are what its probabilities give, in data-set order', async () => {
      const context = await setting();
      const { device, model } = context;
      const trained = await trainSubsets(
        context,
        { steps: 6, batch: 16, lr: 3e-3 },
        [Uint32Array.from({ length: 300 }, (_, i) => i)],
        [{ seed: 5, list: 0 }],
      );
      const some = [0, 1, 17, 63, 64, 255, 256, 298, 299];
      const rows = await predict(device, model, trained, some.map(image));
      const el2n = await scoreExamples(context, plan('el2n'), halves, trained);
      const margin = await scoreExamples(context, plan('margin'), halves, trained);
      some.forEach((n, at) => {
        const p = rows[at]!;
        const own = labels[n]!;
        expect(el2n.scores[n]).toBeCloseTo(Math.hypot(...p.map((share, c) => share - (c === own ? 1 : 0))), 5);
        expect(margin.scores[n]).toBeCloseTo(Math.max(...p.filter((_, c) => c !== own)) - p[own]!, 5);
      });
      expect([el2n.models, el2n.scores.length]).toEqual([1, 300]);
      trained.destroy();
    });

    it('an ensemble’s score is the mean over its models, each with the bits that it has alone', async () => {
      const context = await setting();
      const both = await scoreExamples(context, plan('el2n'), halves);
      const alone = await Promise.all(
        [1, 2].map(async (seed) => (await scoreExamples(await setting(), plan('el2n', { seeds: [seed] }), halves)).scores),
      );
      both.scores.forEach((score, n) => {
        expect(score).toBe(Math.fround((alone[0]![n]! + alone[1]![n]!) / 2));
      });
    });

    it('fine-tuning begins with the bodies of trained models, under fresh heads', async () => {
      const context = await setting();
      const list = Uint32Array.from({ length: 300 }, (_, i) => i);
      const trials = [
        { seed: 1, list: 0 },
        { seed: 2, list: 0 },
      ];
      const start = await trainSubsets(context, { steps: 4, batch: 16, lr: 3e-3 }, [list], trials);
      const untrained = { steps: 0, batch: 16, lr: 3e-3 };
      const fresh = await trainSubsets(context, untrained, [list], trials);
      const tuned = await trainSubsets(context, untrained, [list], trials, undefined, { start });
      for (const index of [0, 1]) {
        const [trained, initial, found] = [await start.read(index), await fresh.read(index), await tuned.read(index)];
        for (const name of Object.keys(found)) expect(found[name]).toEqual((name.startsWith('fc2.') ? initial : trained)[name]);
        expect(trained['conv1.weight']).not.toEqual(initial['conv1.weight']);
      }
    });

    it('GraNd is the norm of each example’s own gradient', async () => {
      const context = await setting(flat);
      const parameters = new ParameterSet(context.device, flat.parameters(10), 2);
      parameters.initialise([3, 4]);
      const rows = await predict(context.device, flat, parametersOf(context.device, 4), [...labels.keys()].map(image));
      const norms = await gradientNorms(context, parameters, 1);
      expect(norms).toHaveLength(300);
      norms.forEach((norm, n) => {
        // ∂ℓ/∂W = (p − y) xᵀ and ∂ℓ/∂b = p − y.
        const error = Math.hypot(...rows[n]!.map((share, c) => share - (c === labels[n] ? 1 : 0)));
        const expected = error * Math.sqrt(1 + image(n).reduce((sum, value) => sum + value * value, 0));
        expect(Math.abs(norm / expected - 1)).toBeLessThan(1e-5);
      });
      // The model that was looked at is as it was.
      expect(await parameters.read(1)).toEqual(await parametersOf(context.device, 4).read());
    });

    it('other metrics: in range, and as their definitions demand', async () => {
      const context = await setting();
      const ensemble = await scoreExamples(context, plan('ensemble', { seeds: [1, 2, 3] }), halves);
      expect([...ensemble.scores].every((score) => [0, 1, 2, 3].includes(score))).toBe(true);
      const disagreement = await scoreExamples(context, plan('disagreement', { seeds: [1, 2, 3] }), halves);
      expect([...disagreement.scores].every((score) => [0, 1 / 3, 2 / 3].some((share) => Math.abs(score - share) < 1e-6))).toBe(true);
      const forgetting = await scoreExamples(context, plan('forgetting', { seeds: [1] }), halves);
      expect(forgetting.facts).toMatchObject({ looks: 3, neverLearned: [...forgetting.scores].filter((s) => s === Infinity).length });
      for (const metric of ['prototypes', 'self-prototypes'] as const) {
        const { scores, facts } = await scoreExamples(context, plan(metric, { steps: 40 }), halves);
        expect(Math.min(...scores)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...scores)).toBeLessThanOrEqual(2);
        expect(facts.embedding).toBe(64);
        if (metric === 'self-prototypes') expect(facts).toMatchObject({ clusters: 10, settled: true });
      }
    });

    it('greedy baselines rank what they take, and put the rest below', async () => {
      const context = await setting();
      for (const metric of ['k-centre', 'herding'] as const) {
        const { scores } = await scoreExamples(context, plan(metric), halves);
        const sorted = [...scores].sort((a, b) => b - a);
        expect(sorted.slice(0, 40)).toEqual(Array.from({ length: 40 }, (_, rank) => 40 - rank));
        expect(sorted[40]).toBeLessThanOrEqual(1);
        expect(sorted.at(-1)).toBeGreaterThanOrEqual(0);
      }
    });

    it('subset models: memorization and influence are what their subsets and answers give', async () => {
      const context = await setting(flat);
      const asked = plan('memorization', { seeds: Array.from({ length: 24 }, (_, i) => i + 1), steps: 8 });
      const found = await subsetScores(context, asked, halves);
      expect(await scoreExamples(context, asked, halves)).toMatchObject({ models: 24, facts: { share: 0.6 } });
      const lists = asked.seeds.map((seed) => subsetOf(300, 0.6, seed));
      const right: { train: boolean[][]; test: boolean[][] } = { train: [], test: [] };
      for (const [m, list] of lists.entries()) {
        expect([list.length, new Set(list).size]).toEqual([180, 180]);
        const trained = await trainSubsets(context, asked, [list], [{ seed: asked.seeds[m]!, list: 0 }]);
        for (const half of ['train', 'test'] as const) {
          const { images, count } = barsData[half];
          const pictures = Array.from({ length: count }, (_, n) =>
            Float32Array.from(images.subarray(784 * n, 784 * (n + 1)), (value) => value / 255),
          );
          const rows = await predict(context.device, context.model, trained, pictures);
          right[half].push(rows.map((p, n) => p.indexOf(Math.max(...p)) === halves[half][n]));
        }
        trained.destroy();
      }
      const share = (models: readonly number[], of: readonly boolean[][], n: number): number =>
        models.filter((m) => of[m]![n]).length / models.length;
      for (const n of [0, 1, 2, 99, 299]) {
        const seen = lists.flatMap((list, m) => (list.includes(n) ? [m] : []));
        const unseen = lists.flatMap((list, m) => (list.includes(n) ? [] : [m]));
        expect(found.memorization[n]).toBeCloseTo(share(seen, right.train, n) - share(unseen, right.train, n), 6);
        const influence = Array.from({ length: 130 }, (_, t) => share(seen, right.test, t) - share(unseen, right.test, t));
        expect(found.influence[n]).toBeCloseTo(Math.max(...influence), 5);
        expect(found.influenceSum[n]).toBeCloseTo(
          influence.reduce((sum, value) => sum + Math.abs(value), 0),
          3,
        );
      }
      await expect(subsetScores(context, { ...asked, seeds: [1, 2] }, halves)).rejects.toThrow('train more models');
    });

    it('refuses a checkpoint for what a single model cannot tell', async () => {
      const context = await setting(flat);
      const parameters = parametersOf(context.device, 1);
      for (const metric of ['forgetting', 'disagreement', 'random'] as const) {
        await expect(scoreExamples(context, plan(metric), halves, parameters)).rejects.toThrow(`got it with --metric ${metric}`);
      }
    });
  });
}

function parametersOf(device: ConstructorParameters<typeof ParameterSet>[0], seed: number): ParameterSet {
  const parameters = new ParameterSet(device, flat.parameters(10));
  parameters.initialise([seed]);
  return parameters;
}

describe('passBatch', () => {
  it('keeps the widest activation of all models within one binding', () => {
    // lavapipe: 128 MiB. 64 models of the poster CNN hold 8 planes of 28 × 28 an example.
    const limit = 2 ** 27;
    const batch = passBatch(limit, 64, 784, 5000);
    expect([batch % 4, 4 * 64 * 8 * 784 * batch <= limit, 4 * 64 * 8 * 784 * (batch + 4) > limit]).toEqual([0, true, true]);
    expect([passBatch(limit, 1, 784, 60_000), passBatch(limit, 1, 784, 30), passBatch(2 ** 16, 64, 784, 5000)]).toEqual([500, 30, 4]);
  });
});
