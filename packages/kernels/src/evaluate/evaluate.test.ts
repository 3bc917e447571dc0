import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { softmaxCrossEntropyReference } from '../softmax-cross-entropy/reference.js';
import { compare } from '../testing/compare.js';
import { generator, integers, uniform } from '../testing/draw.js';
import { Guarded } from '../testing/guarded.js';
import { toleranceOf } from '../testing/tolerance.js';
import { confusionProgram, scoreProgram } from './descriptor.js';

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

  it('counts true and predicted classes of every model, as many hits as the scores have', async () => {
    const [n, o, total, models, batches] = [70, 7, 165, 2, 3];
    const device = await testDevice(kind);
    const random = generator('confusion');
    const problem = { n, o, total, models, logitsStride: n * o, labelsStride: n };
    const counts = new Guarded(device, 'counts', new Uint32Array(models * o * o));
    const state = new Guarded(device, 'state', Uint32Array.of(0, 0));
    const rows = new Guarded(device, 'rows', models * total * 2);
    const expected = new Uint32Array(models * o * o);
    for (let batch = 0; batch < batches; batch++) {
      // Whole numbers, so that logits tie: the first of the largest wins.
      const logits = uniform([models, n, o], random, 3).map(Math.round);
      const labels = integers([models, n], random, o);
      logits[5 * o + 2] = Number.NaN;
      logits[6 * o] = Number.POSITIVE_INFINITY;
      labels[7] = o;
      const given = { logits: new Guarded(device, 'logits', logits), labels: new Guarded(device, 'labels', labels), counts, rows, state };
      const bindings = Object.fromEntries(Object.entries(given).map(([name, buffer]) => [name, buffer.resource]));
      device.run(confusionProgram(problem), bindings);
      device.run(scoreProgram(problem), bindings);
      for (let row = 0; row < models * n; row++) {
        const z = [...logits.subarray(row * o, (row + 1) * o)];
        if ((row < n && [5, 6, 7].includes(row)) || batch * n + (row % n) >= total) continue;
        expected[(Math.floor(row / n) * o + labels[row]!) * o + z.indexOf(Math.max(...z))]!++;
      }
    }
    const found = await counts.bits();
    expect([...found]).toEqual([...expected]);
    const scored = await rows.floats();
    for (let model = 0; model < models; model++) {
      const own = scored.subarray(2 * total * model, 2 * total * (model + 1));
      const hits = own.reduce((sum, value, i) => sum + (i % 2 === 1 ? value : 0), 0);
      const diagonal = Array.from({ length: o }, (_, c) => found[(model * o + c) * o + c]!);
      expect(diagonal.reduce((a, b) => a + b, 0)).toBe(hits);
    }
  });
});
