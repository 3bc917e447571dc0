import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors, numel, type SafeTensor } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { posterCnn } from '@kindling/warmup';
import { afterAll, describe, expect, it } from 'vitest';
import type { Session } from '../session.js';
import { checkpointOf, loadCheckpoint } from './checkpoint.js';

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const model = posterCnn(1, 8);
const tensors = Object.fromEntries(
  Object.entries(model.parameters(10)).map(([name, { shape }], at): [string, SafeTensor] => [
    name,
    { dtype: 'F32', shape, data: Float32Array.from({ length: numel(shape) }, (_, i) => at + i / 1000) },
  ]),
);
const write = (name: string, metadata?: Record<string, string>): string => {
  const path = join(folder, name);
  writeFileSync(path, encodeSafetensors(tensors, metadata));
  return path;
};

describe('checkpointOf', () => {
  it('tells a run from a file of weights', () => {
    const run = join(folder, 'run');
    mkdirSync(run);
    writeFileSync(join(run, 'metrics.jsonl'), '');
    writeFileSync(join(run, 'model.safetensors'), '');
    expect(checkpointOf(run, undefined)).toEqual({ folder: run });
    expect(checkpointOf(join(run, 'model.safetensors'), undefined)).toEqual({ folder: run });
    expect(checkpointOf(join(run, 'model.safetensors'), 'poster-cnn')).toEqual({ file: join(run, 'model.safetensors') });
    expect(checkpointOf(write('net.safetensors'), undefined)).toEqual({ file: join(folder, 'net.safetensors') });
    expect(() => checkpointOf(join(run, 'metrics.jsonl'), undefined)).toThrow('or a .safetensors file');
  });
});

const [kind] = await testAdapters();
describe(`loadCheckpoint on ${kind}`, () => {
  const sessionOf = async (height = 8): Promise<Session> => {
    const facts = { name: 'own', channels: 1, height, width: 8, classes: 10 };
    return { device: await testDevice(kind!), data: { facts } } as unknown as Session;
  };

  it('takes the weights of a file that says nothing, with a model that is named', async () => {
    const { parameters, classes } = await loadCheckpoint(await sessionOf(), { file: write('plain.safetensors') }, 'poster-cnn');
    expect(classes).toBe(10);
    expect((await parameters.read())['fc2.bias']).toEqual(tensors['fc2.bias']!.data);
    parameters.destroy();
  });

  it('refuses one whose model, tensors or images are others', async () => {
    const file = write('other.safetensors');
    await expect(loadCheckpoint(await sessionOf(), { file }, undefined)).rejects.toThrow('names no model; expected poster-cnn');
    await expect(loadCheckpoint(await sessionOf(), { file }, 'small-cnn')).rejects.toThrow('got conv1.weight as F32 [8,1,3,3]');
    const sized = write('sized.safetensors', { model: 'poster-cnn', input: '[1,8,8]', classes: '10' });
    await expect(loadCheckpoint(await sessionOf(12), { file: sized }, undefined)).rejects.toThrow('expected 1×8×8 in 10');
  });
});
