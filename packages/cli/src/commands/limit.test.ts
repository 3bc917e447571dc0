import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeImages, encodeLabels, type Split } from '@kindling/data';
import { testAdapters } from '@kindling/device/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bars } from '../../../warmup/src/testing/bars.js';
import { type LimitCommandOptions, limit, worstConfusions } from './limit.js';

const root = mkdtempSync(join(tmpdir(), 'kindling-limit-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let out = '';
beforeAll(() => {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

/** The four IDX files. */
function dataFolder(name: string, halves: Readonly<Record<'train' | 't10k', Split>>): string {
  const folder = join(root, name);
  mkdirSync(folder);
  for (const [half, { count, images, labels }] of Object.entries(halves)) {
    writeFileSync(join(folder, `${half}-images-idx3-ubyte`), encodeImages({ count, height: 28, width: 28 }, images));
    writeFileSync(join(folder, `${half}-labels-idx1-ubyte`), encodeLabels(labels));
  }
  return folder;
}

const t10k = bars(30, 2);
const data = dataFolder('data', { train: bars(30, 1), t10k });
// The same test images, and other training images of every class.
const other = dataFolder('other', { train: bars(30, 9), t10k });
const small = { generator: 'strokes', model: 'poster-cnn', steps: 12, batch: 4, seeds: '2', data };

describe('limit refuses, before anything is opened or written', () => {
  it.each<[LimitCommandOptions, RegExp]>([
    [{ natural: 2 }, /--natural: got 2; expected 0 or 1/],
    [{ natural: 0.5 }, /--natural: got 0.5/],
    [{ share: 0.5 }, /--share: got it with --natural 0/],
    [{ moves: '{}' }, /--moves: got it with --natural 0/],
    [{ natural: 1, share: 0 }, /--share: got 0; expected a number above 0/],
    [{ natural: 1, moves: '[1]' }, /--moves: got \[1\]/],
    [{ natural: 1, moves: '{"base": "digits"}' }, /--moves/],
    [{ natural: 1, moves: '{' }, /--moves: got .*JSON/],
    [{ natural: 1, moves: '{"sheer": [0, 1]}' }, /sheer/],
    [{ model: 'toString' }, /--model: got "toString"; expected one of poster-cnn, small-cnn/],
    [{ steps: 0 }, /--steps: got 0/],
    [{ batch: 1.5 }, /--batch: got 1.5/],
    [{ lr: -1 }, /--lr: got -1/],
    [{ lr: Number.NaN }, /--lr: got NaN/],
    [{ seeds: '33' }, /--seeds: got 33 seeds; expected at most 32/],
    [{ seeds: 'x' }, /--seeds/],
    [{ read: 'both' }, /--read: got "both"/],
    [{ generator: 'nothing' }, /--generator/],
    [{ generator: 'count' }, /--generator: got labels that are no classes/],
  ])('%j', async (options, message) => {
    const folder = join(root, 'refused');
    await expect(limit({ ...small, out: folder, ...options })).rejects.toThrow(message);
    expect(existsSync(folder)).toBe(false);
  });
});

it('lists confusions over all seeds, the most frequent first', () => {
  const first = [
    [5, 1, 0],
    [0, 4, 2],
    [0, 0, 9],
  ];
  const second = [
    [5, 4, 0],
    [0, 6, 0],
    [3, 0, 6],
  ];
  expect(worstConfusions([first, second])).toEqual([
    { label: 0, predicted: 1, count: 5 },
    { label: 2, predicted: 0, count: 3 },
    { label: 1, predicted: 2, count: 2 },
  ]);
});

for (const adapter of await testAdapters()) {
  describe(`limit on ${adapter}`, () => {
    const run = async (name: string, options: LimitCommandOptions) => {
      out = '';
      const folder = join(root, `${adapter}-${name}`);
      expect(await limit({ ...small, adapter, json: true, out: folder, ...options })).toBe(0);
      const printed = JSON.parse(out);
      const lines = readFileSync(join(folder, 'results.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(printed.lines).toEqual(lines);
      expect(JSON.parse(readFileSync(join(folder, 'recipe.json'), 'utf8')).recipeHash).toBe(printed.recipeHash);
      expect(readFileSync(join(folder, 'misread.png')).subarray(1, 4).toString()).toBe('PNG');
      // What was learned, without the seconds that it took.
      return lines.map(({ accuracy, testLoss, trainLoss, confusion, misread, hostBytes }) => ({
        accuracy,
        testLoss,
        trainLoss,
        confusion,
        misread,
        hostBytes,
      }));
    };

    it('depends on no natural training image, or on the first of each class', async () => {
      const [zero, again] = [await run('zero', {}), await run('zero-other', { data: other })];
      expect(again).toEqual(zero);
      expect(zero).toHaveLength(2);
      expect(zero[0]!.hostBytes).toMatchObject({ natural: 0, training: 0 });
      const [one, moved] = [await run('one', { natural: 1 }), await run('one-other', { natural: 1, data: other })];
      expect(one[0]!.hostBytes).toMatchObject({ natural: 10 * 784 * 4, training: 0 });
      expect(moved[0]!.trainLoss).not.toBe(one[0]!.trainLoss);
      // All that natural images add to the uploads of the setup are they themselves, and the tables of their warp and of the mixture.
      expect(one[0]!.hostBytes.setup).toBeLessThan(zero[0]!.hostBytes.setup + 10 * 784 * 4 + 4096);
    });

    it('reads the training half where it is asked to, and refuses a folder with results', async () => {
      const [line] = await run('train', { read: 'train', seeds: '1' });
      expect(line!.confusion.flat().reduce((sum: number, count: number) => sum + count, 0)).toBe(30);
      await expect(run('train', {})).rejects.toThrow(/--out: got .*which holds results/);
    });
  });
}
