import { existsSync, readFileSync } from 'node:fs';
import { crossEntropy, oneCycle, ParameterSet, TrainingStep } from '@kindling/autograd';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { posterCnn } from '@kindling/warmup';
import { describe, expect, it } from 'vitest';

const folder = new URL('../fixtures/golden/', import.meta.url);
interface Case {
  name: string;
  op: string;
  attrs: Record<string, number>;
  tensors: Record<string, { shape: number[]; file: string; dtype: string }>;
}

const cases = (JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as { cases: Case[] }).cases;
const trace = cases.find((entry) => entry.op === 'train_trace')!;
const load = (name: string): Float32Array => {
  const bytes = readFileSync(new URL(trace.tensors[name]!.file, folder));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const layers = { c1: 'conv1', c2: 'conv2', f1: 'fc1', f2: 'fc2' } as const;
const error = (got: ArrayLike<number>, want: Float32Array): number => {
  const scale = Math.max(...want.map(Math.abs), 1e-6);
  return Math.max(...want.map((value, i) => Math.abs(got[i]! - value))) / scale;
};

/**
 * Ten steps of the poster CNN by PyTorch in float64: Adam, OneCycle, clip 1.0. Tolerance 1e-3 as in the format's README: Adam divides by √v,
 * so that where a gradient is near zero its rounding error decides the sign of an lr-sized update; measured errors are far smaller.
 */
const TOLERANCE = 1e-3;

describe('golden training trace', async () => {
  it('has its fixture', () => expect(existsSync(new URL('cases.json', folder))).toBe(true));
  for (const kind of await testAdapters()) {
    it(`reproduces losses, gradient norms, learning rates and final parameters on ${kind}`, async () => {
      const device = await testDevice(kind);
      const { batch, steps, total_steps: totalSteps } = trace.attrs as { batch: number; steps: number; total_steps: number };
      const model = posterCnn();
      const parameters = new ParameterSet(device, model.parameters(10));
      for (const [short, name] of Object.entries(layers))
        for (const part of ['weight', 'bias']) parameters.set(`${name}.${part}`, load(`init_${short}_${part}`));
      const { step } = await TrainingStep.compile(device, {
        parameters,
        inputs: { x: { shape: [batch, 1, 28, 28] }, labels: { shape: [batch], dtype: 'u32' } },
        loss: (p, x) => crossEntropy(model.forward(p, x), x.labels!),
        optimizer: { schedule: oneCycle({ maxLr: trace.attrs.max_lr!, totalSteps }), steps: totalSteps, clip: trace.attrs.clip_grad_norm },
      });
      const x = load('x');
      const labels = new Uint32Array(load('labels').buffer);
      for (let t = 0; t < steps; t++) {
        device.write(step.inputs.x!, x.subarray(t * batch * 784, (t + 1) * batch * 784));
        device.write(step.inputs.labels!, labels.subarray(t * batch, (t + 1) * batch));
        step.run(1);
      }
      const records = await step.read(0, steps);
      const final = await parameters.read();
      const errors: Record<string, number> = {
        loss: error(
          records.map((record) => record.loss),
          load('loss'),
        ),
        grad_norm: error(
          records.map((record) => record.gradNorm!),
          load('grad_norm'),
        ),
        lr: error(
          records.map((record) => record.lr),
          load('lr'),
        ),
      };
      for (const [short, name] of Object.entries(layers))
        for (const part of ['weight', 'bias']) errors[`${name}.${part}`] = error(final[`${name}.${part}`]!, load(`final_${short}_${part}`));
      console.log(kind, step.dispatches.length, JSON.stringify(errors));
      for (const [name, value] of Object.entries(errors)) expect(value, name).toBeLessThanOrEqual(TOLERANCE);
    });
  }
});
