import { conv2d, flatten, globalAvgPool, layer, linear, relu, type Tensor, topk } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { posterCnn } from './models.js';
import { PreparedData } from './natural.js';
import { parseRunRecipe } from './recipe.js';
import { tuneTrial } from './training.js';
import { runTrial } from './trial.js';
import { makeModel } from './user-model.js';

type Params = Record<string, Tensor>;
type Input = { channels: number; height: number; width: number };

/** Two bars apart, three classes, on images that are neither square nor divisible by four. */
function bars(channels: number, height: number, width: number): NaturalData {
  const half = (count: number) => {
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
    const images = new Uint8Array(count * channels * height * width).map((_, at) => {
      const item = Math.floor(at / (channels * height * width));
      const column = at % width;
      return Math.floor((3 * column) / width) === item % 3 ? 220 + (at % 31) : (item * 7 + at * 13) % 60;
    });
    return { count, images, labels };
  };
  return { name: 'bars', channels, height, width, classes: 3, train: half(60), test: half(30) };
}

const small = ({ channels }: Input) => ({
  name: 'small',
  parameters: (outputs: number) => ({ conv: layer([4, channels, 3, 3], [4]), fc: layer([outputs, 4], [outputs]) }),
  forward: (p: Params, { x }: Params) =>
    linear(globalAvgPool(relu(conv2d(x!, p['conv.weight']!, p['conv.bias']!))), p['fc.weight']!, p['fc.bias']!),
});
/** Keeps the columns apart, so that it can learn where a bar is. */
const wide = ({ channels, height, width }: Input) => ({
  name: 'wide',
  head: 'fc',
  parameters: (outputs: number) => ({ hidden: layer([16, channels * height * width], [16]), fc: layer([outputs, 16], [outputs]) }),
  forward: (p: Params, { x }: Params) =>
    linear(relu(linear(flatten(x!), p['hidden.weight']!, p['hidden.bias']!)), p['fc.weight']!, p['fc.bias']!),
});
const facts = { channels: 3, height: 9, width: 14, classes: 3 };

describe('makeModel', () => {
  it('takes a module’s model, layers written short, and leaves it as it is', () => {
    const model = makeModel(small, facts);
    expect(model).toMatchObject({ name: 'small', input: { channels: 3, height: 9, width: 14 } });
    expect(Object.fromEntries(Object.entries(model.parameters(5)).map(([name, { shape }]) => [name, shape]))).toEqual({
      'conv.weight': [4, 3, 3, 3],
      'conv.bias': [4],
      'fc.weight': [5, 4],
      'fc.bias': [5],
    });
  });

  const change = (fields: object) => (input: Input) => ({ ...small(input), ...fields });
  const forward = (work: (p: Params, x: Tensor) => unknown) => change({ forward: (p: Params, { x }: Params) => work(p, x!) });
  const parameters = (value: unknown) => change({ parameters: () => value });
  it.each<[string, unknown, RegExp]>([
    ['no function', { name: 'x' }, /^m: default export: got an object with name; expected a function \(\{ channels, height, width \}\)/],
    ['nothing', undefined, /^m: default export: got undefined;/],
    ['a promise', async () => ({}), /returns a promise/],
    ['a factory that throws', () => Object.assign(null as never), /^m: default export.*got TypeError/],
    ['no name', change({ name: undefined }), /^m: name: got undefined;/],
    ['a name with a slash', change({ name: 'a/b' }), /^m: name: got "a\/b"/],
    ['a built-in name', change({ name: 'poster-cnn' }), /^m: name: got poster-cnn;/],
    ['no parameters', change({ parameters: {} }), /^m: parameters: got an object with no field; expected a function/],
    ['no forward', change({ forward: 3 }), /^m: forward: got 3;/],
    ['an unknown head', change({ head: 'fc9' }), /^m: head: got "fc9"; expected .*conv.weight, conv.bias, fc.weight, fc.bias/],
    ['an empty set', parameters({}), /^m: parameters: got none;/],
    ['a bare number', parameters({ w: 3 }), /^m: parameter w: got 3;/],
    ['a bad shape', parameters({ w: { shape: [3, 0.5], bound: 1 } }), /^m: parameter w: got shape \[3,0.5\];/],
    ['a bad bound', parameters({ w: { shape: [3], bound: Number.NaN } }), /^m: parameter w: got bound null;/],
    ['a name that files cannot hold', parameters({ 'a/b': { shape: [3], bound: 1 } }), /^m: parameter a\/b: got this name;/],
    ['a name of the optimizer', parameters({ 'w.exp_avg': { shape: [3], bound: 1 } }), /^m: parameter w.exp_avg: got this name;/],
    [
      'a mistyped parameter',
      forward((p, x) => linear(flatten(x), p['fc.wieght']!)),
      /^m: parameter fc.wieght: got a name that .*conv.weight, conv.bias/,
    ],
    ['wrong shapes', forward((p, x) => linear(x, p['fc.weight']!)), /^m: linear \(created at .*user-model\.test\.ts:\d+:\d+\): got/],
    [
      'an exception',
      forward(() => (undefined as unknown as Tensor).shape),
      /^m: forward \(created at .*user-model\.test\.ts:\d+:\d+\): got TypeError: Cannot read/,
    ],
    ['no result', forward(() => undefined), /^m: forward: got undefined; expected logits \[N, outputs\], here \[3, 3\]/],
    ['a promise of logits', forward(async (_, x) => x), /^m: forward: got a promise;/],
    [
      'the wrong head',
      forward((p, x) => globalAvgPool(conv2d(x, p['conv.weight']!))),
      /^m: forward: got \[3, 4\]; expected logits \[N, outputs\], here \[3, 3\]/,
    ],
    [
      'a head of fixed size',
      change({ parameters: () => ({ conv: layer([4, 3, 3, 3], [4]), fc: layer([3, 4], [3]) }) }),
      /^m: forward: got \[3, 3\]; expected logits \[N, outputs\], here \[3, 1\]/,
    ],
    ['a batch of fixed size', forward((p, x) => linear(x.graph.reshape(x, [64, 378]), p['fc.weight']!)), /^m: reshape .*\[64, 378\]/],
    [
      'an unused parameter',
      forward((p, x) => linear(globalAvgPool(conv2d(x, p['conv.weight']!)), p['fc.weight']!, p['fc.bias']!)),
      /^m: parameter conv.bias: got no path to the loss;.*leave it out/,
    ],
    [
      'labels in place of logits',
      forward(
        (p, x) => topk(linear(globalAvgPool(conv2d(x, p['conv.weight']!, p['conv.bias']!)), p['fc.weight']!, p['fc.bias']!), 1).index,
      ),
      /^m: forward: got \[3, 1\]; expected logits|^m: forward: got \[3, 1\] u32; expected logits/,
    ],
  ])('refuses %s', (_, factory, message) => {
    const refused = () => makeModel(factory, facts, 'm');
    expect(refused).toThrow(InputError);
    expect(refused).toThrow(message);
  });
});

describe.each(await testAdapters())('models on %s', { timeout: 240_000 }, (kind) => {
  const run = async (data: NaturalData, recipe: object, factory?: unknown) => {
    const device = await testDevice(kind);
    const prepared = new PreparedData(device, data);
    const model = factory ? makeModel(factory, prepared.facts) : undefined;
    const parsed = parseRunRecipe({ steps: 40, batch: 8, ...recipe, ...(model ? { model: model.name } : {}) });
    const result = await runTrial({ device, data: prepared, onEvent: () => {}, ...(model ? { model } : {}) }, parsed);
    const parameters = await result.parameters.read();
    result.parameters.destroy();
    prepared.destroy();
    return { result, parameters };
  };

  it.each([
    [1, 9, 14],
    [3, 22, 31],
    [2, 4, 5],
  ])('the poster’s CNN trains on images of %i×%i×%i', async (channels, height, width) => {
    const { result } = await run(bars(channels, height, width), { p: 0, steps: 30 });
    expect(result.testLoss).toBeGreaterThan(0);
    expect(result.testLoss).toBeLessThan(1.2);
  });

  it('and refuses smaller ones', () => {
    expect(() => posterCnn(1, 28, 3)).toThrow(/poster-cnn: got images of 1×28×3; expected at least 4 rows and columns/);
  });

  it('a model of the user’s runs every kind of warm-up, learns, and gives the same bits twice', async () => {
    const data = bars(1, 9, 14);
    const { result, parameters } = await run(data, { experiment: 'count', arm: 'standardised', p: 0.25, steps: 400 }, wide);
    expect(result.accuracy).toBeGreaterThan(0.6);
    expect(result.warmup).toMatchObject({ hostBytesPerStep: 0 });
    expect((await run(data, { experiment: 'count', arm: 'standardised', p: 0.25, steps: 400 }, wide)).parameters).toEqual(parameters);
    for (const experiment of ['augment', 'family:gratings']) {
      expect((await run(data, { experiment, p: 0.5 }, wide)).result.model.name).toBe('wide');
    }
  });

  it('a named head starts fresh where the family’s head has the same shape; without a name it moves', async () => {
    const data = bars(1, 9, 14);
    const recipe = { experiment: 'family:gratings', generator: { label: { kind: 'class', classes: 3 } }, p: 1, steps: 6 };
    const { head: _, ...rest } = wide(facts);
    const nameless = (input: Input) => ({ ...rest, ...wide(input), head: undefined });
    const [fresh, moved, plain] = [
      await run(data, recipe, wide),
      await run(data, recipe, nameless),
      await run(data, { ...recipe, p: 0, steps: 1 }, wide),
    ];
    expect(fresh.parameters['hidden.weight']).toEqual(moved.parameters['hidden.weight']);
    expect(fresh.parameters['fc.weight']).not.toEqual(moved.parameters['fc.weight']);
    // One Adam step of 3e-4 away from the initial head, while the moved one has gone further.
    const distance = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
    expect(distance(fresh.parameters['fc.weight']!, plain.parameters['fc.weight']!)).toBeLessThan(3.1e-4);
  });

  it('must be the model that the recipe names, and made for the data', async () => {
    const device = await testDevice(kind);
    const prepared = new PreparedData(device, bars(1, 9, 14));
    const go = (name: string, model?: ReturnType<typeof makeModel>) =>
      runTrial({ device, data: prepared, onEvent: () => {}, ...(model ? { model } : {}) }, parseRunRecipe({ model: name }));
    await expect(go('wide')).rejects.toThrow(
      /recipe.model: got wide, and no module; expected poster-cnn, small-cnn, resnet-small, resnet-18, or a module of yours/,
    );
    await expect(go('other', makeModel(wide, prepared.facts))).rejects.toThrow(
      /got other on images of 1×9×14, and the model wide for 1×9×14/,
    );
    await expect(go('wide', makeModel(wide, facts))).rejects.toThrow(/got wide on images of 1×9×14, and the model wide for 3×9×14/);
    prepared.destroy();
  });

  it('is what a tuner tunes', async () => {
    const device = await testDevice(kind);
    const prepared = new PreparedData(device, bars(1, 9, 14));
    const model = makeModel(small, prepared.facts);
    const choices = await tuneTrial(device, prepared.facts, parseRunRecipe({ model: 'small', p: 0, batch: 4 }), {
      model,
      sampleMs: 1,
      samples: 1,
    });
    expect(Object.keys(choices).join()).toMatch(/conv2d/);
    expect(Object.keys(choices).join()).not.toMatch(/conv_relu_pool/);
    prepared.destroy();
  });
});
