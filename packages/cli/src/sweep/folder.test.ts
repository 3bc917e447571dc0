import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SweepLine } from '@kindling/figures';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../folder-lock.js';
import { expectedLines, readSweep, type SweepCard, type SweepFolder, SweepWriter, shardPath, writeSweep } from './folder.js';
import { describeGaps, mergeSweeps } from './merge.js';
import { shardOf } from './plan.js';
import { sweepRecipe } from './recipe.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-sweep-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
let folder = '';
let count = 0;
beforeEach(() => {
  folder = join(place, String(count++));
});

const recipe = sweepRecipe({ arms: 'published,skip', p: '0,.5', seeds: '2', steps: '10' });
const data = { mnist: { name: 'mnist', train: 3, test: 2, sha256: 'aa' } };
const card = (more: Partial<SweepCard> = {}): SweepCard => ({
  kind: 'sweep',
  recipe,
  shard: null,
  lines: 8,
  data: {},
  versions: { kindling: '0.1.0' },
  commit: 'c',
  date: '2026-11-22T00:00:00.000Z',
  ...more,
});
const fill = (identity: object, accuracy = 0.5): SweepLine =>
  ({ accuracy, testLoss: 1, time: { total: 1 }, adapter: 'lavapipe', ...identity }) as unknown as SweepLine;
const all = expectedLines(recipe, null).map((identity) => fill(identity));
const shard = (text: string): SweepFolder => {
  const part = shardOf(text);
  const lines = expectedLines(recipe, part).map((identity) => fill(identity));
  return { path: text, card: card({ shard: part, data }), lines, notes: [], wholeBytes: 0 };
};

describe('SweepWriter', () => {
  it('goes on after a line that was cut off at any byte', () => {
    const text = `${JSON.stringify(all[2])}\n`;
    for (const cut of [1, 30, text.length - 1]) {
      const path = join(folder, String(cut));
      const first = new SweepWriter(path, card());
      first.append(all.slice(0, 2));
      first.close();
      appendFileSync(join(path, 'results.jsonl'), text.slice(0, cut));
      const second = new SweepWriter(path, card());
      expect(second.found).toEqual(all.slice(0, 2));
      expect(second.notes).toEqual([expect.stringContaining('the last line was cut off')]);
      second.append(all.slice(2));
      second.close();
      expect(readSweep(path)).toMatchObject({ lines: all, notes: [] });
    }
  });

  it('cuts off what a power cut left of several lines', () => {
    const writer = new SweepWriter(folder, card());
    writer.append(all);
    writer.close();
    const path = join(folder, 'results.jsonl');
    truncateSync(path, readFileSync(path).length - 300);
    const again = new SweepWriter(folder, card());
    expect(again.found.length).toBeLessThan(all.length);
    expect(again.found).toEqual(all.slice(0, again.found.length));
    again.close();
  });

  it('refuses another recipe once there are results, and names the difference', () => {
    const longer = sweepRecipe({ arms: 'skip', p: '0', seeds: '9', steps: '10' });
    new SweepWriter(folder, card({ recipe: longer })).close();
    const writer = new SweepWriter(folder, card());
    writer.append(all.slice(0, 1));
    writer.close();
    const other = card({ recipe: sweepRecipe({ arms: 'published,skip', p: '0,.5', seeds: '2', steps: '11' }) });
    expect(() => new SweepWriter(folder, other)).toThrow('sweep.json: steps: got [10] in the folder; expected [11]');
    expect(() => new SweepWriter(folder, card({ shard: { index: 0, count: 2 } }))).toThrow(
      'got the whole sweep in the folder; expected shard 0/2',
    );
    // Refused, it leaves no lock behind.
    new SweepWriter(folder, card()).close();
  });

  it('refuses it too where trials without a result yet have left a checkpoint', () => {
    new SweepWriter(folder, card()).close();
    mkdirSync(join(folder, 'checkpoints'));
    const other = card({ recipe: sweepRecipe({ arms: 'published,skip', p: '0,.5', seeds: '3', steps: '10' }) });
    expect(() => new SweepWriter(folder, other)).toThrow('sweep.json: seeds: got [1,2] in the folder; expected [1,2,3]');
    new SweepWriter(folder, card()).close();
  });

  it('refuses lines twice, of another recipe, and results without a recipe', () => {
    const writer = new SweepWriter(folder, card());
    writer.append([all[0]!, all[0]!]);
    writer.close();
    expect(() => new SweepWriter(folder, card())).toThrow('got two lines');
    writeFileSync(join(folder, 'results.jsonl'), `${JSON.stringify(fill({ ...all[0], seed: 77 }))}\n`);
    expect(() => new SweepWriter(folder, card())).toThrow('seed 77: got a line that the recipe does not have');
    rmSync(join(folder, 'sweep.json'));
    expect(() => new SweepWriter(folder, card())).toThrow('results.jsonl without sweep.json');
  });

  it('refuses other data under the same name', () => {
    const writer = new SweepWriter(folder, card());
    writer.requireData('mnist', data.mnist);
    expect(() => writer.requireData('mnist', { ...data.mnist, sha256: 'bb' })).toThrow('data set mnist: got 3 training and 2 test images');
    writer.close();
    expect(readSweep(folder).card.data).toEqual(data);
  });

  it('says when another version goes on', () => {
    const begun = new SweepWriter(folder, card());
    begun.append(all.slice(0, 1));
    begun.close();
    const writer = new SweepWriter(folder, card({ commit: 'deadbeef00' }));
    expect(writer.notes).toEqual([expect.stringContaining('begun with Kindling 0.1.0 (c), and goes on with 0.1.0 (deadbee)')]);
    writer.close();
  });
});

describe('lockFolder', () => {
  const leave = (lock: object): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'running.json'), JSON.stringify(lock));
  };

  it('keeps others out while a process runs, and is taken over once it was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    leave({ pid: child.pid, host: hostname(), start: null });
    expect(() => lockFolder(folder)).toThrow(`process ${child.pid} is running`);
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.kill('SIGKILL');
    await ended;
    lockFolder(folder)();
    expect(existsSync(join(folder, 'running.json'))).toBe(false);
  });

  it('tells a process from a later one with its number, and does not wait for a torn lock', () => {
    if (process.platform === 'linux') {
      leave({ pid: process.ppid, host: hostname(), start: '1' });
      lockFolder(folder)();
    }
    leave({});
    writeFileSync(join(folder, 'running.json'), '{"pid": 12');
    lockFolder(folder)();
  });

  it('believes another machine while it gives signs of life', () => {
    leave({ pid: 1, host: 'elsewhere', start: null });
    expect(() => lockFolder(folder)).toThrow('process 1 of elsewhere');
  });
});

describe('mergeSweeps', () => {
  it('joins shards in any order into the whole sweep', () => {
    const merged = mergeSweeps(['2/3', '0/3', '1/3'].map(shard));
    expect(merged).toMatchObject({ lines: all, gaps: [], duplicates: 0, notes: [] });
    expect(merged.card).toMatchObject({ shard: null, lines: 8, data });
  });

  it('lists gaps with their seeds side by side', () => {
    const { gaps, lines } = mergeSweeps([shard('1/2')]);
    expect(gaps.length + lines.length).toBe(8);
    expect(describeGaps(gaps)).toContain('count published p=0 10 steps mnist seeds 1, 2');
  });

  it('drops duplicates that agree, whatever their seconds, and refuses others by name', () => {
    const [left, right] = [shard('0/2'), shard('1/2')];
    const slower = { ...left, path: 'again', lines: left.lines.map((line) => ({ ...line, time: { total: 9 } })) };
    expect(mergeSweeps([left, right, slower])).toMatchObject({ lines: all, duplicates: left.lines.length, gaps: [] });
    const other = { ...left, path: 'other', lines: [{ ...left.lines[0]!, accuracy: 0.6 }] };
    expect(() => mergeSweeps([left, right, other])).toThrow(
      /count published p=0 10 steps mnist seed 1: two results: got accuracy 0.6.* in other; expected accuracy 0.5.*, as in 0\/2/,
    );
  });

  it('refuses other recipes, other data and foreign lines', () => {
    const left = shard('0/2');
    const longer = { ...left, card: card({ recipe: { ...recipe, batch: 32 } }), path: 'b' };
    expect(() => mergeSweeps([left, longer])).toThrow('b: batch: got 32; expected 64, as in 0/2');
    const foreign = { ...left, path: 'b', card: card({ data: { mnist: { ...data.mnist, sha256: 'bb' } } }) };
    expect(() => mergeSweeps([left, foreign])).toThrow('b: data set mnist');
    expect(() => mergeSweeps([{ ...left, lines: [fill({ ...all[0], steps: 99 })] }])).toThrow('0/2: got count published p=0 99 steps');
  });

  it('says when versions or adapters differ', () => {
    const right = shard('1/2');
    const swiftshader = { ...right, card: card({ commit: 'd' }), lines: right.lines.map((line) => ({ ...line, adapter: 'swiftshader' })) };
    expect(mergeSweeps([shard('0/2'), swiftshader]).notes).toEqual([
      'the sweeps were run with 2 versions of Kindling',
      'the trials ran on 2 adapters: lavapipe; swiftshader',
    ]);
  });
});

describe('folders', () => {
  it('a shard has a name that sorts', () => {
    expect(shardPath('a', { index: 3, count: 12 })).toBe(join('a', 'shard-03-of-12'));
  });

  it('a folder of shards says how to join them', () => {
    writeSweep(shardPath(folder, { index: 0, count: 2 }), card(), []);
    expect(() => readSweep(folder)).toThrow('but 1 shards');
    expect(() => readSweep(join(folder, 'none'))).toThrow('got no such folder');
    writeFileSync(join(folder, 'sweep.json'), '{"kind": "other"}');
    expect(() => readSweep(folder)).toThrow('got another kind of JSON');
  });
});
