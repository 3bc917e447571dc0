import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FitOptions, fit } from './fit.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindling-scaling-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command; its stdout. */
async function run(path: string, options: FitOptions): Promise<string> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    expect(await fit(path, { bootstrap: 20, ...options })).toBe(0);
  } finally {
    spy.mockRestore();
  }
  return written.join('');
}

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const line = (n: number, arm: string, accuracy: number): string => `${JSON.stringify({ n, arm, accuracy })}\n`;

describe('kindling scaling fit', () => {
  it('fits a CSV, prints one document, draws SVG and PNG', async () => {
    const xs = [10, 20, 40, 80, 160, 320, 640, 1280];
    const csv = file('power.csv', `n,error\n${xs.map((x, i) => `${x},${2 * x ** -0.5 * (1 + 0.01 * (-1) ** i)}`).join('\n')}\n`);
    const [svg, png] = [join(folder, 'fit.svg'), join(folder, 'new', 'fit.PNG')];
    const found = JSON.parse(await run(csv, { json: true, figure: svg }));
    expect(found).toMatchObject({
      x: 'n',
      y: 'error',
      d: null,
      rows: 8,
      distinct: 8,
      figure: svg,
      holdout: { rows: 2, count: 2, x: [640, 1280] },
    });
    expect(found.forms.map(({ form }: { form: string }) => form)).toEqual(['M1', 'M2', 'M3', 'M4', 'exponential']);
    expect(found.forms[0].parameters.c).toBeCloseTo(-0.5, 1);
    expect(found.comparison.verdict).toBe('power-law');
    expect(readFileSync(svg, 'utf8')).toContain('held out right of this');
    expect(await run(csv, { figure: png, forms: 'M1, exponential' })).toContain('Figure: ');
    expect(existsSync(png)).toBe(true);
  });

  it('reads a run’s folder, says its columns, and takes one arm', async () => {
    file(
      'results.jsonl',
      [10, 100, 1000, 10_000].map((n) => line(n, 'a', 1 - n ** -0.25) + line(n, 'a', 1 - n ** -0.25) + line(n, 'b', 0.5)).join(''),
    );
    const found = JSON.parse(await run(folder, { where: ['arm=a'], json: true, forms: 'M1', holdout: 1 }));
    expect(found).toMatchObject({ x: 'n', y: '1-accuracy', rows: 8, distinct: 4, bootstrap: { over: 'rows of each x' } });
    expect(found.forms[0].parameters.c).toBeCloseTo(-0.25, 9);
  });

  it('refuses what it cannot fit or write, before it draws', async () => {
    const csv = file('short.csv', 'n,error\n1,1\n2,.5\n4,.3\n');
    await expect(fit(join(folder, 'none.csv'), {})).rejects.toThrow(/none\.csv.*check the path/);
    await expect(fit(join(folder, 'new'), {})).rejects.toThrow(/folder without results\.jsonl/);
    await expect(fit(csv, { figure: join(folder, 'a.pdf') })).rejects.toThrow(/^--figure/);
    await expect(fit(csv, { forms: 'M1,M7' })).rejects.toThrow(/^--forms: got "M7"/);
    await expect(fit(csv, { x: 'N' })).rejects.toThrow(/^--x: got "N"/);
    await expect(fit(csv, { y: '1-error' })).rejects.toThrow(/short\.csv line 2: got y = 0/);
    await expect(fit(csv, { where: ['n=3'] })).rejects.toThrow(/^--where/);
    await expect(fit(file('one.csv', 'y\n1\n2\n'), {})).rejects.toThrow(/name them: --x/);
  });
});
