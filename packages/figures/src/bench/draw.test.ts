import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { toPng } from '../png.js';
import { type BenchFigureDocument, benchCaption, type HeadlineFacts } from './document.js';
import { drawBench } from './draw.js';
import { headlineBars } from './headline.js';

const run = (total: number, reached = true) => ({
  ...{ reached, steps: reached ? 250 : 800, total, curve: [{ accuracy: 0.5 }, { accuracy: reached ? 0.91 : 0.874 }] },
  seconds: { compile: 0.2 * total, generate: 0, load: 0.1 * total, upload: 0.2 * total, train: 0.5 * total, evaluate: 3 * total },
});
const contestant = (engine: string, source: string, runs: ReturnType<typeof run>[], more: object = {}) => ({
  engine,
  source,
  runs,
  wrong: false,
  ...more,
});

const headline: HeadlineFacts = {
  ...{ accuracy: 0.9, maxSteps: 800, evaluateEvery: 50, batch: 64, learningRate: 0.001 },
  contestants: [
    contestant('kindling', 'generated', [run(6, false), run(5), run(7)]),
    contestant('kindling', 'resident', [run(3), run(2), run(2.5)]),
    contestant('tfjs', 'resident', [run(90), run(95)]),
    contestant('jax-js-jit', 'resident', [run(1)], { wrong: true, problem: 'loss 9 at step 10' }),
    contestant('torch-cuda', 'resident', [], { problem: 'no CUDA device' }),
  ],
};
const document: BenchFigureDocument = {
  ...{ bench: 'default', adapter: 'llvmpipe', environment: { date: '2026-11-22T01:02:03Z', commit: `${'a1'.repeat(20)} with changes` } },
  entries: [
    { id: 'step/a', set: 'step', name: 'a', engine: 'kindling', median: 2, min: 1, max: 4, n: 4, wrong: false },
    { id: 'step/a (torch)', set: 'step', name: 'a', engine: 'torch', median: 20, min: 10, max: 40, n: 4, wrong: false },
    { id: 'step/a (odd)', set: 'step', name: 'a', engine: 'odd', median: 0.1, min: 0.1, max: 0.1, n: 4, wrong: true },
    { id: 'data/b', set: 'data', name: 'b', engine: 'kindling', median: null, min: null, max: null, n: 0, wrong: false },
  ],
};

const textOf = (svg: string): string => new JSDOM(svg, { contentType: 'image/svg+xml' }).window.document.documentElement.textContent!;

describe('drawBench', () => {
  it('draws seconds to an accuracy, with those that did not get there, and says who is left out', async () => {
    const figures = await drawBench({ ...document, headline });
    expect(figures.map(({ name }) => name)).toEqual(['headline', 'headline-narrow']);
    for (const { svg } of figures) {
      // Lines are broken where they end.
      const text = textOf(svg).replaceAll('-', '');
      for (const part of [
        'Seconds to 90 % on MNIST',
        'Kindling, resident',
        '2.50 s, 250 steps',
        '2 of 3 got there in 800 steps; best 91.0 %',
        '92.5 s, 250 steps (2 runs)',
        'The quick ones, larger',
        'Evaluations are off the clock: 6.00 to 285 s',
        'Not shown: jaxjs, resident: loss 9',
        'Not shown: PyTorch, CUDA, resident:',
      ]) {
        expect(text).toContain(part);
      }
      expect((await toPng(svg)).length).toBeGreaterThan(10_000);
    }
    expect(figures[1]!.svg).toContain('width="380"');
  });

  it('shows the run of the median total, of two their mean, whose parts add up to it', () => {
    const bars = headlineBars(headline);
    expect(bars.map(({ label, total, low, high }) => [label, total, low, high])).toEqual([
      ['Kindling, generated', 6, 5, 7],
      ['Kindling, resident', 2.5, 2, 3],
      ['TensorFlow.js, resident', 92.5, 90, 95],
    ]);
    for (const { pieces, total } of bars) expect(pieces.at(-1)!.to).toBeCloseTo(total, 9);
    expect(bars[1]!.pieces.map(({ part }) => part)).toEqual(['compile', 'load', 'upload', 'train']);
  });

  it('draws entries of several engines a row each, and leaves wrong ones out by name', async () => {
    const [figure] = await drawBench(document);
    expect(figure!.name).toBe('entries');
    const text = textOf(figure!.svg);
    for (const part of ['step: ms a repetition', 'a, kindling', 'a, torch', 'Left out, as their results are wrong: step/a (odd).'])
      expect(text).toContain(part);
    expect(text).not.toContain('data: ms');
  });

  it('has nothing to draw of a run in which nothing ran', async () => {
    expect(await drawBench({ ...document, entries: [] })).toEqual([]);
    expect(await drawBench({ ...document, headline: { ...headline, contestants: [] } })).toEqual([]);
  });

  it('names adapter, day and commit', () => {
    expect(benchCaption(document)).toBe('llvmpipe · 2026-11-22 · commit a1a1a1a with changes');
    expect(benchCaption({ bench: 'x', adapter: 'GPU', entries: [] })).toBe('GPU');
  });
});
