import { families } from '@kindling/datagen';
import { describe, expect, it } from 'vitest';
import { environment } from '../environment.js';
import { entryOf, onePass } from '../suite/entry.js';
import { documentParts } from '../testing/document.js';
import { benchGenerate } from './bench.js';
import { caseNames, generationCases, parseSizes, sizeText } from './cases.js';
import { Contender, ratioOf, type Timing } from './contender.js';
import { formatGenerate } from './format.js';
import { requireBinary } from './peers.js';
import type { GenerateReport, GenerationEntry } from './report.js';
import { TwinPool } from './twins.js';

describe('options', () => {
  it('reads sizes', () => {
    expect(parseSizes('28,64')).toEqual([28, 64]);
    expect(parseSizes(' 32 ')).toEqual([32]);
    expect(parseSizes('64,28,64')).toEqual([64, 28]);
  });

  it.each(['', '28,', '0', '-28', '1.5', '28x28', '1e2', '5000'])('refuses the sizes %j', (text) => {
    expect(() => parseSizes(text)).toThrow('--sizes');
  });

  it.each([
    [{ families: ['count', 'counts'] }, '--families'],
    [{ families: [] }, '--families'],
    [{ peers: ['torch'] }, '--peers'],
    [{ peers: ['toString'] }, '--peers'],
    [{ batch: 0 }, '--batch'],
    [{ batch: 2.5 }, '--batch'],
    [{ rounds: Number.NaN }, '--rounds'],
  ])('refuses %j before it opens a device', async (options, subject) => {
    await expect(benchGenerate(options)).rejects.toThrow(subject);
  });
});

describe('generationCases', () => {
  it('takes every family at both sizes, vectors once, and both densities of count', () => {
    const { cases } = generationCases();
    expect([...new Set(cases.map(({ family }) => family))].sort()).toEqual(Object.keys(families).sort());
    const sizesOf = (wanted: string): string[] => cases.filter(({ name }) => name === wanted).map(({ image }) => sizeText(image));
    expect(sizesOf('count')).toEqual(['28×28', '64×64']);
    expect(sizesOf('count uniform')).toEqual(['28×28', '64×64']);
    expect(sizesOf('points')).toEqual(['1×2']);
    expect(cases.find(({ name }) => name === 'count uniform')!.recipe).toMatchObject({ params: { density: 'uniform' } });
    expect(caseNames).toContain('count uniform');
  });

  it('says which sizes a family does not take', () => {
    const { cases, skipped } = generationCases({ families: ['gratings', 'count'], sizes: [4, 28] });
    expect(cases.map(({ name, image }) => `${name} ${sizeText(image)}`)).toEqual(['gratings 28×28', 'count 4×4', 'count 28×28']);
    expect(skipped).toEqual(['gratings: takes no 4×4 images']);
  });
});

describe('Contender', () => {
  it('counts batches, tells each round, and keeps another’s failure to itself', async () => {
    const rounds: number[] = [];
    let ran = 0;
    const wait = async (times: number): Promise<void> => {
      ran += times;
      await new Promise((resolve) => setTimeout(resolve, 1));
    };
    const good = await Contender.open('good', 0.001, async () => ({
      images: 8,
      run: wait,
      begin: (round) => rounds.push(round),
      destroy: () => undefined,
    }));
    const bad = await Contender.open('bad', 0.001, async () => {
      throw new Error('no such thing\nat all');
    });
    for (let round = 0; round < 3; round++) for (const contender of [good, bad]) await contender.sample(round);
    expect(rounds).toEqual([0, 1, 2, 3]);
    expect(ran).toBeGreaterThanOrEqual(4);
    expect(good.timing).toMatchObject({ n: 3, timesPerSample: good.timing.timesPerSample });
    expect(good.imagesPerSecond).toBeCloseTo(8000 / good.timing.msMedian!, 6);
    expect(bad.timing).toMatchObject({ n: 0, msMedian: null });
    expect([bad.problem, bad.imagesPerSecond, ratioOf(bad, good)]).toEqual(['no such thing', null, null]);
    expect(ratioOf(good, good)).toBe(1);
  });
});

describe('peers', () => {
  it('must make zeros and ones, half of each', () => {
    const values = Array.from({ length: 64 * 784 }, (_, i) => i % 2);
    expect(() => requireBinary(values)).not.toThrow();
    expect(() => requireBinary(values.slice(1))).toThrow('values');
    expect(() => requireBinary(values.map((value) => value / 2))).toThrow('zeros');
    expect(() => requireBinary(values.map(() => 1))).toThrow('ones');
  });
});

describe('TwinPool', () => {
  it('renders what sample() says, every image once, on two workers, and hands errors back', async () => {
    const { sample } = await import('@kindling/datagen');
    const pool = new TwinPool(new URL('../../dist/twin-worker.js', import.meta.url));
    const ones = Array.from({ length: 6 }, (_, i) => sample({ family: 'count' }, 1, 3, i).label).reduce((a, b) => a + b, 0);
    expect(await pool.render({ family: 'count' }, 3, 3)).toBe(ones);
    await expect(pool.render({ family: 'none' } as never, 0, 1)).rejects.toThrow('family');
    expect(await pool.render({ family: 'count' }, 3, 3)).toBe(ones);
    await pool.destroy();
  });
});

const timing = (ms: number | null): Timing =>
  ms === null
    ? { msMedian: null, msMin: null, msMax: null, n: 0, spread: null, timesPerSample: 0, samples: [] }
    : { msMedian: ms, msMin: ms, msMax: ms, n: 7, spread: 0.1, timesPerSample: 5, samples: [ms] };

function entry(name: string, format: GenerationEntry['format'], rate: number | null, problem?: string): GenerationEntry {
  const how = ({ f32: 'generation', u8: 'generation + pack', cpu: 'twin' } as const)[format];
  const common = entryOf({ set: 'generate', name: `${name} ${format}`, ...onePass([]), warmUp: 0, repetitions: 0 });
  return {
    ...common,
    ...{ name, format, how, image: { height: 28, width: 28, channels: 1 }, batch: 64, ...timing(rate === null ? null : 64_000 / rate) },
    ...{ imagesPerSecond: rate, gbPerSecond: format === 'cpu' ? null : 1.5, shareOfFill: 0.123 },
    ...(problem === undefined ? {} : { problem }),
  };
}

const report: GenerateReport = {
  ...documentParts,
  ...{ adapter: 'GPU', load: 0.25, batch: 64, loadAfter: [1.5], seconds: 99.6, versions: { kindling: '0.1.0' } },
  adapterInfo: {} as GenerateReport['adapterInfo'],
  environment: environment(),
  entries: [
    ...[entry('count', 'f32', 1_234_567), entry('count', 'u8', 500_000), entry('count', 'cpu', 12_345.67)],
    ...[entry('ifs', 'f32', null, 'too large'), entry('ifs', 'u8', 3), entry('ifs', 'cpu', null)],
  ],
  skipped: ['ifs: takes no 4×4 images'],
  ceilings: [{ name: 'fill', unit: 'GB/s', median: 14, min: 13, max: 15, n: 7 }],
  step: timing(5.3),
  stepWithBinary: timing(5.4),
  addedShare: 0.0189,
  costs: [
    { name: 'count', msMedian: 0.1, shareOfStep: 0.019 },
    { name: 'strokes', msMedian: 2, shareOfStep: 0.4 },
  ],
  sources: [
    { name: 'Kindling', how: 'family count', batch: 64, imagesPerSecond: 640_000, ratio: 1, ...timing(0.1) },
    { name: 'CPU twins', how: 'sample()', batch: 2, imagesPerSecond: 10_000, ratio: 64, ...timing(0.2) },
    { name: 'tfjs', how: 'host', batch: 0, imagesPerSecond: null, ratio: null, ...timing(null), problem: 'not installed' },
  ],
};

describe('formatGenerate', () => {
  const text = formatGenerate(report);
  const lineOf = (start: RegExp): string => text.split('\n').find((line) => start.test(line)) ?? '';
  const cells = (line: string): string[] => line.split(/ {2,}/);

  it('gives a row a recipe and size, with both formats and the CPU', () => {
    expect(cells(lineOf(/^count +28×28/))).toEqual([
      'count',
      '28×28',
      '1,234,567',
      '1.5',
      '12 %',
      '10 %',
      '7×5',
      '500,000',
      '1.5',
      '10 %',
      'pack',
      '12,346',
      '10 %',
      '100',
    ]);
    expect(cells(lineOf(/^ifs +28×28/)).slice(2, 4)).toEqual(['–', '1.5']);
  });

  it('says that u8 is packed, what was left out and what failed', () => {
    expect(text).toContain('u8 by pack: generation + pack');
    expect(text).toContain('left out: ifs: takes no 4×4 images');
    expect(text).toContain('problem: ifs 28×28 f32: too large');
    expect(text).toContain('problem: tfjs: not installed');
  });

  it('sets a batch beside the step and beside other sources, whatever their batch', () => {
    expect(text).toContain('5.3 ms (spread 10 %, n 7×5)');
    expect(text).toContain('a difference of 1.9 % of a step');
    expect(cells(lineOf(/^count +0/))).toEqual(['count', '0.1', '1.9 %']);
    expect(cells(lineOf(/^strokes +2/))).toEqual(['strokes', '2', '40 %']);
    expect(cells(lineOf(/^CPU twins/)).slice(0, 3)).toEqual(['CPU twins', '6.4', '10,000']);
    expect(cells(lineOf(/^fill /))).toEqual(['fill', '14 GB/s', '13 – 15', '7']);
    expect(text).toContain('load 0.25 before, 1.50 after');
  });

  it('is JSON all through', () => {
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
