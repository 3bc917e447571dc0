import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParameterSet } from '@kindling/autograd';
import { decodeSafetensors } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { posterCnn, predict } from '@kindling/warmup';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBars } from './bars.js';
import { complaint, launch } from './command.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-onnx-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const [adapter] = await testAdapters();
env.wasm.numThreads = 1;

const softmax = (logits: readonly number[]): number[] => {
  const powers = logits.map((value) => Math.exp(value - Math.max(...logits)));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
};

describe('export --onnx', () => {
  const file = join(place, 'model.onnx');
  beforeAll(async () => {
    writeBars(join(place, 'bars'));
    const fields = ['--p', '0', '--steps', '60', '--batch', '16', '--data', 'bars', '--adapter', adapter!];
    expect(await launch(['warmup', ...fields, '--out', 'run', '--json'], place).ended).toMatchObject({ code: 0 });
  }, 240_000);

  it('writes what onnxruntime computes alike, for any batch', async () => {
    const exported = await launch(['export', 'run', '--onnx', file, '--json'], place).ended;
    expect(JSON.parse(exported.stdout)).toMatchObject({ onnx: file, opset: 13, input: [null, 1, 28, 28], classes: 10 });
    const session = await InferenceSession.create(new Uint8Array(readFileSync(file)));
    expect([session.inputNames, session.outputNames]).toEqual([['x'], ['logits']]);
    expect(session.inputMetadata[0]).toMatchObject({ type: 'float32', shape: ['batch', 1, 28, 28] });
    expect(session.outputMetadata[0]).toMatchObject({ type: 'float32', shape: ['batch', 10] });

    const pixels = readFileSync(join(place, 'bars', 't10k-images-idx3-ubyte')).subarray(16);
    const images = Array.from({ length: 40 }, (_, i) => Float32Array.from(pixels.subarray(784 * i, 784 * (i + 1)), (value) => value / 255));
    const device = await testDevice(adapter!);
    const parameters = new ParameterSet(device, posterCnn().parameters(10));
    const { tensors } = decodeSafetensors(readFileSync(join(place, 'run', 'model.safetensors')));
    for (const [name, { data }] of Object.entries(tensors)) parameters.set(name, data as Float32Array);
    const expected = await predict(device, posterCnn(), parameters, images);
    parameters.destroy();
    // It has learned something, so that its outputs differ from image to image.
    expect(new Set(expected.map((row) => row.indexOf(Math.max(...row)))).size).toBeGreaterThan(3);
    for (const batch of [1, 7, 40]) {
      const x = new Float32Array(batch * 784);
      images.slice(0, batch).forEach((image, i) => {
        x.set(image, 784 * i);
      });
      const { logits } = await session.run({ x: new Tensor('float32', x, [batch, 1, 28, 28]) });
      expect(logits!.dims).toEqual([batch, 10]);
      const values = Array.from(logits!.data as Float32Array);
      for (let i = 0; i < batch; i++) {
        softmax(values.slice(10 * i, 10 * (i + 1))).forEach((value, c) => {
          expect(Math.abs(value - expected[i]![c]!), `image ${i}, class ${c}`).toBeLessThan(1e-5);
        });
      }
    }
  });

  it('says what is missing', async () => {
    const without = await launch(['export', 'run'], place).ended;
    expect(without.code).toBe(2);
    expect(complaint(without)).toMatch(/export: got no format; expected --onnx <file>/);
    const nowhere = await launch(['export', 'bars', '--onnx', file], place).ended;
    expect(nowhere.code).toBe(2);
    expect(complaint(nowhere)).toMatch(/bars: got no metrics\.jsonl/);
  });
});
