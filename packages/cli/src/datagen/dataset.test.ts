import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CARD, DatasetWriter, GENERATOR } from './dataset.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-dataset-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill();
  rmSync(place, { recursive: true, force: true });
});

const identity = { seed: 1, [GENERATOR]: { version: '0.1.0', hash: 'ab' } };
const headers = { numbers: Uint8Array.of(7) };
function* files(samples: number): Generator<string> {
  for (let n = 0; n < samples; n++) yield `images/${n}.png`;
}

/** A folder of which two samples are finished, and a byte and a file of a third were written. */
function begun(name: string): string {
  const path = join(place, name);
  const writer = new DatasetWriter(path, identity, headers, files);
  for (const n of [0, 1]) {
    writer.append('numbers', Uint8Array.of(n));
    writer.file('images', `${n}.png`, Uint8Array.of(n));
  }
  writer.checkpoint(2);
  writer.append('numbers', Uint8Array.of(99));
  writer.file('images', '2.png', Uint8Array.of(99));
  writer.close();
  return path;
}

describe('DatasetWriter', () => {
  it('goes on after the last checkpoint, and clears away a card that was half written', () => {
    const path = begun('on');
    writeFileSync(join(path, `${CARD}.123.tmp`), '{"fini');
    const writer = new DatasetWriter(path, identity, headers, files);
    expect(writer.finished).toBe(2);
    expect(existsSync(join(path, 'running.json'))).toBe(true);
    writer.close();
    expect([...readFileSync(join(path, 'numbers'))]).toEqual([7, 0, 1]);
    expect(readdirSync(path).sort()).toEqual([CARD, 'images', 'numbers']);
  });

  it.each([
    ['is gone', (path: string) => rmSync(path)],
    ['is empty', (path: string) => writeFileSync(path, '')],
  ])('refuses to go on where a single file %s', (what, harm) => {
    const path = begun(`lost-${what.at(-1)}`);
    harm(join(path, 'images/1.png'));
    expect(() => new DatasetWriter(path, identity, headers, files)).toThrow(
      `${join(path, 'images/1.png')}: got no such file, or an empty one; expected the files of all 2 samples`,
    );
    rmSync(join(path, 'images'), { recursive: true });
    expect(() => new DatasetWriter(path, identity, headers, files)).toThrow('; 2 in all');
    expect(existsSync(join(path, 'running.json'))).toBe(false);
  });

  it('refuses to go on with what another version of the generator began', () => {
    const path = begun('version');
    const kept = readFileSync(join(path, 'numbers'));
    for (const generator of [{ version: '0.2.0', hash: 'ab' }, { version: '0.1.0', hash: 'cd' }, undefined]) {
      const card = JSON.parse(readFileSync(join(path, CARD), 'utf8'));
      writeFileSync(join(path, CARD), JSON.stringify({ ...card, generator }));
      expect(() => new DatasetWriter(path, identity, headers, files)).toThrow(/generator: got .*finish it with the version of Kindling/);
    }
    expect(readFileSync(join(path, 'numbers'))).toEqual(kept);
  });

  it('keeps out a second process while one writes, and takes over from one that is gone', () => {
    const path = begun('locked');
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 600_000)'], { stdio: 'ignore' });
    children.push(child);
    const lock = join(path, 'running.json');
    writeFileSync(lock, JSON.stringify({ pid: child.pid, host: hostname(), start: null }));
    expect(() => new DatasetWriter(path, identity, headers, files)).toThrow(`got an export that process ${child.pid} is running`);
    expect(existsSync(lock)).toBe(true);
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), start: null }));
    new DatasetWriter(path, identity, headers, files).close();
    expect(existsSync(lock)).toBe(false);
  });

  it('leaves a folder of somebody else as it was', () => {
    const path = join(place, 'foreign');
    mkdirSync(path);
    writeFileSync(join(path, 'notes.txt'), 'mine');
    expect(() => new DatasetWriter(path, identity, headers)).toThrow('got a folder that holds notes.txt');
    expect(readdirSync(path)).toEqual(['notes.txt']);
  });
});
