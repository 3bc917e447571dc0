import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { integers, uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const problem = (n: number, i: number, o: number, kind: string, smoothing = 0) => ({
  shapes: { x: [n, i], w: [o, i], b: [o], labels: kind === 'mse' ? [n, o] : [n] },
  attrs: { kind, label_smoothing: smoothing },
});

describe('linear_loss', () => {
  it('matches the reference and its differences', () =>
    checkOp('linear_loss', {
      always: [
        problem(9, 7, 10, 'softmax_cross_entropy'),
        problem(5, 3, 64, 'softmax_cross_entropy'),
        problem(6, 33, 3, 'mse'),
        problem(5, 6, 7, 'softmax_cross_entropy', 0.1),
      ],
      problems: fc
        .tuple(
          fc.constantFrom(1, 3, 4, 13),
          fc.constantFrom(1, 5, 16),
          fc.constantFrom(1, 2, 10),
          fc.constantFrom('softmax_cross_entropy', 'mse'),
        )
        .map((sizes) => problem(...sizes)),
      draw: (name, { shapes, attrs }, random) =>
        name === 'labels' && attrs!.kind !== 'mse' ? integers(shapes.labels!, random, shapes.w![0]!) : uniform(shapes[name]!, random),
      // The op is made only where the loss is the mean of its rows.
      dy: ([n]) => new Float32Array(n!).fill(1 / n!),
    }));

  it('refuses empty and clashing shapes, and more outputs than it can hold', () => {
    const { shapes, attrs } = problem(2, 3, 4, 'softmax_cross_entropy');
    expectZeroSizesRefused('linear_loss', shapes, attrs);
    expectRefusal('linear_loss', { ...shapes, w: [4, 2] }, attrs, 'w');
    expectRefusal('linear_loss', { ...shapes, b: [3] }, attrs, 'b');
    expectRefusal('linear_loss', { ...shapes, labels: [2, 4] }, attrs, 'labels');
    expectRefusal('linear_loss', shapes, { ...attrs, kind: 'mse' }, 'labels');
    expectRefusal('linear_loss', shapes, { ...attrs, label_smoothing: 2 }, 'label_smoothing');
    expectRefusal('linear_loss', { ...shapes, w: [65, 3], b: [65] }, attrs, 'outputs');
  });

  it.each(kinds)('masks dx where x came out of a ReLU as 0, and nothing else, on %s', async (kind) => {
    const inputs = {
      x: { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 0, Number.NaN) },
      w: { shape: [1, 3], data: Float32Array.of(1, 2, 3) },
      b: { shape: [1], data: Float32Array.of(0) },
      labels: { shape: [2, 1], data: Float32Array.of(0, 0) },
    };
    const run = async (relu_input: boolean) =>
      runOp(await testDevice(kind), 'linear_loss', { inputs, attrs: { kind: 'mse', label_smoothing: 0, relu_input } });
    const [plain, masked] = [await run(false), await run(true)];
    // z = 8, so dz = 8 in the first row; the second row is NaN, which no mask hides where x is not 0.
    expect([...plain.dx!.data]).toEqual([8, 16, 24, Number.NaN, Number.NaN, Number.NaN]);
    expect([...masked.dx!.data]).toEqual([0, 16, 24, Number.NaN, 0, Number.NaN]);
    expect([masked.dw!.data, masked.db!.data, masked.rows!.data]).toEqual([plain.dw!.data, plain.db!.data, plain.rows!.data]);
  });

  it.each(kinds)('stays finite for logits of ±1e4 and turns a label out of range into NaN, as the unfused loss, on %s', async (kind) => {
    const inputs = {
      x: { shape: [3, 1], data: Float32Array.of(1, -1, 1) },
      w: { shape: [2, 1], data: Float32Array.of(1e4, -1e4) },
      b: { shape: [2], data: Float32Array.of(0, 0) },
      labels: { shape: [3], data: Uint32Array.of(0, 0, 2) },
    };
    const { rows, dx } = await runOp(await testDevice(kind), 'linear_loss', {
      inputs,
      attrs: { kind: 'softmax_cross_entropy', label_smoothing: 0 },
    });
    expect([...rows!.data]).toEqual([0, 2e4, Number.NaN]);
    expect([...dx!.data].map(Number.isNaN)).toEqual([false, false, true]);
  });
});
