import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NaturalData } from '@kindling/data';
import { afterAll, describe, expect, it } from 'vitest';
import { describeData } from '../describe-data.js';
import { expectedLines, type SweepCard, SweepWriter } from '../sweep/folder.js';
import { sweepRecipe } from '../sweep/recipe.js';
import { hashIndices, keepKeepList, keepListOf, readKeepList, requireKeepFits } from './keep-list.js';

const folder = mkdtempSync(join(tmpdir(), 'keep-list-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const write = (list: unknown): string => {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof list === 'string' ? list : JSON.stringify(list));
  return path;
};
const listOf = (indices: readonly number[], more: object = {}): object => ({
  indices,
  hash: hashIndices(Uint32Array.from(indices).sort()),
  ...more,
});

const half = (count: number) => ({ count, images: new Uint8Array(4 * count).fill(7), labels: new Uint8Array(count) });
const natural: NaturalData = { name: 'own', channels: 1, height: 2, width: 2, classes: 2, train: half(10), test: half(3) };
const { sha256 } = describeData(natural);

describe('readKeepList', () => {
  it('takes what another program wrote: indices in any order, and the SHA-256 that sha256sum gives of their bytes', () => {
    // printf '\001\000\000\000\003\000\000\000\011\000\000\000' | sha256sum
    const hash = '6587c5352110b16908bc83cbde2f0d4a56adedf5beaeb594186f662ca4eb4678';
    const read = readKeepList(write({ indices: [9, 1, 3], hash: hashIndices([1, 3, 9]) }));
    expect([...read.indices]).toEqual([1, 3, 9]);
    expect(read.hash).toBe(hash);
  });

  it.each([
    ['no JSON', '{', 'expected JSON'],
    ['a list of numbers', [1, 2], 'got no object'],
    ['no indices', { hash: 'aa' }, 'indices: got nothing'],
    ['none', listOf([]), 'indices: got an empty list'],
    ['half a number', { indices: [0, 1.5], hash: '' }, 'indices: got 1.5 at place 1'],
    ['a number below 0', { indices: [-1], hash: '' }, 'indices: got -1 at place 0'],
    ['words', { indices: ['4'], hash: '' }, 'indices: got "4" at place 0'],
    ['one twice', listOf([4, 2, 4]), 'indices: got 4 twice'],
    ['no hash', { indices: [1] }, 'hash: got nothing'],
    ['the hash of another list', { ...listOf([1, 2]), indices: [1, 3] }, 'which its 2 indices have'],
  ])('refuses %s', (_, list, message) => {
    expect(() => readKeepList(write(list))).toThrow(message);
  });
});

describe('requireKeepFits', () => {
  const fits = (list: object): void => requireKeepFits(readKeepList(write(list)), natural);

  it('takes a list of these bytes, or one that says nothing of its data', () => {
    expect(() => fits(listOf([0, 9], { total: 10, recipe: { dataSet: 'called otherwise', data: { sha256 } } }))).not.toThrow();
    expect(() => fits(listOf([0, 9]))).not.toThrow();
  });

  it.each([
    [listOf([3, 10]), 'got index 10; expected 0 to 9, the 10 training images of own'],
    [listOf([3], { total: 11 }), 'got a list of 11 training images; expected 10'],
    [listOf([3], { recipe: { dataSet: 'mnist', data: { sha256: 'ab'.repeat(32) } } }), 'got a list of mnist (SHA-256 abababababab…)'],
    [listOf([3], { recipe: { dataSet: 'mnist' } }), 'got a list of mnist; expected one of own'],
  ])('refuses %j', (list, message) => {
    expect(() => fits(list)).toThrow(message);
  });
});

describe('keepListOf', () => {
  it('finds the copy beside a recipe, and refuses a list of another hash', () => {
    const list = readKeepList(write(listOf([1, 2])));
    keepKeepList(folder, list);
    expect(readFileSync(join(folder, 'keep-list.json'))).toEqual(list.bytes);
    expect(keepListOf(list.hash, undefined, join(folder, 'recipe.json'))?.hash).toBe(list.hash);
    expect(keepListOf(list.hash, undefined, folder)?.hash).toBe(list.hash);
    expect(keepListOf(undefined, undefined, folder)).toBeUndefined();
    expect(() => keepListOf('cd'.repeat(32), undefined, folder)).toThrow('got cdcdcdcdcdcd…, and a list of hash');
    expect(() => keepListOf(list.hash, undefined, undefined)).toThrow('and no list; expected a keep list of that hash');
  });
});

describe('a sweep on a keep list', () => {
  it('goes on with that list alone', () => {
    const cardOf = (indices?: readonly number[]): SweepCard => {
      const plain = sweepRecipe({ arms: 'skip', p: '0', seeds: '2', steps: '10' });
      const recipe = indices ? { ...plain, keepList: { hash: hashIndices(indices), count: indices.length } } : plain;
      const rest = { versions: { kindling: '0.1.0' }, commit: null, date: '2026-01-01T00:00:00Z' };
      return { kind: 'sweep', recipe, shard: null, lines: expectedLines(recipe, null).length, data: {}, ...rest };
    };
    const path = join(folder, 'sweep');
    const first = new SweepWriter(path, cardOf([1, 2]));
    first.append([{ ...expectedLines(cardOf().recipe, null)[0]!, accuracy: 0.5, testLoss: 1, time: { total: 1 }, adapter: 'a' } as never]);
    first.close();
    const again = new SweepWriter(path, cardOf([1, 2]));
    expect(again.found).toHaveLength(1);
    again.close();
    expect(() => new SweepWriter(path, cardOf([1, 3]))).toThrow('keepList: got {"count":2,"hash":"');
    expect(() => new SweepWriter(path, cardOf())).toThrow('keepList');
  });
});
