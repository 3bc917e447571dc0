import { sample } from '@kindling/datagen';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { runAdaptive } from './adaptive/run.js';
import { firstOfClass, PreparedData } from './natural.js';
import { parseRunRecipe } from './recipe.js';
import { barsData } from './testing/bars.js';
import { runTrial, type TrialContext, type TrialLook } from './trial.js';

describe.each(await testAdapters())('looks between blocks on %s', (kind) => {
  const trial = async (fields: object, context: Pick<TrialContext, 'between' | 'blockSteps'> = {}) => {
    const device = await testDevice(kind);
    const data = new PreparedData(device, barsData);
    const recipe = parseRunRecipe({ batch: 4, seed: 5, ...fields });
    const blocks: number[] = [];
    const result = await runTrial(
      { device, data, ...context, onEvent: (event) => event.type === 'train' && blocks.push(event.losses.length) },
      recipe,
    );
    const parameters = await result.parameters.read();
    result.parameters.destroy();
    data.destroy();
    return { parameters, result, blocks };
  };

  it('sees every block with the batch that it ended on, and changes neither bits nor counts', async () => {
    const device = await testDevice(kind);
    const fields = { arm: 'standardised', p: 0.5, steps: 14 };
    const looks: Omit<TrialLook, 'images'>[] = [];
    let shown: Float32Array | undefined;
    const watched = await trial(fields, {
      blockSteps: () => 3.7,
      between: async ({ images, ...look }) => {
        looks.push(look);
        if (look.step === 6) shown = await device.readF32(images()!, 0, 4 * 784);
      },
    });
    const plain = await trial(fields);
    expect(watched.parameters).toEqual(plain.parameters);
    expect(watched.blocks).toEqual([3, 3, 1, 3, 3, 1]);
    expect(plain.blocks).toEqual([7, 7]);
    expect(looks.map(({ phase, step, steps }) => [phase, step, steps])).toEqual([
      ['warmup', 3, 3],
      ['warmup', 6, 3],
      ['warmup', 7, 1],
      ['natural', 10, 3],
      ['natural', 13, 3],
      ['natural', 14, 1],
    ]);
    for (const { traffic, steps } of looks) expect(traffic).toMatchObject({ hostToGpuBytes: 0, submits: 1, dispatches: 10 * steps });
    expect(watched.result.warmup).toEqual({ ...plain.result.warmup, submitsPerStep: 3 / 7 });
    // Step 5, counted from 0, is the last of the second block.
    const generator = { family: 'count', label: { kind: 'standardised' } } as const;
    for (let i = 0; i < 4; i++) expect([...shown!.subarray(784 * i, 784 * (i + 1))]).toEqual([...sample(generator, 5, 5, i).image]);
  });

  it.each(['published', 'random'])('moves the images of Experiment 1 once more for whoever looks, in arm %s', async (arm) => {
    const device = await testDevice(kind);
    const fields = { experiment: 'augment', arm, p: 1, steps: 8 };
    const pictures: Float32Array[] = [];
    const between = async ({ images }: TrialLook) => {
      pictures.push(await device.readF32(images()!, 0, 4 * 784));
    };
    const watched = await trial(fields, { blockSteps: () => 1, between });
    const plain = await trial(fields);
    expect(watched.parameters).toEqual(plain.parameters);
    expect(watched.result.warmup!.dispatchesPerStep).toBe(plain.result.warmup!.dispatchesPerStep);
    const base = firstOfClass(barsData);
    const distance = (picture: Float32Array, i: number): number =>
      Math.min(
        ...Array.from({ length: 10 }, (_, c) =>
          Math.max(...picture.subarray(784 * i, 784 * (i + 1)).map((value, p) => Math.abs(value - base[784 * c + p]!))),
        ),
      );
    for (let i = 0; i < 4; i++) {
      // The reach begins at 0: nothing is moved yet; then everything is.
      expect(distance(pictures[0]!, i)).toBeLessThan(1e-5);
      expect(distance(pictures.at(-1)!, i)).toBeGreaterThan(0.1);
    }
  });

  it('reads an epoch of the adaptive experiment as its result has it', async () => {
    const device = await testDevice(kind);
    const options = { arm: 'adaptive', epochs: 2, seeds: [1], batches: 2, batch: 4, trainPerClass: 20, validationPerClass: 10 } as const;
    const seen: unknown[] = [];
    const [result] = await runAdaptive(device, barsData, {
      ...options,
      between: async ({ epoch, traffic, read }) => {
        expect(traffic).toMatchObject({ hostToGpuBytes: 0, gpuToHostBytes: 0, submits: 2 });
        seen.push(...(await read(epoch - 1)));
      },
    });
    result!.parameters.destroy();
    expect(seen).toEqual(result!.epochs);
    const [plain] = await runAdaptive(device, barsData, options);
    plain!.parameters.destroy();
    expect(plain!.epochs).toEqual(result!.epochs);
    expect(plain!.epochs[0]!.losses.length).toBe(2);
  });
});
