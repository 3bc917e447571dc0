import { readFileSync } from 'node:fs';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { tensorError, verifyCases } from './index.js';

const folder = new URL('../../../test/fixtures/golden/', import.meta.url);
const text = readFileSync(new URL('cases.json', folder), 'utf8');
const read = (path: string): Uint8Array => readFileSync(new URL(path, folder));

for (const kind of await testAdapters()) {
  describe(`verify on ${kind}`, () => {
    it('passes the golden folder', async () => {
      const report = await verifyCases(await testDevice(kind), text, read);
      expect(report.cases.filter(({ pass }) => !pass)).toEqual([]);
      expect(report.passed).toBe((JSON.parse(text) as { cases: unknown[] }).cases.length);
    });

    it('fails what is wrong, with its reason, and goes on', async () => {
      const file = JSON.parse(text) as {
        cases: { name: string; op: string; attrs: Record<string, unknown>; tensors: Record<string, { role: string }> }[];
      };
      const conv = file.cases.find(({ name }) => name === 'conv2d_n2c1h9w11k3r3s1p1')!;
      const variant = (change: (copy: typeof conv) => void) => {
        const copy = structuredClone(conv);
        change(copy);
        return copy;
      };
      const cases = [
        variant((c) => Object.assign(c, { op: 'conv9d' })),
        variant((c) => Object.assign(c.attrs, { dilation: 2 })),
        variant((c) => Object.assign(c.tensors.dw!, { file: 'matmul_m3k5n7/a.f32' })),
        variant((c) => Object.assign(c.attrs, { padding: 0 })),
        variant((c) => {
          for (const tensor of Object.values(c.tensors)) tensor.role = 'inputs';
        }),
        { name: 'torn' },
        variant((c) => Object.assign(c.tensors.y!, { file: 'sub/../../golden/conv2d_n2c1h9w11k3r3s1p1/y.f32' })),
        variant((c) => Object.assign(c.tensors, { z: c.tensors.y })),
        variant((c) => Object.assign(c.tensors.y!, { file: 'mse_n9/pred.f32', shape: [9] })),
        conv,
      ];
      const flipped = (path: string): Uint8Array => {
        const bytes = Uint8Array.from(read(path));
        if (path.endsWith('p1/y.f32')) bytes[3]! ^= 0x80;
        return bytes;
      };
      const device = await testDevice(kind);
      const report = await verifyCases(device, JSON.stringify({ cases }), read);
      expect(report.cases.map(({ pass }) => pass)).toEqual([...new Array(9).fill(false), true]);
      expect(report.cases[0]!.reason).toContain('op conv9d: got an unknown op');
      expect(report.cases[1]!.reason).toContain('conv2d attribute dilation: got 2');
      expect(report.cases[2]!.reason).toContain('bytes; expected 108');
      expect(report.cases[6]!.reason).toContain('expected a path below the folder');
      expect(report.cases[7]!.reason).toBe('z is nothing that this op gives');
      expect(report.cases[8]!.reason).toBe('y has 594 elements, in the case 9');
      expect(report).toMatchObject({ passed: 1, failed: 9 });
      const wrong = await verifyCases(device, JSON.stringify({ cases: [conv] }), flipped);
      expect(wrong.cases[0]).toMatchObject({ pass: false, reason: expect.stringContaining('y is off by') });
    });

    it('has a gradient of mse for the target too, and a trace without clip, schedule or total_steps', async () => {
      const f32 = (role: string, shape: number[], values: number[]) => ({ role, shape, dtype: 'f32', values });
      const mse = {
        pred: f32('inputs', [2, 2], [1, 2, 3, 4]),
        target: f32('inputs', [2, 2], [1, 0, 5, 1]),
        dy: f32('inputs', [], [2]),
        y: f32('outputs', [], [4.25]),
        dpred: f32('grads', [2, 2], [0, 2, -2, 3]),
        dtarget: f32('grads', [2, 2], [0, -2, 2, -3]),
      };
      // The first step of the golden run: its loss and norm know nothing of clip and schedule.
      const trace = (
        JSON.parse(text) as { cases: { op: string; attrs: object; tensors: Record<string, { shape: number[]; file: string }> }[] }
      ).cases.find(({ op }) => op === 'train_trace')!;
      const tensors: Record<string, object> = {};
      const files: Record<string, Uint8Array> = {};
      for (const [name, tensor] of Object.entries(trace.tensors)) {
        if (name.startsWith('final_')) continue;
        const shape = name.startsWith('init_') ? tensor.shape : [1, ...tensor.shape.slice(1)];
        const bytes = name === 'lr' ? new Uint8Array(Float32Array.of(1e-3).buffer) : read(tensor.file);
        files[name] = bytes.subarray(0, 4 * shape.reduce((a, b) => a * b, 1));
        tensors[name] = { ...tensor, shape, file: name };
      }
      for (const [name, { values }] of Object.entries(mse)) files[name] = new Uint8Array(Float32Array.from(values).buffer);
      const { model } = trace.attrs as { model?: string };
      const cases = [
        {
          name: 'mse',
          op: 'mse',
          tensors: Object.fromEntries(Object.entries(mse).map(([name, tensor]) => [name, { ...tensor, file: name }])),
        },
        { name: 'trace', op: 'train_trace', attrs: { model, schedule: 'constant', lr: 1e-3, steps: 1, batch: 8 }, tensors },
      ];
      const report = await verifyCases(await testDevice(kind), JSON.stringify({ cases }), (path) => files[path]!);
      expect(report.cases.map(({ reason }) => reason)).toEqual(['', '']);
    });
  });
}

it('measures errors against the largest value, and NaN as a failure', () => {
  expect(tensorError([1, 2], [1, 2])).toBe(0);
  expect(tensorError([1, 2.02], [1, 2])).toBeCloseTo(0.01);
  expect(tensorError([Number.NaN], [1])).toBe(Number.POSITIVE_INFINITY);
  expect(tensorError([Number.NaN], [Number.NaN])).toBe(0);
  expect(tensorError([0], [0])).toBe(0);
  expect(tensorError([1], [1, 2])).toBe(Number.POSITIVE_INFINITY);
});
