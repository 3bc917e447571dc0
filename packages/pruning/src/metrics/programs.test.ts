import type { Program } from '@kindling/core';
import type { Device } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { logitScoreProgram, logitScores } from './logit-scores.js';
import {
  forgettingProgram,
  forgettingScore,
  greedyPrograms,
  groupSumsProgram,
  ownCosineProgram,
  placeProgram,
  votesProgram,
} from './programs.js';

/** Numbers from −1 to 1 that are the same everywhere. */
const values = (count: number, salt = 1): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, i) => Math.fround((((i + 1) * 7919 * salt + 104729 * i * i) % 2003) / 1001.5 - 1));

const run = (device: Device, program: Program, data: Readonly<Record<string, ArrayBufferView>>): Record<string, GPUBuffer> => {
  const buffers = Object.fromEntries(Object.entries(data).map(([name, view]) => [name, device.upload(name, view)]));
  device.run(program, buffers);
  return buffers;
};

for (const kind of await testAdapters()) {
  describe(`metric kernels on ${kind}`, () => {
    it('place puts batches in a row and drops what lies past the end', async () => {
      const device = await testDevice(kind);
      const sizes = { n: 4, total: 10, width: 3, models: 2, batchStride: 12 };
      const program = placeProgram(sizes);
      const batches = [values(24, 1), values(24, 2), values(24, 3)];
      const rows = device.buffer('rows', 4 * 2 * 10 * 3);
      const state = device.buffer('state', 16);
      for (const own of batches) device.run(program, { batch: device.upload('batch', own), rows, state });
      const found = await device.readF32(rows);
      const expected = Array.from({ length: 60 }, (_, at) => {
        const [m, n, w] = [Math.floor(at / 30), Math.floor(at / 3) % 10, at % 3];
        return batches[Math.floor(n / 4)]![m * 12 + (n % 4) * 3 + w]!;
      });
      expect([...found]).toEqual(expected);
      expect((await device.readU32(state))[0]).toBe(3);
    });

    it('EL2N and the margin follow f64, whatever the size of the logits', async () => {
      const device = await testDevice(kind);
      const [n, classes, models] = [67, 5, 2];
      const logits = values(models * n * classes).map((value) => 40 * value);
      const labels = Uint32Array.from({ length: n }, (_, i) => i % classes);
      for (const metric of ['el2n', 'margin'] as const) {
        const scores = new Float32Array(models * n);
        const problem = { metric, n, classes, models, logitsStride: n * classes, labelsStride: 0 };
        const { scores: buffer } = run(device, logitScoreProgram(problem), { logits, labels, scores });
        const found = await device.readF32(buffer!);
        for (let m = 0; m < models; m++) {
          const expected = logitScores(metric, logits.subarray(m * n * classes, (m + 1) * n * classes), labels, classes);
          expected.forEach((score, at) => {
            expect(Math.abs(found[m * n + at]! - score)).toBeLessThan(2e-6);
          });
        }
      }
    });

    it('votes count largest logits, the first among equals, and no NaN', async () => {
      const device = await testDevice(kind);
      // Two models, three examples, three classes.
      const logits = Float32Array.of(1, 2, 0, /**/ 5, 5, 1, /**/ -9, -8, -7, /* */ 3, 2, 1, /**/ 0, 1, 1, /**/ 0, Number.NaN, 1);
      const votes = new Uint32Array(9);
      votes[8] = 4;
      const { votes: buffer } = run(device, votesProgram({ n: 3, classes: 3, models: 2 }), { logits, votes });
      expect([...(await device.readU32(buffer!))]).toEqual([1, 1, 0, 1, 1, 0, 0, 0, 5]);
    });

    it('forgetting counts right→wrong, and knows what was never right', async () => {
      const device = await testDevice(kind);
      // What four examples of class 1 are taken for at each look: 1 is right.
      const looks = [
        [1, 0, 0, 1],
        [0, 0, 1, 1],
        [1, 0, 1, 1],
        [0, 0, 0, 1],
        [0, 0, 1, 1],
      ];
      const labels = device.upload('labels', Uint32Array.of(1, 1, 1, 1));
      const events = device.buffer('events', 4 * 2 * 4);
      for (const [at, taken] of looks.entries()) {
        // The second model sees the looks from the last to the first.
        const both = [...taken, ...looks[looks.length - 1 - at]!];
        const logits = device.upload('logits', Float32Array.from(both.flatMap((c) => [c === 0 ? 1 : 0, c === 1 ? 1 : 0])));
        device.run(forgettingProgram({ n: 4, classes: 2, models: 2 }), { logits, labels, events });
      }
      const counted = [...(await device.readU32(events))].map(forgettingScore);
      // Backwards the first is 0 0 1 0 1 and the third 1 0 1 1 0.
      expect(counted).toEqual([2, Infinity, 1, 0, 1, Infinity, 2, 0]);
    });

    it('sums groups and finds cosines as f64 does', async () => {
      const device = await testDevice(kind);
      const [n, width, groups] = [300, 7, 4];
      const rows = values(n * width);
      rows.fill(0, 0, width);
      const given = Uint32Array.from({ length: n }, (_, i) => (i * 5) % 5);
      const { program, parts } = groupSumsProgram({ n, width, groups });
      const sums = new Float32Array(parts * groups * width);
      const summed = await device.readF32(run(device, program, { rows, groups: given, sums }).sums!);
      for (let c = 0; c < groups; c++) {
        for (let d = 0; d < width; d++) {
          let expected = 0;
          let found = 0;
          for (let i = 0; i < n; i++) if (given[i] === c) expected += rows[i * width + d]!;
          for (let part = 0; part < parts; part++) found += summed[(part * groups + c) * width + d]!;
          expect(Math.abs(found - expected)).toBeLessThan(1e-5);
        }
      }
      const centres = values(groups * width, 5);
      for (let c = 0; c < groups; c++) {
        const own = centres.subarray(c * width, (c + 1) * width);
        const length = Math.hypot(...own);
        for (let d = 0; d < width; d++) own[d]! /= length;
      }
      const cosine = (i: number, c: number): number => {
        const [row, centre] = [rows.subarray(i * width, (i + 1) * width), centres.subarray(c * width, (c + 1) * width)];
        const length = Math.hypot(...row);
        return length === 0 ? 0 : row.reduce((sum, value, d) => sum + value * centre[d]!, 0) / length;
      };
      const own = given.map((group) => group % groups);
      const data = { rows, centres, groups: own, cosines: new Float32Array(n) };
      const cosines = await device.readF32(run(device, ownCosineProgram({ n, width }), data).cosines!);
      for (let i = 0; i < n; i++) expect(Math.abs(cosines[i]! - cosine(i, own[i]!))).toBeLessThan(1e-6);
    });

    it.each(['k-centre', 'herding'] as const)('%s takes rows as the obvious loop does', async (metric) => {
      const device = await testDevice(kind);
      const [n, width, limit] = [150, 5, 20];
      const rows = values(n * width, 3);
      const mean = Float32Array.from({ length: width }, (_, d) => {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += rows[i * width + d]!;
        return sum / n;
      });
      const { farthest, choose, groups } = greedyPrograms({ n, width, metric, limit });
      const far = 3e38;
      const buffers = {
        rows: device.upload('rows', rows),
        mean: device.upload('mean', mean),
        aim: device.upload('aim', mean),
        gaps: device.upload('gaps', new Float32Array(n).fill(far)),
        taken: device.buffer('taken', 4 * n),
        order: device.buffer('order', 4 * limit),
        state: device.buffer('state', 16),
        best: device.buffer('best', 8 * groups),
      };
      for (let step = 0; step < limit; step++) for (const program of [farthest, choose]) device.run(program, buffers);
      const row = (i: number): number[] => [...rows.subarray(i * width, (i + 1) * width)];
      const distance = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, d) => sum + (value - b[d]!) ** 2, 0);
      const order: number[] = [];
      for (let step = 0; step < limit; step++) {
        const open = Array.from({ length: n }, (_, i) => i).filter((i) => !order.includes(i));
        // Herding by its definition: the mean of what is taken, with the candidate, is nearest to the mean of all.
        const error = (i: number): number =>
          distance(
            [...mean].map((_, d) => [...order, i].reduce((sum, own) => sum + row(own)[d]!, 0) / (step + 1)),
            [...mean],
          );
        const gap = (i: number): number =>
          metric === 'herding' ? -error(i) : Math.min(...[[...mean], ...order.map(row)].map((centre) => distance(row(i), centre)));
        order.push(open.reduce((best, i) => (gap(i) > gap(best) ? i : best)));
      }
      expect([...(await device.readU32(buffers.order))]).toEqual(order);
    });
  });
}
