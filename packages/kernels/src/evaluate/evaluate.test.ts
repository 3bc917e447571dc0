import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { softmaxCrossEntropyReference } from '../softmax-cross-entropy/reference.js';
import { compare } from '../testing/compare.js';
import { generator, integers, uniform } from '../testing/draw.js';
import { Guarded } from '../testing/guarded.js';
import { toleranceOf } from '../testing/tolerance.js';
import { scoreProgram } from './descriptor.js';

const kinds = await testAdapters();

describe.each(kinds)('evaluate on %s', (kind) => {
  it('appends batch after batch for every model, counts them, and drops the rows past the end', async () => {
    const [n, o, total, models, batches] = [70, 7, 165, 2, 3];
    const device = await testDevice(kind);
    const random = generator('evaluate');
    // Labels are shared by the models; the last batch has only 25 rows left.
    const program = scoreProgram({ n, o, total, models, logitsStride: n * o, labelsStride: 0 });
    const logits = Array.from({ length: batches }, () => uniform([models, n, o], random, 3));
    const labels = Array.from({ length: batches }, () => integers([n], random, o));
    const state = new Guarded(device, 'state', Uint32Array.of(0, 0));
    const rows = new Guarded(device, 'rows', models * total * 2);
    for (let batch = 0; batch < batches; batch++) {
      const given = {
        logits: new Guarded(device, 'logits', logits[batch]!),
        labels: new Guarded(device, 'labels', labels[batch]!),
        rows,
        state,
      };
      device.run(program, Object.fromEntries(Object.entries(given).map(([name, buffer]) => [name, buffer.resource])));
      expect([...(await state.bits())]).toEqual([batch + 1, 0]);
    }
    const found = await rows.floats();
    for (let model = 0; model < models; model++) {
      const losses: number[] = [];
      const hits: number[] = [];
      for (let batch = 0; batch < batches; batch++) {
        const data = Float64Array.from(logits[batch]!.subarray(model * n * o, (model + 1) * n * o));
        const inputs = { logits: { shape: [n, o], data }, labels: { shape: [n], data: Float64Array.from(labels[batch]!) } };
        losses.push(...softmaxCrossEntropyReference({ inputs, attrs: {} }).rows!);
        for (let row = 0; row < n; row++) {
          const z = [...data.subarray(row * o, (row + 1) * o)];
          hits.push(z.indexOf(Math.max(...z)) === labels[batch]![row] ? 1 : 0);
        }
      }
      const own = found.subarray(model * total * 2, (model + 1) * total * 2);
      const tolerance = toleranceOf('softmax_cross_entropy');
      compare(
        `evaluate on ${kind}: losses of model ${model}`,
        own.filter((_, i) => i % 2 === 0),
        losses.slice(0, total),
        [total],
        tolerance,
      );
      expect([...own.filter((_, i) => i % 2 === 1)]).toEqual(hits.slice(0, total));
    }
  });

  it('gives NaN, and no hit, for NaN logits and labels out of range', async () => {
    const device = await testDevice(kind);
    const program = scoreProgram({ n: 3, o: 2, total: 3, models: 1, logitsStride: 0, labelsStride: 0 });
    const rows = new Guarded(device, 'rows', 6);
    const given = {
      logits: new Guarded(device, 'logits', Float32Array.of(0, Number.NaN, 1e4, -1e4, 0, 1)),
      labels: new Guarded(device, 'labels', Uint32Array.of(0, 1, 2)),
      rows,
      state: new Guarded(device, 'state', Uint32Array.of(0, 0)),
    };
    device.run(program, Object.fromEntries(Object.entries(given).map(([name, buffer]) => [name, buffer.resource])));
    expect([...(await rows.floats())]).toEqual([Number.NaN, 0, 2e4, 0, Number.NaN, 0]);
  });
});
