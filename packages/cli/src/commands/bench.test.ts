import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawBenchRecord, isBenchRecord } from './bench-figures.js';
import { type BenchOptions, benchCommands, checkBench, list, wholes } from './bench-options.js';

describe('the command line of bench', () => {
  it('takes a set, none, two files to compare, or a name to record', () => {
    expect(checkBench(undefined, [], {})).toBe('default');
    expect(checkBench('compare', ['a.json', 'b.json'], { threshold: '5%' })).toBe('compare');
    expect(checkBench('record', ['nightly'], { sets: 'step', peers: true })).toBe('record');
    for (const what of benchCommands.filter((name) => !['compare', 'record'].includes(name)))
      expect(checkBench(what, [], { adapter: 'x' })).toBe(what);
  });

  const refused: [string | undefined, string[], BenchOptions, string][] = [
    ['speed', [], {}, 'bench: got speed'],
    ['default', [], {}, 'bench: got default'],
    ['toString', [], {}, 'bench: got toString'],
    ['compare', ['a.json'], {}, 'two files'],
    ['record', [], {}, 'one name'],
    ['step', ['more'], {}, 'no further argument'],
    ['data', [], { variants: true }, '--variants'],
    ['ceiling', [], { peers: 'torch' }, '--peers'],
    ['data', [], { cold: false }, '--no-cold'],
    [undefined, [], { blockSeconds: 1 }, '--block-seconds'],
    ['compare', ['a', 'b'], { adapter: 'lavapipe' }, '--adapter'],
    [undefined, [], { rounds: 0 }, '--rounds'],
    [undefined, [], { passes: 1.5 }, '--passes'],
    [undefined, [], { budget: 0 }, '--budget'],
    ['headline', [], { accuracy: 1 }, '--accuracy'],
    ['headline', [], { steps: -1 }, '--steps'],
    [undefined, [], { record: '../elsewhere' }, 'record'],
  ];
  it.each(refused)('refuses bench %s %j %j', (what, files, options, text) => {
    expect(() => checkBench(what, files, options)).toThrow(text);
  });

  it('reads lists', () => {
    expect([list('a, b,,none'), list(undefined), list('none')]).toEqual([['a', 'b'], undefined, []]);
    expect(wholes('--models', '1, 8,32')).toEqual([1, 8, 32]);
    for (const text of ['', '1,x', '1.5', '-1']) expect(() => wholes('--models', text)).toThrow('--models');
  });
});

describe('a record of bench', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kindling-bench-'));
  const entry = { id: 'step/a', set: 'step', name: 'a', engine: 'kindling', median: 2, min: 1, max: 4, n: 4, wrong: false };
  const write = (report: object): void => writeFileSync(join(folder, 'report.json'), JSON.stringify(report));

  it('is drawn again from its report alone', async () => {
    expect(isBenchRecord(folder)).toBe(false);
    write({ schema: 'kindling-bench/1', bench: 'step', adapter: 'GPU', entries: [entry] });
    expect(isBenchRecord(folder)).toBe(true);
    const out = join(folder, 'again');
    expect(await drawBenchRecord(folder, out)).toEqual([join(out, 'entries.svg'), join(out, 'entries.png')]);
    expect(readdirSync(out).sort()).toEqual(['entries.png', 'entries.svg']);
  });

  it('is refused when it is older, or damaged', async () => {
    write({ entries: [entry] });
    await expect(drawBenchRecord(folder)).rejects.toThrow('got schema none; expected kindling-bench/1');
    writeFileSync(join(folder, 'report.json'), '{');
    await expect(drawBenchRecord(folder)).rejects.toThrow('expected JSON');
    rmSync(folder, { recursive: true });
  });
});
