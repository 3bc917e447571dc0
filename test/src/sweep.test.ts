import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testAdapters } from '@kindling/device/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complaint, launch, type Result } from './command.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-sweep-'));
const kindling = (...args: string[]): Promise<Result> => launch(args, place).ended;
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Ten classes that differ in where a bar lies, as the four IDX files: evaluation takes no time. */
function writeBars(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [stem, count] of [
    ['train', 300],
    ['t10k', 130],
  ] as const) {
    const images = Buffer.alloc(16 + 784 * count);
    const labels = Buffer.alloc(8 + count);
    for (const [i, value] of [0x803, count, 28, 28].entries()) images.writeUInt32BE(value, 4 * i);
    for (const [i, value] of [0x801, count].entries()) labels.writeUInt32BE(value, 4 * i);
    for (let i = 0; i < count; i++) {
      labels[8 + i] = i % 10;
      for (let pixel = 0; pixel < 784; pixel++) {
        const bar = Math.floor(pixel / 56) === (i % 10) + 2;
        images[16 + 784 * i + pixel] = bar ? 200 : ((i * 7919 + pixel * 104_729) % 97) / 2;
      }
    }
    writeFileSync(join(folder, `${stem}-images-idx3-ubyte`), images);
    writeFileSync(join(folder, `${stem}-labels-idx1-ubyte`), labels);
  }
}

type Line = Record<string, unknown>;
const results = (folder: string): string => join(place, folder, 'results.jsonl');
const linesIn = (folder: string): Line[] =>
  readFileSync(results(folder), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
const lineCount = (folder: string): number =>
  existsSync(results(folder)) ? readFileSync(results(folder), 'utf8').split('\n').length - 1 : 0;
/** What may not depend on kills, shards or company: everything but seconds. */
const outcome = (folder: string): Line[] =>
  linesIn(folder)
    .map(({ time: _, together: __, split: ___, ...line }) => line)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

describe('sweep', async () => {
  const [adapter] = await testAdapters();
  const recipe = ['--arms', 'standardised,skip', '--p', '0,.5', '--seeds', '2', '--steps', '12', '--batch', '16'];
  const asked = ['sweep', ...recipe, '--data', 'bars', '--data-set', 'mnist', '--adapter', adapter!];
  let whole: Result;

  beforeAll(async () => {
    writeBars(join(place, 'bars'));
    whole = await kindling(...asked, '--out', 'whole', '--json');
  }, 120_000);

  it('has a line for each arm, p and seed, and trains p = 0 once', () => {
    expect(complaint(whole)).not.toContain('got ');
    expect(whole.code).toBe(0);
    expect(JSON.parse(whole.stdout)).toMatchObject({ sweep: 'whole', trials: 6, ran: 6, found: 0, lines: 8 });
    const lines = linesIn('whole');
    expect(lines).toHaveLength(8);
    for (const line of lines) {
      expect(line).toMatchObject({ experiment: 'count', steps: 12, dataSet: 'mnist', together: 2, adapter: expect.any(String) });
      expect(line.accuracy).toBeGreaterThanOrEqual(0);
      expect(line.sharedWith).toEqual(line.p === 0 ? [line.arm === 'skip' ? 'standardised' : 'skip'] : undefined);
      expect(line.warmup === null).toBe(line.p === 0 || line.arm === 'skip');
    }
    const [standardised, skip] = ['standardised', 'skip'].map((arm) =>
      lines.find((line) => line.arm === arm && line.p === 0 && line.seed === 2),
    );
    expect(standardised).toEqual({ ...skip, arm: 'standardised', sharedWith: ['skip'] });
  });

  it('gives the same after SIGKILL at many moments, and never runs a finished trial again', async () => {
    const pause = [0, 15, 40, 90, 5, 150];
    let kills = 0;
    let ran = 0;
    for (let run = 0; run < 12; run++) {
      const before = lineCount('killed');
      const { child, ended } = launch([...asked, '--together', '1', '--out', 'killed', '--json'], place);
      let over = false;
      const end = ended.then((result) => {
        over = true;
        return result;
      });
      // Somewhere in the trial after the next line, or, the second time, before the first.
      while (!over && lineCount('killed') === before && run !== 1) await sleep(10);
      await sleep(pause[run % pause.length]);
      child.kill('SIGKILL');
      const { code, stdout } = await end;
      if (code === 0) {
        const { found, ran: own } = JSON.parse(stdout);
        expect(found + own).toBe(6);
        ran += own;
        break;
      }
      kills++;
      const lines = lineCount('killed');
      expect(lines).toBeGreaterThanOrEqual(before);
      // A line that was cut off in the middle, as by a power cut.
      if (kills === 2) appendFileSync(results('killed'), '{"experiment":"count","arm":"sk');
    }
    // The first two never end by themselves; a fast device may finish in the third.
    expect(kills).toBeGreaterThanOrEqual(2);
    expect(ran).toBeLessThan(6);
    const again = await kindling(...asked, '--together', '1', '--out', 'killed', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ found: 6, ran: 0 });
    expect(outcome('killed')).toEqual(outcome('whole'));
  }, 240_000);

  it('goes on inside a group of trials after SIGKILL, and ends as if nothing had been', async () => {
    const trials = ['--experiment', 'augment', '--arms', 'published', '--p', '.5', '--seeds', '2', '--steps', '40', '--batch', '4'];
    const common = [...asked.slice(0, 1), ...trials, ...asked.slice(1 + recipe.length), '--eval-every', '10', '--checkpoint-every', '4'];
    expect((await kindling(...common, '--out', 'unbroken')).code).toBe(0);
    const held = (): string[] => {
      const folder = join(place, 'broken', 'checkpoints');
      return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.safetensors')) : [];
    };
    let kills = 0;
    for (let run = 0; run < 2; run++) {
      const before = new Set(held());
      const { child, ended } = launch([...common, '--out', 'broken'], place);
      while (child.exitCode === null && held().every((name) => before.has(name))) await sleep(5);
      child.kill('SIGKILL');
      const result = await ended;
      if (kills > 0) expect(complaint(result)).toContain('kindling: going on after step');
      if (result.code === 0) break;
      kills++;
    }
    expect(kills).toBeGreaterThanOrEqual(1);
    const last = await kindling(...common, '--out', 'broken', '--json');
    expect(JSON.parse(last.stdout)).toMatchObject({ trials: 2, lines: 2 });
    expect(outcome('broken')).toEqual(outcome('unbroken'));
    const [line] = linesIn('broken');
    expect(line).toMatchObject({ confusion: expect.any(Array), evals: expect.any(Array) });
    expect((line!.poses as { step: number }[]).map(({ step }) => step)).toEqual([5, 10, 15, 20]);
    expect(held()).toEqual([]);
  }, 240_000);

  it('prunes a generated stream as the recipe says, and goes on with that one only', async () => {
    const pruned = ['--experiment', 'family:strokes', '--arms', 'kept', '--p', '.5', '--seeds', '1', '--steps', '4', '--batch', '8'];
    const common = [...asked.slice(0, 1), ...pruned, ...asked.slice(1 + recipe.length), '--out', 'pruned', '--prune', 'hard', '--json'];
    const select = { metric: 'el2n', keep: 'hard', candidates: 2, balanced: false };
    const first = await kindling(...common, '--candidates', '2');
    expect(complaint(first)).not.toContain('got ');
    expect(JSON.parse(first.stdout)).toMatchObject({ ran: 1, recipe: { select } });
    expect(linesIn('pruned')).toMatchObject([{ arm: 'kept', select, warmup: { hostBytesPerStep: 0 } }]);
    const other = await kindling(...common, '--candidates', '3');
    expect(other.code).toBe(2);
    expect(complaint(other)).toContain('sweep.json: select: got {"balanced":false,"candidates":2');
  }, 60_000);

  it('trains a model of the user’s, and goes on with that one only', async () => {
    const model = (name: string) => `export default ({ channels, height, width }) => ({
      name: '${name}',
      parameters: (outputs) => ({ w: { shape: [outputs, channels * height * width], bound: 0.1 } }),
      forward: (p, { x }) => x.graph.emit('linear', { x: x.graph.reshape(x, [x.shape[0], 784]), w: p.w }, { relu: false }).y,
    });`;
    writeFileSync(join(place, 'plain.mjs'), model('plain'));
    writeFileSync(join(place, 'other.mjs'), model('other'));
    const own = ['--model', 'plain.mjs', '--out', 'own'];
    expect((await kindling(...asked, '--seeds', '1', '--arms', 'skip', ...own)).code).toBe(0);
    expect(linesIn('own')).toMatchObject([{ model: 'plain' }, { model: 'plain' }]);
    expect(readFileSync(join(place, 'own', 'model.mjs'), 'utf8')).toContain('plain');
    const other = await kindling(...asked, '--seeds', '1', '--arms', 'skip', '--model', 'other.mjs', '--out', 'own');
    expect(other.code).toBe(2);
    expect(complaint(other)).toContain('sweep.json: model: got {"module":"plain.mjs"');
  }, 120_000);

  it('refuses another recipe in the same folder', async () => {
    const other = await kindling(...asked, '--seeds', '3', '--out', 'whole');
    expect(other.code).toBe(2);
    expect(complaint(other)).toContain('sweep.json: seeds: got [1,2] in the folder; expected [1,2,3], as this command asks');
  });

  it('stops at a signal with exit code 130, and says how to go on', async () => {
    const { child, ended } = launch([...asked, '--together', '1', '--out', 'stopped'], place);
    while (lineCount('stopped') === 0 && child.exitCode === null) await sleep(10);
    child.kill('SIGINT');
    const stopped = await ended;
    expect(stopped.code).toBe(130);
    expect(complaint(stopped)).toContain('repeat the command: it goes on with what is in stopped');
  }, 120_000);

  it('in shards, merged, is the same sweep; a missing shard is a gap', async () => {
    for (const shard of ['0/2', '1/2']) expect((await kindling(...asked, '--shard', shard, '--out', 'parts')).code).toBe(0);
    const half = await kindling('merge', 'parts/shard-0-of-2', '--out', 'half', '--json');
    expect(half.code).toBe(1);
    expect(JSON.parse(half.stdout)).toMatchObject({ sweep: null, expected: 8 });
    expect(complaint(half)).toMatch(/missing: count (standardised|skip) p=0.5 12 steps mnist seed/);
    expect((await kindling('merge', 'parts/shard-0-of-2', '--out', 'half', '--partial')).code).toBe(0);
    const merged = await kindling('merge', 'parts', '--out', 'parts', '--json');
    expect(merged.code).toBe(0);
    const next = (await kindling('merge', 'parts', '--out', 'parts')).stdout;
    expect(next).toMatch(/Next: npx kindling report parts\n\s+npx kindling threshold parts\n$/);
    expect(JSON.parse(merged.stdout)).toMatchObject({ sweep: 'parts', lines: 8, duplicates: 0, missing: [] });
    expect(outcome('parts')).toEqual(outcome('whole'));
    // What was merged is a sweep like any other: it goes on where it was incomplete.
    const rest = await kindling(...asked, '--out', 'half', '--json');
    expect(JSON.parse(rest.stdout).found).toBeGreaterThan(0);
    expect(outcome('half')).toEqual(outcome('whole'));
  }, 120_000);

  it('has thresholds, as a table and as JSON', async () => {
    const json = JSON.parse((await kindling('threshold', 'whole', '--margin', '.02', '--json')).stdout);
    expect(json).toMatchObject({ margin: 0.02 });
    expect(json.thresholds.map(({ dataSet, steps, arm, seeds, grid }: Line) => [dataSet, steps, arm, seeds, grid])).toEqual([
      ['mnist', 12, 'standardised', 2, [0, 0.5]],
      ['mnist', 12, 'skip', 2, [0, 0.5]],
    ]);
    const table = await kindling('threshold', 'whole', '--margin', '.02');
    expect(table.code).toBe(0);
    expect(table.stdout).toContain('2 seeds: too few, the interval is too narrow');
  });

  it.each([
    ['no folder', ['sweep'], '--out: got nothing'],
    ['a checkpoint every 0 steps', ['sweep', '--checkpoint-every', '0', '--out', 'x'], '--checkpoint-every: got 0'],
    ['a model for adaptive', ['sweep', '--experiment', 'adaptive', '--model', 'm.mjs', '--out', 'x'], '--model: got it with adaptive'],
    ['no module', ['sweep', '--model', 'nowhere.mjs', '--out', 'x'], '--model: got nowhere.mjs, which is no file'],
    ['a p beyond 1', ['sweep', '--p', '0,2', '--out', 'x'], '--p: got "2"'],
    ['a shard beyond the last', ['sweep', '--shard', '4/4', '--out', 'x'], '--shard: got "4/4"'],
    ['no trial at once', ['sweep', '--together', '0', '--out', 'x'], '--together: got 0'],
    ['no sweep to merge', ['merge', 'nowhere', '--out', 'x'], 'nowhere: got no such folder'],
    ['no place for the whole', ['merge', 'whole'], '--out: got nothing'],
    ['a margin in points', ['threshold', 'whole', '--margin', '2'], '--margin: got 2'],
  ])('%s ends with exit code 2', async (_, args, message) => {
    const result = await kindling(...args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(complaint(result)).toContain(message);
  });
});
