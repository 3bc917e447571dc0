import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testAdapters } from '@kindling/device/testing';
import type { SweepLine } from '@kindling/figures';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectedLines, type SweepCard, writeSweep } from '../sweep/folder.js';
import { type SweepAsked, sweepRecipe } from '../sweep/recipe.js';
import { renderSamples } from '../sweep-samples.js';
import { figure } from './figure.js';
import { report } from './report.js';

const root = mkdtempSync(join(tmpdir(), 'kindling-report-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

/** A sweep's folder with made-up results: accuracy .9 − .3·p, a little better for each later seed. */
function makeSweep(name: string, asked: SweepAsked, keep: (line: SweepLine) => boolean = () => true): string {
  const path = join(root, name);
  const recipe = sweepRecipe(asked);
  const lines = expectedLines(recipe, null).map((identity) => ({
    ...identity,
    accuracy: 0.9 - 0.3 * (identity.p ?? 0) + 0.001 * identity.seed,
    testLoss: 0.4,
    time: { compile: 0.1, generate: 0.2, load: 0.1, train: 2, evaluate: 1, total: 3.5 },
  })) as unknown as SweepLine[];
  const card: SweepCard = {
    kind: 'sweep',
    recipe,
    shard: null,
    lines: lines.length,
    data: {},
    versions: { kindling: '0.0.0' },
    commit: null,
    date: '2026-11-22T00:00:00Z',
  };
  writeSweep(path, card, lines.filter(keep));
  return path;
}

const small: SweepAsked = { arms: 'published,skip', p: '0,.3,.6', seeds: '3', steps: '200' };
const names = ['accuracy-mnist-200', 'test-loss-mnist-200', 'time-mnist-200'];
const files = names.flatMap((name) => [`${name}.png`, `${name}.svg`]);

describe('kindling report', () => {
  it('writes a page and its figures, by default into the sweep’s folder', async () => {
    const path = makeSweep('plain', small);
    expect(await report(path, {})).toBe(0);
    expect(readdirSync(path).sort()).toEqual([...files, 'report.html', 'results.jsonl', 'sweep.json'].sort());
    expect(readFileSync(join(path, 'report.html'), 'utf8')).toContain('What this record cannot say');
  });

  it('writes beside --out, and says how much of an interrupted sweep there is', async () => {
    const path = makeSweep('part', small, ({ arm, p }) => arm !== 'skip' || p !== 0.6);
    const out = join(root, 'elsewhere', 'page.html');
    await report(path, { out });
    expect(readdirSync(join(root, 'elsewhere')).sort()).toEqual([...files, 'page.html'].sort());
    expect(readdirSync(path).sort()).toEqual(['results.jsonl', 'sweep.json']);
    expect(readFileSync(out, 'utf8')).toContain('15 of 18');
  });

  it('lets `kindling figure` draw a sweep', async () => {
    const target = join(root, 'figures');
    expect(await figure(makeSweep('figures-of', small), { out: target })).toBe(0);
    expect(readdirSync(target).sort()).toEqual([...files].sort());
  });

  it('refuses what it cannot use, naming the option', async () => {
    const path = makeSweep('refused', small);
    await expect(report(path, { margin: 2 })).rejects.toThrow('--margin: got 2');
    await expect(report(path, { adapter: 'lavapipe' })).rejects.toThrow('--adapter: got it without --samples');
    await expect(report(join(root, 'nothing'), {})).rejects.toThrow('no such folder');
    const augment = makeSweep('augment', { ...small, experiment: 'augment' });
    await expect(report(augment, { samples: true })).rejects.toThrow('--samples: got a sweep of augment');
    const plain = makeSweep('no-warm-up', { ...small, p: '0' });
    await expect(report(plain, { samples: true })).rejects.toThrow('without warm-up');
  });
});

describe.each(await testAdapters())('samples on %s', (kind) => {
  it('are rendered once for each generator and step, and shown in the page', async () => {
    const path = makeSweep(`samples-${kind}`, { ...small, arms: 'published,standardised,density,skip' });
    const target = join(path, 'samples');
    await renderSamples(sweepRecipe({ ...small, arms: 'published,standardised,density,skip' }), target, kind);
    const pictures = readdirSync(target).sort();
    // p = .6 of 200 steps: 120 of warm-up. The labels' scale does not change the images.
    const steps = [0, 119, 59].map((step) => `seed-1__step-${step}.png`);
    expect(pictures).toEqual([
      ...steps.map((step) => `count__density__${step}`),
      ...steps.map((step) => `count__published+standardised__${step}`),
    ]);
    const { width, height, data } = PNG.sync.read(readFileSync(join(target, pictures[3]!)));
    expect([width, height]).toEqual([2 * (12 * 29 - 1), 56]);
    // Half of a random binary picture is white; the lines between samples add a little.
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += data[i]! / 255;
    expect(sum / (width * height)).toBeGreaterThan(0.48);
    expect(sum / (width * height)).toBeLessThan(0.56);
    await report(path, {});
    expect(readFileSync(join(path, 'report.html'), 'utf8').split('data:image/png;base64,')).toHaveLength(7);
  });
});
