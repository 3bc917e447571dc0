import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawWord, sampleKey, unitFloat } from '@kindling/core';
import { testAdapters } from '@kindling/device/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBars } from './bars.js';
import { complaint, launch, type Result } from './command.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-resume-'));
const at = (...parts: string[]): string => join(place, ...parts);
afterAll(() => rmSync(place, { recursive: true, force: true }));

const [adapter, other] = await testAdapters();
const EVERY = 10;
/** Software adapters differ in speed by a factor of five; a run should take some seconds on each, for a kill to hit it. */
const STEPS = adapter === 'swiftshader' ? 100 : 200;
const KILLS = 4;

const small = ['--batch', '4', '--p', '0.5', '--steps', String(STEPS), '--data', 'bars', '--adapter', adapter!];
const often = ['--checkpoint-every', String(EVERY)];
const command = (out: string, ...more: string[]): string[] => ['warmup', ...small, ...often, '--out', out, ...more];
const resume = (out: string, ...more: string[]): Promise<Result> => launch(['warmup', '--resume', out, ...more], place).ended;

/** Whole lines of a record; a kill may have cut the last one off. */
const lines = (out: string): Record<string, unknown>[] =>
  existsSync(at(out, 'metrics.jsonl'))
    ? readFileSync(at(out, 'metrics.jsonl'), 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
    : [];
const checkpoints = (out: string): number[] =>
  existsSync(at(out)) ? readdirSync(at(out)).flatMap((name) => Number(/^checkpoint-(\d+)\.safetensors$/.exec(name)?.[1] ?? []) || []) : [];
const lastStep = (out: string): number => Math.max(0, ...lines(out).map(({ type, step }) => (type === 'train' ? (step as number) : 0)));
const model = (out: string): Buffer => readFileSync(at(out, 'model.safetensors'));
/** What a record says of training and evaluation, without seconds. */
const points = (out: string) =>
  lines(out).flatMap(({ type, phase, step, loss, losses, lr, accuracy, testLoss }) =>
    type === 'train' || type === 'eval' ? [{ type, phase, step, loss, losses, lr, accuracy, testLoss }] : [],
  );

/** Runs a command until its record reaches a step, then signals it. */
async function stopAt(out: string, step: number, signal: 'SIGINT' | 'SIGKILL', ...more: string[]): Promise<Result> {
  const { child, ended } = launch(command(out, ...more), place);
  while (lastStep(out) < step && child.exitCode === null) await new Promise((done) => setTimeout(done, 2));
  child.kill(signal);
  return ended;
}

beforeAll(() => {
  writeBars(at('bars'));
  writeBars(at('others'), 2);
});

describe(`a run on ${adapter} that is stopped`, { timeout: 600_000 }, () => {
  it.each([
    ['count', ['--arm', 'published']],
    ['augment', ['--experiment', 'augment']],
  ])('ends with the bits of an uninterrupted one, killed at random moments: %s', async (name, arm) => {
    const [whole, killed] = [`${name}-whole`, `${name}-killed`];
    expect((await launch(command(whole, ...arm), place).ended).code).toBe(0);
    const key = sampleKey(1, 'selection', 0);
    let kills = 0;
    for (let attempt = 0; ; attempt++) {
      // Begun is what has a recipe; a process that was killed before left nothing to go on with.
      const begun = existsSync(at(killed, 'recipe.json'));
      const from = Math.max(0, ...checkpoints(killed));
      const { child, ended } = launch(begun ? ['warmup', '--resume', killed] : command(killed, ...arm), place);
      // One moment anywhere while it starts, then each some milliseconds after some step further on.
      const [share, more] = [0, 1].map((i) => unitFloat(drawWord(key, attempt, 2 * name.length + i)));
      const step = kills === 1 ? 0 : from + 1 + Math.floor((share! * STEPS) / 8);
      if (kills < KILLS) {
        while (lastStep(killed) < step && child.exitCode === null) await new Promise((done) => setTimeout(done, 2));
        await new Promise((done) => setTimeout(done, more! * (kills === 1 ? 1000 : 40)));
        child.kill('SIGKILL');
      }
      const result = await ended;
      if (result.code === 0) break;
      expect(result.code, complaint(result)).toBeNull();
      kills++;
      const newest = Math.max(0, ...checkpoints(killed));
      expect(newest).toBeGreaterThanOrEqual(from);
      expect(checkpoints(killed).length).toBeLessThanOrEqual(3);
      expect(lastStep(killed) - newest, `lost at kill ${kills}`).toBeLessThanOrEqual(EVERY);
    }
    expect(kills).toBeGreaterThan(2);
    expect(model(killed).equals(model(whole))).toBe(true);
    expect(points(killed)).toEqual(points(whole));
    expect(lines(killed).filter(({ type }) => type === 'summary')).toHaveLength(1);
    expect(readdirSync(at(killed)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    expect(checkpoints(killed)).toHaveLength(2);
  });

  it('keeps a checkpoint at Ctrl-C, says how to go on, and goes on', async () => {
    // No checkpoint but this one, and not at a multiple of anything.
    const stopped = await stopAt('interrupted', 20, 'SIGINT', '--checkpoint-every', '0');
    expect(stopped.code).toBe(130);
    expect(complaint(stopped)).toContain('Next: go on with `kindling warmup --resume interrupted`, or start it anew');
    expect(checkpoints('interrupted')).toEqual([lastStep('interrupted')]);
    expect(lines('interrupted').at(-1)).toMatchObject({ type: 'interrupted', step: checkpoints('interrupted')[0] });
    const evaluated = await launch(['evaluate', 'interrupted'], place).ended;
    expect(complaint(evaluated)).toContain('go on with it: kindling warmup --resume interrupted');

    const [step] = checkpoints('interrupted');
    const ended = await resume('interrupted', '--json');
    expect(ended.code).toBe(0);
    expect(complaint(ended)).toContain(`going on after step ${step} of ${STEPS}`);
    expect(JSON.parse(ended.stdout)).toMatchObject({ steps: STEPS, resumedFrom: step, run: 'interrupted' });
    expect(model('interrupted').equals(model('count-whole'))).toBe(true);
    const again = await resume('interrupted');
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing is left to do') });
  });

  it('starts from its first step where it was killed before any checkpoint', async () => {
    await stopAt('early', 5, 'SIGKILL', '--checkpoint-every', '0');
    // A kill may cut the last line off.
    writeFileSync(at('early', 'metrics.jsonl'), readFileSync(at('early', 'metrics.jsonl'), 'utf8').slice(0, -7));
    const ended = await resume('early');
    expect(ended.code).toBe(0);
    expect(complaint(ended)).toContain('early holds no checkpoint yet, so the run starts from its first step');
    expect(model('early').equals(model('count-whole'))).toBe(true);
  });

  it('uses the older checkpoint where the newer one is damaged, and says so', async () => {
    await stopAt('damaged', 3 * EVERY, 'SIGKILL');
    const [older, newer] = checkpoints('damaged').sort((a, b) => a - b);
    const path = at('damaged', `checkpoint-${String(newer).padStart(8, '0')}.safetensors`);
    const bytes = readFileSync(path);
    bytes[bytes.length - 4321]! ^= 16;
    writeFileSync(path, bytes);
    const ended = await resume('damaged');
    expect(ended.code).toBe(0);
    expect(complaint(ended)).toMatch(/the checkpoint damaged\/checkpoint-\d+\.safetensors is damaged \(content of SHA-256/);
    expect(complaint(ended)).toContain(`going on after step ${older} of`);
    expect(model('damaged').equals(model('count-whole'))).toBe(true);
    expect(points('damaged')).toEqual(points('count-whole'));
  });

  it('is left to the process that runs it', async () => {
    const { child, ended } = launch(command('busy'), place);
    while (lastStep('busy') < EVERY && child.exitCode === null) await new Promise((done) => setTimeout(done, 2));
    // A stopped process cannot end before the second one has looked.
    child.kill('SIGSTOP');
    const second = await resume('busy');
    expect(second.code).toBe(2);
    expect(complaint(second)).toContain(`busy: got a run that process ${child.pid} is running; expected a folder that nobody writes to`);
    child.kill('SIGCONT');
    expect((await ended).code).toBe(0);
    expect(model('busy').equals(model('count-whole'))).toBe(true);
    expect(existsSync(at('busy', 'running.json'))).toBe(false);
  });

  describe('and resumed with something else', () => {
    // Half as long: it is ended on a slower adapter.
    beforeAll(() => stopAt('begun', 2 * EVERY, 'SIGINT', '--steps', String(STEPS / 2)).then(() => undefined), 240_000);

    it.each([
      ['steps', ['--steps', '50'], /--resume begun: got steps 50; expected \d+, as the run began\. Next: leave --steps away/],
      ['a recipe file', ['--recipe', 'count-whole/recipe.json', '--arm', 'skip'], /got arm "skip"; expected "published"/],
      ['another folder', ['--out', 'elsewhere'], /got --out; expected the run as it began/],
      ['tuning', ['--tune'], /got --tune; expected the run as it began/],
      ['other data', ['--data', 'others'], /got data others with SHA-256 \w+…; expected bars with \w+…, on which the run began/],
      ['half a step', ['--checkpoint-every', '0.5'], /--checkpoint-every: got 0\.5; expected a whole number from 0/],
    ])('refuses %s', async (_, args, message) => {
      const refused = await resume('begun', ...args);
      expect(refused.code).toBe(2);
      expect(complaint(refused)).toMatch(message);
      expect(existsSync(at('begun', 'model.safetensors'))).toBe(false);
    });

    it('refuses a folder that holds no run, and to start another run in one that does', async () => {
      expect(complaint(await resume('bars'))).toMatch(/bars: got no recipe\.json/);
      const second = await launch(command('begun'), place).ended;
      expect(second.code).toBe(2);
      expect(complaint(second)).toContain('kindling warmup --resume begun');
    });

    it.runIf(other)('says that another adapter gives other bits', async () => {
      const ended = await resume('begun', '--adapter', other!);
      expect(ended.code).toBe(0);
      expect(complaint(ended)).toMatch(
        /the run began with adapter .* and goes on with .*: it will not end with the bits of a run on one alone/,
      );
      expect(lines('begun').find(({ type }) => type === 'resumed')).toMatchObject({
        adapter: expect.stringMatching(new RegExp(other!, 'i')),
      });
    });
  });
});
