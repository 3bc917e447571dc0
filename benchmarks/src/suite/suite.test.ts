import { readFileSync } from 'node:fs';
import { testAdapters } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import type { Host } from '../host.js';
import { checkSets } from '../sets/index.js';
import { documentParts } from '../testing/document.js';
import { violations } from '../testing/json-schema.js';
import { type Bench, runPass } from './bench.js';
import { comparisonsOf } from './comparisons.js';
import { type BenchDocument, joinPasses } from './document.js';
import { entryOf, idOf, onePass, setNames } from './entry.js';
import { formatDocument } from './format.js';
import { measurePass } from './passes.js';
import { benchSuite } from './run.js';
import { parseSlow, SLOW, slowed } from './slow.js';

const schema = JSON.parse(readFileSync(new URL('../../schema/bench.schema.json', import.meta.url), 'utf8'));
const adapter = { ...documentParts.adapterInfo, name: 'GPU', kind: 'lavapipe' as const, software: true };

const example = (): BenchDocument => {
  const entry = (name: string, samples: number[], models: number) =>
    entryOf({
      set: 'sweep',
      name,
      ...onePass(samples),
      warmUp: 3,
      repetitions: 2,
      work: { amount: models, unit: 'model step' },
      facts: { models },
    });
  const entries = [entry('1 model', [2, 2.2, 1.9], 1), entry('8 models', [4, 4.4, 3.8], 8)];
  return {
    ...documentParts,
    adapterInfo: adapter,
    entries,
    comparisons: comparisonsOf(entries),
    missing: [{ what: 'torch', reason: 'no Python' }],
  };
};

describe('entries', () => {
  it('summarise their samples', () => {
    const entry = entryOf({
      set: 'data',
      name: 'x',
      ...onePass([4, 2, 3, 1]),
      warmUp: 5,
      repetitions: 10,
      work: { amount: 64, unit: 'image' },
    });
    expect(entry).toMatchObject({ id: 'data/x', median: 2.5, min: 1, max: 4, q1: 1.75, q3: 3.25, spread: 0.6, n: 4, round: [0, 1, 2, 3] });
    expect(entry.rate).toEqual({ unit: 'images/s', median: 25_600 });
    expect(entryOf({ set: 'data', name: 'x', engine: 'torch', ...onePass([]), warmUp: 0, repetitions: 0 })).toMatchObject({
      ...{ id: 'data/x (torch)', median: null, spread: null, rate: null, n: 0, wrong: false },
    });
  });

  it('join over passes, with the problem of one beside what the others measured', () => {
    const result = { set: 'step', name: 'a', engine: 'kindling', warmUp: 2, repetitions: 3, facts: {}, wrong: false };
    const [entry] = joinPasses([
      { adapter, rssBytes: 1, results: [{ ...result, samples: [1, 2], cpu: [0.5, 1], rounds: [0, 1] }] },
      { adapter, rssBytes: 1, results: [{ ...result, samples: [3], cpu: [2], rounds: [0], problem: 'stopped' }] },
    ]);
    expect(entry).toMatchObject({ samples: [1, 2, 3], cpu: [0.5, 1, 2], pass: [0, 0, 1], round: [0, 1, 0], warmUp: 4, problem: 'stopped' });
  });

  it('say how much throughput the models axis gives', () => {
    const [gain] = example().comparisons;
    expect(gain).toMatchObject({ of: 'sweep/8 models', over: 'sweep/1 model', n: 3 });
    expect(gain!.ratio).toBeCloseTo(4, 9);
  });
});

describe('the schema', () => {
  it('holds for a document as it is written, and for its table there is text', () => {
    const document = example();
    expect(violations(JSON.parse(JSON.stringify(document)), schema)).toEqual([]);
    const text = formatDocument(document);
    expect(text).toContain('not measured: torch: no Python');
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^8 models along the models axis.* 4× /);
  });

  it.each([
    [{ schema: 'other' }, '/schema'],
    [{ entries: [{ id: 'x' }] }, '/entries/0: lacks set'],
    [{ passes: 0.5 }, '/passes: is number, not integer'],
    [{ load: -1 }, '/load: is -1, below 0'],
    [{ missing: [{ what: 'a', reason: 'b', more: 1 }] }, '/missing/0: has more'],
    [{ slowed: 3 }, '/slowed'],
    [{ versions: { a: 1 } }, '/versions/a'],
  ])('does not for %j', (change, text) => {
    expect(violations({ ...JSON.parse(JSON.stringify(example())), ...change }, schema).join()).toContain(text);
  });
});

describe('options', () => {
  it.each([
    [{ sets: ['speed'] }, 'got speed'],
    [{ sets: [] }, 'no set'],
    [{ passes: 0 }, '--passes'],
    [{ rounds: 1.5 }, '--rounds'],
    [{ sampleSeconds: 0 }, '--sample-seconds'],
    [{ models: [0] }, '--models'],
    [{ budgetSeconds: Number.NaN }, '--budget'],
  ])('refuses %j before it opens a device', async (options, subject) => {
    await expect(benchSuite(options)).rejects.toThrow(subject);
  });

  it('keeps the order of sets, whatever was asked for first', () => {
    expect(checkSets(['sweep', 'ceiling'])).toEqual(['ceiling', 'sweep']);
    expect(checkSets(setNames)).toEqual([...setNames]);
  });
});

describe('slowing down on purpose', () => {
  it('is read, and refused, by its form', () => {
    expect(parseSlow('step/=1.2')).toEqual({ part: 'step/', factor: 1.2 });
    expect([parseSlow(undefined), parseSlow('')]).toEqual([undefined, undefined]);
    for (const text of ['step', 'step=0.5', 'step=x', '=']) expect(() => parseSlow(text)).toThrow(SLOW);
  });

  it('takes the time that it says, of the entries that it names', async () => {
    process.env[SLOW] = 'step/=3';
    try {
      const body = { run: () => new Promise<void>((resolve) => setTimeout(resolve, 20)), destroy: () => undefined };
      expect(slowed('data/x', body)).toBe(body);
      const start = performance.now();
      await slowed('step/x', body).run(1);
      // Three times a wait of at least 20 ms, less a timer's millisecond; a slow machine only makes it longer.
      expect(performance.now() - start).toBeGreaterThan(55);
    } finally {
      delete process.env[SLOW];
    }
  });
});

describe('a pass', () => {
  it('takes turns, keeps one bench’s failure to itself, and checks results', async () => {
    const order: string[] = [];
    const bench = (name: string, check?: () => Promise<void>): Bench => ({
      set: 'step',
      name,
      open: async () => ({
        run: async () => void order.push(name),
        ...(check ? { check } : {}),
        destroy: () => undefined,
      }),
    });
    const broken: Bench = { set: 'step', name: 'broken', open: async () => Promise.reject(new Error('no such thing\nat all')) };
    const wrong = bench('wrong', async () => Promise.reject(new Error('its result is off')));
    const benches = [bench('a'), broken, wrong];
    const results = await runPass({} as Host, benches, { rounds: 4, sampleSeconds: 1e-9, notice: () => undefined });
    expect(results.map(({ name, samples, problem }) => [name, samples.length, problem])).toEqual([
      ['a', 4, undefined],
      ['broken', 0, 'no such thing'],
      ['wrong', 4, 'its result is off'],
    ]);
    expect(results.map(({ wrong: bad }) => bad)).toEqual([false, false, true]);
    expect(idOf('step', 'a', 'torch')).toBe('step/a (torch)');
  });
});

describe.each(await testAdapters())('sets on %s', (kind) => {
  it('measure, and find their own results right; generated batches move no byte', async () => {
    const request = {
      sets: ['ceiling', 'data', 'sweep'] as const,
      options: { models: [1, 2] },
      adapter: kind,
      rounds: 1,
      sampleSeconds: 1e-6,
    };
    const answer = await measurePass(request, () => undefined);
    const entries = joinPasses([answer]);
    expect(entries.filter(({ problem }) => problem !== undefined).map(({ id, problem }) => `${id}: ${problem}`)).toEqual([]);
    expect(entries.every(({ n, median, cpu }) => n === 1 && median! > 0 && cpu.length === (answer.adapter.software ? 1 : 0))).toBe(true);
    const bytes = (id: string) => entries.find((entry) => entry.id === id)!.facts.hostToGpuBytes;
    for (const name of ['resident', 'generated count', 'generated strokes']) {
      expect([bytes(`data/batch, ${name}`), bytes(`data/step on ${name}`)]).toEqual([0, 0]);
    }
    expect(bytes('data/batch, disk')).toBe(4 * 64 * 784 + 4 * 64);
    expect(entries.find(({ id }) => id === 'data/step on disk')!.facts.fileBytes).toBe(64 * 784);
    const document = { ...documentParts, adapterInfo: answer.adapter, entries, comparisons: comparisonsOf(entries) };
    expect(violations(JSON.parse(JSON.stringify(document)), schema)).toEqual([]);
  });
});
