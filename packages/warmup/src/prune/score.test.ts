import { flatten, layer, linear, ParameterSet } from '@kindling/autograd';
import { testAdapters, testDevice } from '@kindling/device/testing';
import type { PruneMetric } from '@kindling/pruning';
import { describe, expect, it } from 'vitest';
import { type ModelSpec, posterCnn } from '../models.js';
import { PreparedData } from '../natural.js';
import { predict } from '../predict.js';
import { barsData } from '../testing/bars.js';
import { gradientNorms } from './grand.js';
import { type ScorePlan, scoreExamples } from './score.js';
import { trainSubsets } from './training.js';

const labels = barsData.train.labels;
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
      const el2n = await scoreExamples(context, plan('el2n'), labels, trained);
      const margin = await scoreExamples(context, plan('margin'), labels, trained);
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
      const both = await scoreExamples(context, plan('el2n'), labels);
      const alone = await Promise.all(
        [1, 2].map(async (seed) => (await scoreExamples(await setting(), plan('el2n', { seeds: [seed] }), labels)).scores),
      );
      both.scores.forEach((score, n) => {
        expect(score).toBe(Math.fround((alone[0]![n]! + alone[1]![n]!) / 2));
      });
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
      const ensemble = await scoreExamples(context, plan('ensemble', { seeds: [1, 2, 3] }), labels);
      expect([...ensemble.scores].every((score) => [0, 1, 2, 3].includes(score))).toBe(true);
      const disagreement = await scoreExamples(context, plan('disagreement', { seeds: [1, 2, 3] }), labels);
      expect([...disagreement.scores].every((score) => [0, 1 / 3, 2 / 3].some((share) => Math.abs(score - share) < 1e-6))).toBe(true);
      const forgetting = await scoreExamples(context, plan('forgetting', { seeds: [1] }), labels);
      expect(forgetting.facts).toMatchObject({ looks: 3, neverLearned: [...forgetting.scores].filter((s) => s === Infinity).length });
      for (const metric of ['prototypes', 'self-prototypes'] as const) {
        const { scores, facts } = await scoreExamples(context, plan(metric, { steps: 40 }), labels);
        expect(Math.min(...scores)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...scores)).toBeLessThanOrEqual(2);
        expect(facts.embedding).toBe(64);
        if (metric === 'self-prototypes') expect(facts).toMatchObject({ clusters: 10, settled: true });
      }
    });

    it('refuses a checkpoint for what a single model cannot tell', async () => {
      const context = await setting(flat);
      const parameters = parametersOf(context.device, 1);
      for (const metric of ['forgetting', 'disagreement', 'random'] as const) {
        await expect(scoreExamples(context, plan(metric), labels, parameters)).rejects.toThrow(`got it with --metric ${metric}`);
      }
    });
  });
}

function parametersOf(device: ConstructorParameters<typeof ParameterSet>[0], seed: number): ParameterSet {
  const parameters = new ParameterSet(device, flat.parameters(10));
  parameters.initialise([seed]);
  return parameters;
}
