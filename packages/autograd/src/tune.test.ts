import { testAdapters, testDevice } from '@kindling/device/testing';
import { expect, it } from 'vitest';
import {
  checkChoices,
  constant,
  conv2d,
  crossEntropy,
  decodeTuning,
  encodeTuning,
  flatten,
  layer,
  linear,
  maxPool2d,
  ParameterSet,
  relu,
  type TrainingOptions,
  TrainingStep,
  type TuneEntries,
  type TuneResult,
  tuneStep,
  tuningScope,
} from './index.js';

for (const kind of await testAdapters()) {
  it(`measures, verifies, remembers and applies variants on ${kind}`, { timeout: 120_000 }, async () => {
    const device = await testDevice(kind);
    const specs = {
      'conv.weight': layer([8, 1, 3, 3], [8]).weight,
      'conv.bias': layer([8, 1, 3, 3], [8]).bias,
      'fc.weight': layer([4, 128], [4]).weight,
      'fc.bias': layer([4, 128], [4]).bias,
    };
    const parameters = new ParameterSet(device, specs);
    parameters.initialise([1]);
    const training: TrainingOptions = {
      parameters,
      inputs: { x: { shape: [4, 1, 8, 8] }, labels: { shape: [4], dtype: 'u32' } },
      loss: (p, x) =>
        crossEntropy(
          linear(
            flatten(maxPool2d(relu(conv2d(x.x!, p['conv.weight']!, p['conv.bias']!, { padding: 1 })), 2)),
            p['fc.weight']!,
            p['fc.bias']!,
          ),
          x.labels!,
        ),
      optimizer: { schedule: constant(0.01), steps: 4 },
    };
    const results: TuneResult[] = [];
    const options = { sampleMs: 1, samples: 3, onResult: (result: TuneResult) => results.push(result) };
    const choices = await tuneStep(device, training, options);
    expect(results.length).toBeGreaterThan(0);
    for (const { chosen, milliseconds } of results) {
      // Every variant agreed with the readable one, and the chosen one was measured.
      expect(Object.values(milliseconds)).not.toContain(null);
      expect(milliseconds[chosen]).toBeGreaterThan(0);
    }
    // Where subgroups are missing (Deno), an op may be left with one kernel.
    if (device.traits.features.includes('subgroups'))
      expect(results.every(({ milliseconds }) => Object.keys(milliseconds).length > 1)).toBe(true);
    // Pinned and known problems are not measured again, the latter also after a way through a file.
    const count = results.length;
    expect(await tuneStep(device, training, { ...options, pinned: choices })).toEqual(choices);
    const scope = tuningScope(device);
    const entries: TuneEntries = Object.fromEntries(results.map(({ key, ...entry }) => [key, entry]));
    const known = decodeTuning(encodeTuning(scope, entries), scope, 'file');
    expect(await tuneStep(device, training, { ...options, known })).toEqual(choices);
    expect(results.length).toBe(count);
    // Where a kernel has changed since, its problem is.
    const [first] = results;
    const stale = { ...known, [first!.key]: { ...known[first!.key]!, candidates: 'of before' } };
    await tuneStep(device, training, { ...options, known: stale });
    expect(results.slice(count).map(({ key }) => key)).toEqual([first!.key]);
    // A forced naive choice is what the step then dispatches.
    const naive = Object.fromEntries(Object.keys(choices).map((key) => [key, 'naive']));
    const { step } = await TrainingStep.compile(device, { ...training, choices: naive });
    expect(step.dispatches).toContain('conv_relu_pool/forward.naive');
    expect(tuningScope(device)).toContain(device.info.name);
  });
}

it('refuses a damaged tuning, one of another adapter, and one without a time, naming the file', () => {
  const entry = { chosen: 'tile', candidates: '0', milliseconds: { tile: 1, naive: null } };
  const text = encodeTuning('GPU', { key: entry });
  expect(decodeTuning(text, 'GPU', 'a.json')).toEqual({ key: entry });
  const cases: [string, RegExp][] = [
    [text.slice(0, -9), /a\.json: .*expected JSON/],
    ['[]', /another content/],
    ['{"format":2,"scope":"GPU","problems":{}}', /format 1/],
    [encodeTuning('CPU', {}), /a tuning of CPU/],
    [encodeTuning('GPU', { key: { ...entry, chosen: 'wide' } }), /no time for the chosen variant wide in key/],
    [text.replace('"candidates": "0",', ''), /no chosen variant or no candidates in key/],
  ];
  for (const [damaged, message] of cases) expect(() => decodeTuning(damaged, 'GPU', 'a.json'), damaged).toThrow(message);
});

it('refuses choices of no op and of no variant', () => {
  checkChoices({ 'relu {} x[4]': 'naive' }, 'choices');
  expect(() => checkChoices({ 'relu {} x[4]': 'fast' }, 'choices')).toThrow(/choices\["relu .*"fast".*a variant of relu/);
  expect(() => checkChoices({ glow: 'naive' }, 'choices')).toThrow(/starts with the name of an op/);
});
