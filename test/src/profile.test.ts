import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testAdapters } from '@kindling/device/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complaint, launch, type Result } from './command.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-profile-'));
const at = (name: string): string => join(place, name);
const profile = (...args: string[]): Promise<Result> => launch(['profile', '--data', at('small'), ...args], place).ended;

/** Noise in ten classes as the four IDX files: enough to train on, and evaluated at once. */
function writeSmall(folder: string): void {
  mkdirSync(folder);
  let state = 1;
  const byte = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  };
  const idx = (name: string, magic: number, sizes: number[], bytes: Uint8Array): void => {
    const head = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
    for (const [i, value] of [magic, ...sizes].entries()) head.setUint32(4 * i, value);
    writeFileSync(join(folder, name), Buffer.concat([new Uint8Array(head.buffer), bytes]));
  };
  for (const [stem, count] of [
    ['train', 100],
    ['t10k', 40],
  ] as const) {
    idx(`${stem}-images-idx3-ubyte`, 0x803, [count, 28, 28], Uint8Array.from({ length: 784 * count }, byte));
    idx(
      `${stem}-labels-idx1-ubyte`,
      0x801,
      [count],
      Uint8Array.from({ length: count }, (_, i) => i % 10),
    );
  }
}

beforeAll(() => writeSmall(at('small')));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe.each(await testAdapters())('kindling profile on %s', (adapter) => {
  it('passes --assert-zero-copy on generated batches, and writes report, trace and page', async () => {
    const args = ['--adapter', adapter, '--steps', '8', '--p', '0.5', '--batch', '16', '--json', '--assert-zero-copy'];
    const result = await profile(...args, '--trace', at(`${adapter}-trace.json`), '--html', at(`${adapter}.html`));
    expect(complaint(result)).toContain('profiling 8 steps');
    expect(result.code).toBe(0);
    const report = JSON.parse(result.stdout);
    expect(report).toMatchObject({
      schema: 'kindling-profile/1',
      timing: 'timestamps',
      assertZeroCopy: true,
      recipe: { steps: 8, p: 0.5 },
    });
    expect(report.ledger.zeroCopy).toMatchObject({ passed: true, violations: [] });
    expect(report.ceilings.map(({ kind }: { kind: string }) => kind)).toEqual(['fill', 'copy', 'fma', 'dispatch']);
    const kernels: { phase: string; name: string }[] = report.kernels;
    expect(kernels.filter(({ phase }) => phase === 'warmup').map(({ name }) => name)).toContain('count/half');
    // Sources, not the built files, are named.
    const sites: string[] = report.ledger.rows.map(({ site }: { site: string }) => site);
    expect(sites.some((site) => /^packages\/warmup\/src\/natural\.ts:\d+$/.test(site))).toBe(true);
    expect(sites.filter((site) => /dist\//.test(site))).toEqual([]);
    const trace = JSON.parse(readFileSync(at(`${adapter}-trace.json`), 'utf8'));
    expect(trace.traceEvents.length).toBeGreaterThan(50);
    expect(readFileSync(at(`${adapter}.html`), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\s*$/);
  });

  it('fails --assert-zero-copy on the disk source, and names who uploads', async () => {
    const result = await profile('--adapter', adapter, '--steps', '4', '--batch', '16', '--source', 'disk', '--assert-zero-copy');
    expect(result.code).toBe(1);
    // Three natural steps of sixteen images as f32, and their labels.
    const bytes = (3 * 16 * (4 * 784 + 4)).toLocaleString('en');
    expect(complaint(result)).toContain(`--assert-zero-copy: Zero copy: natural steps moved ${bytes} bytes to the GPU`);
    expect(complaint(result)).toMatch(/Moved by packages\/warmup\/src\/group\.ts:\d+/);
    expect(result.stdout).toContain('natural: step');
  });

  it('takes a recipe file, and says so where it times by differences', async () => {
    writeFileSync(at('recipe.json'), JSON.stringify({ experiment: 'count', arm: 'skip', p: 0.5, steps: 100_000, batch: 16 }));
    const result = await profile('recipe.json', '--adapter', adapter, '--steps', '4', '--differences', '--json');
    expect(result.code).toBe(0);
    const report = JSON.parse(result.stdout);
    expect(report).toMatchObject({ timing: 'differences', recipe: { arm: 'skip', steps: 4 } });
    expect(report.warnings[0]).toContain('Timestamps were not to be used: kernels are timed by differences');
  });
});

describe('kindling profile refuses', () => {
  it.each([
    [['--source', 'tape'], '--source: got tape; expected generated, resident, disk'],
    [['--source', 'disk', '--data-source', 'resident'], '--source: got disk, with --data-source resident'],
    [['--steps', '0'], '--steps: got 0'],
    [['--p', '1.5'], '--p: got 1.5'],
    [['--arm', 'nonsense'], 'arm'],
    [['--trace', 'nowhere/trace.json'], '--trace: got nowhere/trace.json, whose folder does not exist'],
    [['--html', '.'], '--html: got ., a folder'],
    [['missing.json'], 'missing.json'],
    [['one.json', '--recipe', 'two.json'], '--recipe: got two.json, beside one.json'],
    [['--resume', 'x'], 'unknown option'],
  ])('%j', async (args, message) => {
    const result = await profile(...args, '--json');
    expect(result.code).toBe(2);
    expect(complaint(result)).toContain(message);
    expect(JSON.parse(result.stdout).error.exitCode).toBe(2);
  });
});
