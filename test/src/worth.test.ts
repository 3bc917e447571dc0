import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testAdapters } from '@kindling/device/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBars } from './bars.js';
import { complaint, launch, type Result } from './command.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-worth-'));
const kindling = (...args: string[]): Promise<Result> => launch(args, place).ended;
afterAll(() => rmSync(place, { recursive: true, force: true }));

const results = (folder: string): string => join(place, folder, 'results.jsonl');
const lineCount = (folder: string): number =>
  existsSync(results(folder)) ? readFileSync(results(folder), 'utf8').split('\n').length - 1 : 0;
/** What may not depend on kills or company: everything but seconds. */
const outcome = (folder: string): string[] =>
  readFileSync(results(folder), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { time: _, together: __, ...rest } = JSON.parse(line);
      return JSON.stringify(rest);
    })
    .sort();

describe('worth', async () => {
  const [adapter] = await testAdapters();
  const recipe = ['--arms', 'none,strokes,strokes:kept', '--n', '10,60', '--seeds', '2', '--steps', '10', '--warmup-steps', '10'];
  const asked = ['worth', ...recipe, '--batch', '8', '--targets', '.2,.999', '--data', 'bars', '--adapter', adapter!];
  let whole: Result;

  beforeAll(async () => {
    writeBars(join(place, 'bars'));
    whole = await kindling(...asked, '--out', 'whole', '--json');
  }, 180_000);

  it('has a line for each arm, n and seed, and says what each arm needs', () => {
    expect(complaint(whole)).not.toContain('got ');
    expect(whole.code).toBe(0);
    const document = JSON.parse(whole.stdout);
    expect(document).toMatchObject({ folder: 'whole', trials: 12, ran: 12, found: 0, n: [10, 60], seeds: [1, 2] });
    expect(document.steps).toEqual({ natural: 12 * 10, generated: 4 * 10 });
    expect(document.targets.map(({ target }: { target: number }) => target)).toEqual([0.2, 0.999]);
    for (const { arms, ratios } of document.targets) {
      expect(arms.map(({ arm }: { arm: string }) => arm)).toEqual(['none', 'family:strokes', 'family:strokes:kept']);
      for (const need of arms) expect(Object.keys(need).sort()).toEqual(['arm', 'atMost', 'best', 'high', 'low', 'n', 'reached']);
      expect(ratios.map(({ arm }: { arm: string }) => arm)).toEqual(['family:strokes', 'family:strokes:kept']);
    }
    const { folder: _, trials: __, found: ___, ran: ____, seconds: _____, ...kept } = document;
    expect(JSON.parse(readFileSync(join(place, 'whole', 'worth.json'), 'utf8'))).toEqual(kept);
    expect(readFileSync(join(place, 'whole', 'README.md'), 'utf8')).toContain('| family:strokes:kept | 10 + 10 |');
    expect(readFileSync(join(place, 'whole', 'worth.svg'), 'utf8')).toContain('Natural images needed for 99.9 %');
    expect(existsSync(join(place, 'whole', 'worth.png'))).toBe(true);
  });

  it('gives the same after SIGKILL, and never runs a finished trial again', async () => {
    let kills = 0;
    for (let run = 0; run < 2; run++) {
      const before = lineCount('killed');
      const { child, ended } = launch([...asked, '--together', '2', '--out', 'killed'], place);
      while (lineCount('killed') === before && child.exitCode === null) await sleep(10);
      child.kill('SIGKILL');
      if ((await ended).code === null) kills++;
      expect(lineCount('killed')).toBeGreaterThan(before);
      // A line that was cut off in the middle, as by a power cut.
      if (run === 0) appendFileSync(results('killed'), '{"experiment":"worth","arm":"no');
    }
    expect(kills).toBe(2);
    const there = lineCount('killed');
    const last = await kindling(...asked, '--together', '2', '--out', 'killed', '--json');
    expect(JSON.parse(last.stdout)).toMatchObject({ trials: 12, found: there, ran: 12 - there });
    expect(outcome('killed')).toEqual(outcome('whole'));
    // Nothing is left to train: targets may change, and no device is needed.
    const other = await kindling(...asked, '--targets', '.3', '--adapter', 'nonesuch', '--out', 'killed', '--json');
    expect(JSON.parse(other.stdout)).toMatchObject({ found: 12, ran: 0, targets: [{ target: 0.3 }] });
  }, 240_000);

  it('refuses another recipe in the folder, an n beyond the data, and a missing --out', async () => {
    const other = await kindling(...asked, '--steps', '21', '--out', 'whole', '--json');
    expect(other.code).toBe(2);
    expect(JSON.parse(other.stdout).error.message).toContain('recipe.json: steps: got 10 in the folder; expected 21');
    const pruned = await kindling(...asked, '--prune', 'hard', '--out', 'whole', '--json');
    expect(pruned.code).toBe(2);
    expect(JSON.parse(pruned.stdout).error.message).toContain('recipe.json: select: got nothing in the folder; expected {"balanced":false');
    const beyond = await kindling(...asked, '--n', '10,61', '--out', 'beyond');
    expect(beyond.code).toBe(2);
    expect(complaint(beyond)).toContain('--n: got 61 images of bars; expected 10, one a class, to 60');
    const nowhere = await kindling(...asked);
    expect(nowhere.code).toBe(2);
    expect(complaint(nowhere)).toContain('--out: got nothing');
    const sweep = await kindling('threshold', 'whole');
    expect(sweep.code).toBe(2);
    expect(complaint(sweep)).toContain('expected the folder of a sweep');
  }, 60_000);

  it('stops at a signal with exit code 130, and says how to go on', async () => {
    const { child, ended } = launch([...asked, '--together', '1', '--out', 'stopped'], place);
    while (lineCount('stopped') === 0 && child.exitCode === null) await sleep(10);
    child.kill('SIGINT');
    const stopped = await ended;
    expect(stopped.code).toBe(130);
    expect(complaint(stopped)).toContain('repeat the command: it goes on with what is in stopped');
  }, 120_000);
});
