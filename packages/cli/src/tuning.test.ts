import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { parseRunRecipe } from '@kindling/warmup';
import { afterAll, describe, expect, it } from 'vitest';
import { tuneRecipes } from './tuning.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-tuning-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

const facts = { name: 'none', channels: 1, height: 28, width: 28, classes: 10 };
const recipe = parseRunRecipe({ arm: 'standardised', p: 0.5, steps: 2, batch: 2 });

// Adapters differ in nothing that the cache sees, so the first one stands for all.
const [kind] = await testAdapters();

describe(`tuneRecipes on ${kind}`, { timeout: 120_000 }, async () => {
  const device = await testDevice(kind!);
  const cacheOf = (name: string) => ({ XDG_CACHE_HOME: join(place, name), HOME: join(place, name, 'home') });
  /** Tunes, and says how many problems were measured. */
  async function tune(env: Record<string, string>, more: { fresh?: boolean; signal?: AbortSignal; recipes?: (typeof recipe)[] } = {}) {
    const notes: string[] = [];
    const { fresh = false, signal = new AbortController().signal, recipes = [recipe] } = more;
    const run = { device, facts, signal, fresh, env, note: (line: string) => notes.push(line), effort: { sampleMs: 0.1, samples: 1 } };
    const tuned = await tuneRecipes(recipes, run);
    return { tuned, notes, measured: notes.filter((line) => line.includes(' tuned ')).length };
  }
  const fileOf = (name: string): string => {
    const folder = join(place, name, 'kindling');
    const [file, ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    return join(folder, file!);
  };

  it('measures once, and takes the rest from the cache: for a second recipe, and in a second run', async () => {
    const { tuned, measured } = await tune(cacheOf('hit'), { recipes: [recipe, { ...recipe, arm: 'skip' }] });
    expect(measured).toBeGreaterThan(3);
    expect(Object.keys(tuned[0]!.choices!).length).toBe(measured);
    expect(Object.entries(tuned[1]!.choices!).every(([key, variant]) => tuned[0]!.choices![key] === variant)).toBe(true);
    const again = await tune(cacheOf('hit'));
    expect(again.measured).toBe(0);
    expect(again.tuned[0]).toEqual(tuned[0]);
    // A tuned recipe passes the check of recipes, so that its run can be repeated.
    expect(parseRunRecipe(JSON.parse(JSON.stringify(tuned[0])))).toEqual(tuned[0]);
  });

  it('measures again when asked to, and when the file is gone', async () => {
    const { measured } = await tune(cacheOf('fresh'));
    expect((await tune(cacheOf('fresh'), { fresh: true })).measured).toBe(measured);
    rmSync(fileOf('fresh'));
    expect((await tune(cacheOf('fresh'))).measured).toBe(measured);
    expect((await tune(cacheOf('fresh'))).measured).toBe(0);
  });

  it('tunes anew with a note where the file is damaged, and mends it', async () => {
    const { measured } = await tune(cacheOf('damaged'));
    const path = fileOf('damaged');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20));
    const second = await tune(cacheOf('damaged'));
    expect(second.notes[0]).toMatch(`the tuning in ${path} is damaged (`);
    expect(second.measured).toBe(measured);
    expect((await tune(cacheOf('damaged'))).measured).toBe(0);
  });

  it('keeps what a recipe has chosen, unless told to measure anew', async () => {
    const env = cacheOf('pinned');
    const { tuned } = await tune(env);
    const naive = Object.fromEntries(Object.keys(tuned[0]!.choices!).map((key) => [key, 'naive']));
    const pinned = { ...recipe, choices: naive };
    expect((await tune(env, { recipes: [pinned] })).tuned[0]!.choices).toEqual(naive);
    expect((await tune(env, { recipes: [pinned], fresh: true })).measured).toBe(Object.keys(naive).length);
  });

  it('does without a cache folder, and says so', async () => {
    writeFileSync(join(place, 'file'), '');
    const blocked = join(place, 'file', 'below');
    const { measured, notes } = await tune({ XDG_CACHE_HOME: blocked, HOME: blocked, TMPDIR: blocked });
    expect(measured).toBeGreaterThan(3);
    expect(notes.join('\n')).toContain('no cache folder can be written');
  });

  it('stops between two problems', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(tune(cacheOf('stopped'), { signal: controller.signal })).rejects.toMatchObject({ exitCode: 130 });
  });
});
