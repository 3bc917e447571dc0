import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SIMULATION_CELLS } from '@kindling/pruning';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { simulate } from './simulate.js';
import { stream } from './stream.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-simulate-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** What a command writes to stdout. */
async function output(run: () => Promise<number>): Promise<{ code: number; json: Record<string, unknown> }> {
  const text: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => text.push(String(chunk)) > 0);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const code = await run();
  return { code, json: JSON.parse(text.join('')) };
}

describe('prune simulate', () => {
  it('gives one JSON document with what was asked for', async () => {
    const options = { alpha: 2, keepFraction: 0.5, keep: 'easy', angle: 20, dimension: 20, seeds: 4, json: true };
    const { code, json } = await output(() => simulate(options));
    expect(code).toBe(0);
    expect(json).toMatchObject({ seeds: 4, dimension: 20, alpha: 2, keepFraction: 0.5, keep: 'easy', angle: 20, examples: 40, kept: 20 });
    expect(json.mean).toBeGreaterThan(0);
    expect(json.mean).toBeLessThan(0.5);
    expect(json.se).toBeGreaterThan(0);
  });

  it.each([
    [{}, '--alpha: got nothing'],
    [{ alpha: 2 }, '--keep-fraction: got nothing'],
    [{ alpha: 2, keepFraction: 0.001, dimension: 20 }, '--keep-fraction: got 0.001 of 40 examples, which rounds to 0'],
    [{ alpha: 2, keepFraction: 1, dimension: 1 }, '--dimension: got 1'],
    [{ alpha: 2, keepFraction: 1, seeds: 1.5 }, '--seeds: got 1.5'],
    [{ table: join(place, 'no'), keep: 'hard' }, '--keep: got hard beside --table'],
  ])('refuses %j', async (options, message) => {
    await expect(simulate(options)).rejects.toThrow(message);
  });

  it('makes a table once, goes on where one stopped, and refuses to mix two', { timeout: 600_000 }, async () => {
    const table = join(place, 'table');
    const options = { table, dimension: 10, seeds: 2, json: true };
    const { json } = await output(() => simulate(options));
    expect((json.cells as unknown[]).length).toBe(SIMULATION_CELLS.length);
    const results = join(table, 'results.json');
    const first = readFileSync(results, 'utf8');
    expect(readFileSync(join(table, 'README.md'), 'utf8')).toContain('N = 10 dimensions, 2 seeds a cell');
    expect(statSync(join(table, 'theory-and-simulation.png')).size).toBeGreaterThan(10_000);
    await output(() => simulate(options));
    expect(readFileSync(results, 'utf8')).toBe(first);
    await expect(simulate({ ...options, seeds: 3 })).rejects.toThrow('another --table');
  });
});

describe('prune stream', () => {
  it('gives every arm, and writes its figure', async () => {
    const out = join(place, 'stream');
    const { code, json } = await output(() =>
      stream({ task: 'perceptron', pool: 4, batch: 2, dimension: 10, steps: 40, seeds: 3, out, json: true }),
    );
    expect(code).toBe(0);
    expect((json.arms as { name: string }[]).map(({ name }) => name)).toEqual([
      'keep hard',
      'keep easy',
      'unpruned, as many examples',
      'unpruned, same compute',
      'unpruned, every candidate',
    ]);
    expect(statSync(join(out, 'stream.png')).size).toBeGreaterThan(10_000);
  });

  it.each([
    [{}, '--task: got nothing'],
    [{ task: 'perceptron', pool: 1 }, '--pool: got 1'],
    [{ task: 'perceptron', pool: 100, batch: 11 }, '1100 candidates'],
    [{ task: 'perceptron', steps: 0 }, '--steps: got 0'],
    [{ task: 'perceptron', score: 'loss' }, '--score: got "loss"'],
  ])('refuses %j', async (options, message) => {
    await expect(stream(options)).rejects.toThrow(message);
  });
});
