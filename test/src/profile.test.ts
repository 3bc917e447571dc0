import { createHash } from 'node:crypto';
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

const adapters = await testAdapters();

describe.each(adapters)('kindling profile on %s', (adapter) => {
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

  it.runIf(adapter === adapters[0])('profiles a stream that is pruned as it is made, which the host does not touch', async () => {
    const pruned = ['--experiment', 'family:strokes', '--arm', 'kept', '--prune', 'easy', '--prune-metric', 'margin', '--candidates', '2'];
    const result = await profile(
      ...pruned,
      '--p',
      '1',
      '--steps',
      '3',
      '--batch',
      '8',
      '--adapter',
      adapter,
      '--assert-zero-copy',
      '--json',
    );
    expect(complaint(result)).toContain('profiling 3 steps');
    expect(result.code).toBe(0);
    const { recipe, kernels } = JSON.parse(result.stdout);
    expect(recipe.select).toEqual({ metric: 'margin', keep: 'easy', candidates: 2, balanced: false });
    const data = kernels.filter(({ phase, part }: { phase: string; part: string }) => phase === 'warmup' && part === 'data');
    // Scores of the candidates and the copy of those that stay, besides the generator's own kernels.
    expect(data.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['prune/margin', 'selection/pick']));
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

  it('takes a recipe file, a keep list, and says so where it times by differences', async () => {
    writeFileSync(at('recipe.json'), JSON.stringify({ experiment: 'count', arm: 'skip', p: 0.5, steps: 100_000, batch: 16 }));
    const indices = Array.from({ length: 50 }, (_, i) => 2 * i);
    const hash = createHash('sha256')
      .update(Buffer.from(Uint32Array.from(indices).buffer))
      .digest('hex');
    writeFileSync(at('keep.json'), JSON.stringify({ indices, hash }));
    const kept = ['--keep-list', 'keep.json'];
    const result = await profile('recipe.json', ...kept, '--adapter', adapter, '--steps', '4', '--differences', '--json');
    expect(result.code).toBe(0);
    const report = JSON.parse(result.stdout);
    expect(report).toMatchObject({ timing: 'differences', recipe: { arm: 'skip', steps: 4, keepList: hash } });
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
    [['--candidates', '3'], '--candidates: got no --prune beside it'],
    [['--keep-list', 'nowhere.json'], 'nowhere.json'],
    [['--experiment', 'family:strokes', '--prune', 'hard', '--candidates', '0'], '--candidates: got 0'],
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
