import { constant, crossEntropy, type InputSpec, ParameterSet, TrainingStep } from '@kindling/autograd';
import type { RecipeInput } from '@kindling/datagen';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { posterCnn, smallCnn } from '../models.js';
import { firstOfClass } from '../natural.js';
import { predict } from '../predict.js';
import { bars, barsData } from '../testing/bars.js';
import { limitGenerator } from './recipe.js';
import { type LimitOptions, runLimit } from './run.js';
import { readHalf } from './score.js';

const { train: _, test, ...facts } = barsData;
const STROKES = { family: 'strokes' } as const;
/** Moves that leave a bar where it is. */
const STILL = { rotation: [0, 0], scale: [1, 1], shear: [0, 0], translate: [0, 0] } satisfies Record<string, [number, number]>;
const natural = { hash: '00000000', share: 0.25 };

describe('limitGenerator', () => {
  const mnist = { ...facts, name: 'mnist' };

  it('is the matched generator where nothing else is asked for', () => {
    expect(limitGenerator({}, mnist)).toMatchObject({ family: 'strokes', image: { channels: 1, height: 28, width: 28 } });
    expect(limitGenerator({}, { ...mnist, name: 'fashion-mnist' })).toMatchObject({ family: 'garments' });
    expect(() => limitGenerator({}, facts)).toThrow(/--generator: got none, with the data set bars/);
  });

  it('moves the natural images as goes with the matched generator, another one as the family does', () => {
    const shearOf = (recipe: ReturnType<typeof limitGenerator>): unknown =>
      recipe.family === 'mixture' ? recipe.parts.map(({ recipe: part }) => 'shear' in part.params && part.params.shear).at(-1) : undefined;
    expect(shearOf(limitGenerator({ natural }, mnist))).toEqual([-0.35, 0.35]);
    expect(shearOf(limitGenerator({ generator: STROKES, natural }, mnist))).toEqual([-0.2, 0.2]);
    expect(shearOf(limitGenerator({ natural: { ...natural, moves: {} } }, mnist))).toEqual([-0.2, 0.2]);
  });

  it('mixes the moved natural images in by their share, posts over all', () => {
    const generator: RecipeInput = {
      family: 'mixture',
      label: { kind: 'own' },
      parts: [
        { weight: 2, recipe: { family: 'strokes' } },
        { weight: 1, recipe: { family: 'garments' } },
      ],
      post: [{ kind: 'noise' }],
    };
    const mixed = limitGenerator({ generator, natural: { ...natural, moves: { shear: [-0.4, 0.4] } } }, facts);
    expect(mixed).toMatchObject({
      family: 'mixture',
      label: { kind: 'own' },
      post: [{ kind: 'noise' }],
      parts: [
        { weight: 0.5, recipe: { family: 'strokes' } },
        { weight: 0.25, recipe: { family: 'garments' } },
        {
          weight: 0.25,
          recipe: { family: 'augment', params: { base: { external: { classes: 10, hash: '00000000' } }, shear: [-0.4, 0.4] } },
        },
      ],
    });
    expect(limitGenerator({ natural: { ...natural, share: 1 } }, mnist)).toMatchObject({ family: 'augment' });
  });

  it('refuses labels that are not the natural classes', () => {
    expect(() => limitGenerator({ generator: { family: 'count' } }, facts)).toThrow(/got labels that are no classes/);
    expect(() => limitGenerator({}, { ...mnist, classes: 7 })).toThrow(/got 10 classes; expected the 7 classes/);
  });
});

for (const kind of await testAdapters()) {
  describe(`runLimit on ${kind}`, () => {
    const run = async (options: Partial<LimitOptions> = {}) =>
      runLimit(await testDevice(kind), {
        facts,
        generator: limitGenerator({ generator: STROKES }, facts),
        model: 'small-cnn',
        steps: 12,
        batch: 4,
        learningRate: 1e-3,
        seeds: [1, 2],
        read: test,
        ...options,
      });

    it('uploads nothing of the natural data while it trains, and each seed ends as it does alone', async () => {
      const [both, [alone]] = [await run(), await run({ seeds: [2] })];
      expect(both.map(({ seed }) => seed)).toEqual([1, 2]);
      for (const { ledger, time, trainLoss } of both) {
        expect(ledger).toMatchObject({ natural: 0, training: 0 });
        expect(Object.values(time).every(Number.isFinite)).toBe(true);
        expect(trainLoss).toBeGreaterThan(0);
      }
      const { accuracy, testLoss, confusion, misread } = alone!;
      expect(both[1]).toMatchObject({ accuracy, testLoss, confusion, misread });
    });

    it('learns bars from ten of them, which are all the natural images that cross', async () => {
      const generator = limitGenerator({ generator: STROKES, natural: { ...natural, share: 1, moves: STILL } }, facts);
      const base = firstOfClass(barsData);
      const moved = { generator, base, steps: 100, batch: 16, learningRate: 3e-3, model: 'poster-cnn', seeds: [1] };
      const [result] = await run(moved);
      expect(result!.accuracy).toBeGreaterThan(0.6);
      expect(result!.ledger).toMatchObject({ natural: 10 * 784 * 4, training: 0 });
      // A run on ten drawn digits instead uploads as much, but for uniforms that it finds made: not one more natural image crosses.
      const plain = limitGenerator({ generator: { family: 'augment', params: STILL } }, facts);
      const [without] = await run({ ...moved, generator: plain, base: undefined });
      expect(Math.abs(result!.ledger.setup - without!.ledger.setup)).toBeLessThan(784 * 4);
      expect(without!.accuracy).toBeLessThan(0.4);
    });

    it('refuses images that the generator does not read, and a generator without its images', async () => {
      await expect(run({ base: firstOfClass(barsData) })).rejects.toThrow(/base: got images; expected none/);
      const generator = limitGenerator({ generator: STROKES, natural: { ...natural, share: 1 } }, facts);
      await expect(run({ generator })).rejects.toThrow(/base: got none; expected the images/);
    });

    it('stops where it is told to', async () => {
      const controller = new AbortController();
      const onProgress = (): void => controller.abort();
      await expect(run({ steps: 40, signal: controller.signal, onProgress })).rejects.toMatchObject({ exitCode: 130 });
    });
  });

  describe(`readHalf on ${kind}`, () => {
    it('agrees with predict on every image, also in a last batch that is not full', async () => {
      const device = await testDevice(kind);
      const model = posterCnn();
      const parameters = new ParameterSet(device, model.parameters(10), 2);
      parameters.initialise([3, 4]);
      // More than one batch of 500, so that the last one is short.
      const half = bars(507, 5);
      const readings = await readHalf(device, model, parameters, half);
      const alone = new ParameterSet(device, model.parameters(10));
      alone.initialise([4]);
      const shown = [0, 1, 499, 500, 506];
      const images = shown.map((i) => Float32Array.from(half.images.subarray(784 * i, 784 * (i + 1)), (value) => value / 255));
      const probabilities = await predict(device, model, alone, images);
      const { confusion, misread, accuracy } = readings[1]!;
      shown.forEach((index, i) => {
        const own = probabilities[i]!;
        const predicted = own.indexOf(Math.max(...own));
        const found = misread.find((item) => item.index === index);
        if (predicted === half.labels[index]) expect(found).toBeUndefined();
        else expect(found).toEqual({ index, label: half.labels[index], predicted, confidence: expect.closeTo(own[predicted]!, 5) });
      });
      expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(507);
      expect(accuracy).toBe(confusion.reduce((sum, row, c) => sum + row[c]!, 0) / 507);
      expect(misread.length).toBe(507 - Math.round(507 * accuracy));
      expect(readings[0]).not.toEqual(readings[1]);
      for (const owner of [parameters, alone]) owner.destroy();
    });

    it('drops features of small-cnn only in a step that has seeds', async () => {
      const device = await testDevice(kind);
      const model = smallCnn();
      const parameters = new ParameterSet(device, model.parameters(10));
      expect(parameters.count).toBe(206_922);
      const dropsWith = async (more: Record<string, InputSpec>): Promise<boolean> => {
        const { step } = await TrainingStep.compile(device, {
          parameters,
          inputs: { x: { shape: [2, 1, 28, 28] }, labels: { shape: [2], dtype: 'u32' }, ...more },
          loss: (p, x) => crossEntropy(model.forward(p, x), x.labels!),
          optimizer: { schedule: constant(1e-3), steps: 1 },
        });
        const names = step.dispatches;
        step.destroy();
        return names.some((name) => name.startsWith('dropout/'));
      };
      expect(await dropsWith({ seeds: { shape: [1], dtype: 'u32' } })).toBe(true);
      expect(await dropsWith({})).toBe(false);
      parameters.destroy();
    });
  });
}
