import { describe, expect, it } from 'vitest';
import { toPng } from '../png.js';
import type { WorthLine, WorthRatio } from './estimate.js';
import { drawWorth, rangeText, verdict, worthMarkdown, worthOf } from './index.js';

const ratio = (value: number | null, low: number | null, high: number | null): WorthRatio => ({
  arm: 'longer',
  ratio: { value, low, high },
  replaces: { value, low, high },
  perBatch: null,
});

describe('verdict', () => {
  it.each([
    [ratio(3, 2, 4), 'longer: none needs 3 (2 … 4) times as many natural images'],
    [ratio(null, 2, null), 'longer: none needs at least 2 times as many natural images'],
    [ratio(0.5, 0.25, 0.75), 'longer: it costs images: none needs 0.5 (0.25 … 0.75) times as many'],
    [ratio(null, null, 0.75), 'longer: it costs images: none needs at most 0.75 times as many'],
    [ratio(1.2, 0.9, 1.5), 'longer: no difference that these seeds show: 1.2 (0.9 … 1.5)'],
    [ratio(1.2, null, null), 'longer: no difference that these seeds show: 1.2 (–)'],
    [ratio(null, null, null), 'longer: the ladder does not say'],
  ])('%#: %s', (given, expected) => expect(verdict(given, 'none')).toBe(expected));
});

it('says a range by the ends that it has', () => {
  expect([rangeText(1234.5, 20_000), rangeText(null, 3), rangeText(3, null), rangeText(null, null)]).toEqual([
    '1,235 … 20,000',
    'at most 3',
    'at least 3',
    '–',
  ]);
});

describe('figure and tables', () => {
  const ladder = [20, 100, 500, 2000, 60_000];
  const arms = { none: 0.78, longer: 0.785, 'family:strokes': 0.84, 'family:strokes:kept': 0.91, 'family:gratings': 0.76 };
  const lines = Object.entries(arms).flatMap(([arm, start]) =>
    ladder.flatMap((n, i) =>
      [1, 2, 3, 4, 5].map(
        (seed): WorthLine => ({
          experiment: 'worth',
          arm,
          n,
          p: null,
          steps: 400,
          warmupSteps: arm.startsWith('family') ? 300 : 0,
          seed,
          dataSet: 'mnist',
          accuracy: start + ((0.97 - start) * i) / 4 + 0.004 * (seed - 3),
          testLoss: 0.1,
          time: { total: 1 },
        }),
      ),
    ),
  );
  const estimate = worthOf(lines, [0.9, 0.95, 0.99], { resamples: 200 });

  it('says everything once more in Markdown', () => {
    const text = worthMarkdown(estimate);
    expect(text).toContain('| none | 0 + 400 | 78.00 ± 0.79 |');
    expect(text).toContain('Natural images needed for 95 %:');
    expect(text).toContain('| family:strokes:kept | at most 20 | at most 20 |');
    expect(text).toContain('| none | not reached (best 97.00 %) | at least 60,000 | 1 | – | – |');
    expect(text).not.toContain('With as much compute');
    expect(text).not.toMatch(/NaN|undefined|Infinity|null/);
    const fair = worthMarkdown(estimate, worthOf(lines, [0.95], { baseline: 'longer', resamples: 200 }));
    expect(fair).toContain('With as much compute, against `longer`:');
    expect(fair).toMatch(/- 95 %, family:strokes: longer needs 1\.\d+ \(.*\) times as many natural images\./);
    expect(fair).not.toContain('- 95 %, none');
  });

  it('draws every arm and target in one well-formed SVG', async () => {
    const { wide, narrow } = await drawWorth(estimate, ['mnist · 400 steps']);
    for (const svg of [wide, narrow]) {
      for (const arm of Object.keys(arms)) expect(svg).toContain(`>${arm}<`);
      expect(svg).toContain('Natural images needed for 99 %');
      expect(svg).toContain('not reached');
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
    const png = await toPng(wide);
    expect([...png.slice(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    const { KINDLING_FIGURES: folder } = process.env;
    if (folder) {
      const { writeFileSync } = await import('node:fs');
      for (const [name, svg] of Object.entries({ wide, narrow })) writeFileSync(`${folder}/worth-${name}.png`, await toPng(svg));
    }
  });
});
