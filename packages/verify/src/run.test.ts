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
        conv,
      ];
      const flipped = (path: string): Uint8Array => {
        const bytes = Uint8Array.from(read(path));
        if (path.endsWith('p1/y.f32')) bytes[3]! ^= 0x80;
        return bytes;
      };
      const device = await testDevice(kind);
      const report = await verifyCases(device, JSON.stringify({ cases }), read);
      expect(report.cases.map(({ pass }) => pass)).toEqual([false, false, false, false, false, false, true]);
      expect(report.cases[0]!.reason).toContain('op conv9d: got an unknown op');
      expect(report.cases[1]!.reason).toContain('conv2d attribute dilation: got 2');
      expect(report.cases[2]!.reason).toContain('bytes; expected 108');
      expect(report).toMatchObject({ passed: 1, failed: 6 });
      const wrong = await verifyCases(device, JSON.stringify({ cases: [conv] }), flipped);
      expect(wrong.cases[0]).toMatchObject({ pass: false, reason: expect.stringContaining('y is off by') });
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
