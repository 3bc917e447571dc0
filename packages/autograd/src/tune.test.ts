import { testAdapters, testDevice } from '@kindling/device/testing';
import { expect, it } from 'vitest';
import {
  constant,
  conv2d,
  crossEntropy,
  flatten,
  layer,
  linear,
  maxPool2d,
  ParameterSet,
  relu,
  type TrainingOptions,
  TrainingStep,
  type TuneResult,
  tuneStep,
  tuningScope,
} from './index.js';

for (const kind of await testAdapters()) {
  it(`measures, verifies and applies variants on ${kind}`, { timeout: 120_000 }, async () => {
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
    // Known problems are not measured again.
    const count = results.length;
    expect(await tuneStep(device, training, { ...options, known: choices })).toEqual(choices);
    expect(results.length).toBe(count);
    // A forced naive choice is what the step then dispatches.
    const naive = Object.fromEntries(Object.keys(choices).map((key) => [key, 'naive']));
    const { step } = await TrainingStep.compile(device, { ...training, choices: naive });
    expect(step.dispatches).toContain('conv_relu_pool/forward.naive');
    expect(tuningScope(device)).toContain(device.info.name);
  });
}
