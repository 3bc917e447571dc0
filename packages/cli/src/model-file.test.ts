import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors } from '@kindling/core';
import { encodeModel, parseRunRecipe, posterCnn, type TrialResult } from '@kindling/warmup';
import { afterAll, describe, expect, it } from 'vitest';
import { readModel } from './model-file.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-model-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const facts = { name: 'mnist', channels: 1, height: 28, width: 28, classes: 10 };

/** A result as far as its model's file goes. */
function madeUp(): TrialResult {
  const model = posterCnn();
  const specs = new Map(Object.entries(model.parameters(10)));
  const values = [...specs].map(([name, { shape }], i) => [
    name,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, j) => Math.sin(i + j)),
  ]);
  return { model, accuracy: 0.5, parameters: { specs, read: async () => Object.fromEntries(values) } } as unknown as TrialResult;
}

describe('a run’s model file', () => {
  const write = (bytes: Uint8Array): void => writeFileSync(join(place, 'model.safetensors'), bytes);

  const header = { type: 'header', recipe: parseRunRecipe({ p: 0 }), versions: {}, adapter: 'none' };
  writeFileSync(join(place, 'metrics.jsonl'), `${JSON.stringify(header)}\n`);

  it('notices a flipped bit in any region, and takes a file without a hash as earlier versions wrote it', async () => {
    const bytes = await encodeModel(madeUp(), parseRunRecipe({ p: 0 }), 'run', facts);
    write(bytes);
    const whole = await readModel(place);
    expect(whole.metadata).toMatchObject({ trial: 'run', accuracy: '0.5' });
    const begin = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const text = Buffer.from(bytes.subarray(0, begin)).toString('latin1');
    const places = ['"sha256"', '"sealed"', '"accuracy"', '0.5'].map((part) => text.indexOf(part) + 1);
    // Length, header, hash, first, middle and last weight.
    for (const at of [0, ...places, 40, begin, begin + 4 * 20_000 + 1, bytes.length - 1]) {
      const damaged = bytes.slice();
      damaged[at]! ^= 4;
      write(damaged);
      await expect(readModel(place), `byte ${at}`).rejects.toThrow('model.safetensors');
    }
    const { tensors, metadata } = decodeSafetensors(bytes);
    const { sha256, sealed, ...earlier } = metadata;
    expect([sha256?.length, sealed]).toEqual([64, 'sha256']);
    write(encodeSafetensors(tensors, earlier));
    expect((await readModel(place)).tensors).toEqual(whole.tensors);
  });
});
