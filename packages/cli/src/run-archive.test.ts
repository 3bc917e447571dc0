import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTar } from '@kindling/core';
import { afterAll, describe, expect, it } from 'vitest';
import { isArchive, withUnpacked } from './run-archive.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-archive-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const archive = (files: Readonly<Record<string, Uint8Array>>): string => {
  const path = join(place, 'run.tar');
  writeFileSync(path, writeTar(files));
  return path;
};

describe('a run in an archive', () => {
  it('is unpacked, without anything that is no file of a run, and removed after the work', async () => {
    const path = archive({
      'a/metrics.jsonl': text('{}\n'),
      'a/recipe.json': text('1'),
      'a/other': text('2'),
      '../model.safetensors': text('3'),
    });
    expect([isArchive(path), isArchive(place), isArchive(join(place, 'nowhere'))]).toEqual([true, false, false]);
    const folder = await withUnpacked(path, async (inside) => {
      expect(readFileSync(join(inside, 'metrics.jsonl'), 'utf8')).toBe('{}\n');
      expect(readFileSync(join(inside, 'recipe.json'), 'utf8')).toBe('1');
      expect(['other', 'model.safetensors', '../model.safetensors'].map((name) => existsSync(join(inside, name)))).toEqual([
        false,
        false,
        false,
      ]);
      return inside;
    });
    expect(existsSync(folder)).toBe(false);
    await expect(withUnpacked(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('is refused where there is none', async () => {
    const work = () => Promise.resolve();
    await expect(withUnpacked(archive({ 'a/b': text('') }), work)).rejects.toThrow(
      'run.tar: got a/b; expected an archive with a metrics.jsonl',
    );
    const path = join(place, 'run.tar');
    writeFileSync(path, 'hello');
    await expect(withUnpacked(path, work)).rejects.toThrow('got an empty archive');
    writeFileSync(path, 'x'.repeat(2000));
    await expect(withUnpacked(path, work)).rejects.toThrow('got a damaged header at byte 0');
  });
});
