import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileOption, makeFolder, writeWhole } from './write.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-write-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('makeFolder', () => {
  it('makes the folders above, and is content with what is there', () => {
    makeFolder(join(place, 'a/b/c'));
    makeFolder(join(place, 'a/b/c'));
    expect(existsSync(join(place, 'a/b/c'))).toBe(true);
  });

  it('gives up where a folder cannot be made', () => {
    writeFileSync(join(place, 'file'), '');
    expect(() => makeFolder(join(place, 'file'))).toThrow('expected a folder to write to');
    expect(() => makeFolder(join(place, 'file/below'))).toThrow('ENOTDIR');
    // Node's own `recursive` never comes back from here.
    if (existsSync('/proc/self')) expect(() => makeFolder('/proc/kindling/below', '--png')).toThrow('Next: choose another --png');
  });
});

describe('writeWhole', () => {
  it('leaves no draft behind where the name is taken by a folder', () => {
    mkdirSync(join(place, 'taken/png'), { recursive: true });
    expect(() => writeWhole(join(place, 'taken/png'), 'x')).toThrow('expected a place to write');
    expect(readdirSync(join(place, 'taken'))).toEqual(['png']);
    expect(() => fileOption('--png', join(place, 'taken/png'))).toThrow('which is a folder; expected a file to write');
  });
});
