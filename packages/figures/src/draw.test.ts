import { mkdirSync, writeFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { finalAccuracies } from './accuracy.js';
import { drawRun } from './draw.js';
import { switches } from './loss.js';
import { toPng } from './png.js';
import { parseRecord } from './record.js';
import { syntheticRecord } from './synthetic.js';
import { timePieces } from './time.js';

/** Draws and parses every figure as XML; a set KINDLING_FIGURES names a folder that the pictures go to, for looking at. */
async function draw(name: string, text: string): Promise<Record<string, Document>> {
  const figures = await drawRun(parseRecord(text));
  const folder = process.env.KINDLING_FIGURES;
  if (folder) mkdirSync(folder, { recursive: true });
  for (const figure of figures) if (folder) writeFileSync(`${folder}/${name}-${figure.name}.png`, await toPng(figure.svg));
  const { DOMParser } = new JSDOM('').window;
  // An XML parser throws nothing in jsdom: it returns a document whose root is `parsererror`.
  return Object.fromEntries(
    figures.map(({ name, svg }) => [name, new DOMParser().parseFromString(svg, 'image/svg+xml') as unknown as Document]),
  );
}
const texts = (svg: Document): string[] => [...svg.querySelectorAll('text')].map((node) => node.textContent ?? '');

const sweep = syntheticRecord({ p: [0, 0.3, 0.6], steps: 300, every: 5, evalEvery: 25, broken: 100 });

describe('drawRun', () => {
  it('draws every trial in every figure, as well-formed and self-contained SVG', async () => {
    const figures = await draw('sweep', sweep);
    expect(Object.keys(figures)).toEqual(['loss', 'accuracy', 'time']);
    for (const svg of Object.values(figures)) {
      expect(svg.documentElement.namespaceURI).toBe('http://www.w3.org/2000/svg');
      expect(svg.documentElement.localName).toBe('svg');
      expect(svg.querySelectorAll('style, script, image, use, [href]')).toHaveLength(0);
      expect(texts(svg)).toEqual(expect.arrayContaining(['p0', 'p0.3', 'p0.6']));
      expect(texts(svg).join()).toContain('300 steps · batch 64 · 2026-11-21 · commit 3f2a91c');
      expect(svg.documentElement.outerHTML).not.toMatch(/NaN|undefined/);
    }
  });

  it('parts warm-up and natural loss, and says where each trial switches and breaks', async () => {
    const { loss } = await draw('sweep', sweep);
    expect(texts(loss!)).toEqual(expect.arrayContaining(['Warm-up: mean squared error (log scale)', 'Natural data: cross-entropy']));
    expect(texts(loss!).join()).toContain('p0: the loss was not finite at 1 logged step, first at step 100');
    expect([...switches(parseRecord(sweep))]).toEqual([
      ['p0.3', 85],
      ['p0.6', 175],
    ]);
  });

  it('labels final accuracies, and falls back to the last evaluation of an unfinished trial', async () => {
    const unfinished = sweep.split('\n').filter((line) => !(line.includes('"summary"') && line.includes('"p0.6"')));
    const record = parseRecord(unfinished.join('\n'));
    expect(finalAccuracies(record).map(({ summarised }) => summarised)).toEqual([true, true, false]);
    const { accuracy } = await draw('unfinished', unfinished.join('\n'));
    for (const row of finalAccuracies(record)) expect(texts(accuracy!)).toContain(`${(100 * row.accuracy).toFixed(2)} %`);
    expect(texts(accuracy!).join()).toContain('No summary yet, last evaluation shown: p0.6.');
  });

  it('accounts for all wall time', () => {
    const pieces = timePieces(parseRecord(sweep)).filter(({ trial }) => trial === 'p0.3');
    expect(pieces.map(({ part }) => part)).toEqual(['compile', 'generate', 'load', 'train', 'evaluate', 'other']);
    expect(pieces.at(-1)!.to).toBeCloseTo(0.8 + 0.75 + 0.77 + 6.3 + 1.4 + 0.4);
  });

  it('draws a single run, long names that need escaping, and many trials', async () => {
    const single = await draw('single', syntheticRecord({ p: [0.4], steps: 200, every: 1, evalEvery: 5, named: false }));
    expect(Object.keys(single)).toEqual(['loss', 'accuracy', 'time']);
    const long = sweep.replaceAll('"p0.3"', '"standardised & <shuffled> labels, p=0.3, seed 1, OneCycle"');
    for (const svg of Object.values(await draw('long', long))) expect(texts(svg).join()).toContain('standardised & <shuffled>');
    const many = await draw(
      'many',
      syntheticRecord({ p: Array.from({ length: 15 }, (_, i) => i / 20), steps: 200, every: 2, evalEvery: 20 }),
    );
    expect(texts(many.loss!)).toEqual(expect.arrayContaining(['p0.05', 'p0.7']));
  });

  it('draws what there is: nothing, no finite loss, a loss of zero', async () => {
    const [header] = sweep.split('\n');
    expect(await draw('empty', `${header}\n`)).toEqual({});
    const line = (step: number, loss: number | null) => JSON.stringify({ type: 'train', phase: 'warmup', step, loss });
    const broken = await draw('broken', [header, line(0, null), line(1, null)].join('\n'));
    expect(texts(broken.loss!).join()).toContain('not finite at 2 logged steps');
    const zero = await draw('zero', [header, line(0, 1), line(1, 0)].join('\n'));
    expect(texts(zero.loss!)).toContain('Warm-up: mean squared error');
  });
});

describe('toPng', () => {
  it('renders at twice the size, on white, with the shipped font', async () => {
    const [figure] = await drawRun(parseRecord(sweep));
    const png = await toPng(figure!.svg);
    const height = Number(/height="(\d+)"/.exec(figure!.svg)![1]);
    expect([...png.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect([new DataView(png.buffer).getUint32(16), new DataView(png.buffer).getUint32(20)]).toEqual([1520, 2 * height]);
    // Text that no font could draw would leave the picture the same.
    const without = await toPng(figure!.svg.replaceAll(/<text[^>]*>[^<]*<\/text>/g, ''));
    expect(png.length - without.length).toBeGreaterThan(5000);
  });
});
