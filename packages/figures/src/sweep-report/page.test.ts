import { mkdirSync, writeFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';
import { describe, expect, it } from 'vitest';
import { toPng } from '../png.js';
import { textWidth } from '../style.js';
import { meanShares, seriesOf, wholeTicks } from './class-series.js';
import { meanConfusion } from './confusion.js';
import { cutNote, spread } from './curves.js';
import { type SweepRecord, sweepFacts } from './facts.js';
import { sweepReport } from './page.js';
import { timeOf } from './savings.js';
import { type SyntheticSweep, syntheticSweep } from './synthetic.js';
import { ranges } from './text.js';

const grid = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** Shapes like those of the published experiment at 200 steps. */
const shape: SyntheticSweep['accuracy'] = (arm, p) => {
  const natural = 0.83 - 0.45 * p ** 3;
  if (p === 0 || arm === 'skip') return natural;
  if (arm === 'density') return natural - 0.02 * p;
  if (arm === 'standardised') return natural + 0.03 * Math.sin(3 * p) - 0.09 * p;
  return Math.max(0.1, natural - 0.9 * p ** 1.6);
};

const full: SyntheticSweep = {
  arms: ['published', 'standardised', 'density', 'per-phase', 'skip'],
  p: grid,
  seeds: [1, 2, 3, 4, 5],
  steps: [200],
  accuracy: shape,
  spread: 0.035,
  evalEvery: 5,
};

/** The same with few p: figures are drawn in half the time. */
const few: SyntheticSweep = { ...full, p: [0, 0.3, 0.6] };

/** The report, its page parsed; a set KINDLING_FIGURES names a folder that page and pictures go to, for looking at. */
async function made(name: string, record: SweepRecord, samples: { title: string; png: string }[] = []) {
  const report = await sweepReport(record, { samples });
  const folder = process.env.KINDLING_FIGURES;
  if (folder) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/${name}.html`, report.html);
    for (const figure of report.figures) writeFileSync(`${folder}/${name}-${figure.name}.png`, await toPng(figure.wide));
  }
  const { document } = new JSDOM(report.html).window;
  return { ...report, document };
}

const texts = (root: ParentNode): string[] => [...root.querySelectorAll('text')].map((node) => node.textContent ?? '');

describe('sweepReport', () => {
  it('is one page: no script, nothing from elsewhere, every figure in two widths', async () => {
    const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==';
    const { html, document, figures } = await made('full', syntheticSweep(full), [{ title: 'count, step 0 <raw>', png: pixel }]);
    expect(document.querySelectorAll('script, link, iframe, object')).toHaveLength(0);
    expect(html.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:|url\(|@import/);
    for (const node of document.querySelectorAll('[src], [href]')) {
      expect(node.getAttribute('src') ?? node.getAttribute('href')).toMatch(/^(data:image\/png;base64,|#)/);
    }
    expect(html).not.toMatch(/NaN|undefined|Infinity|\[object/);
    expect(figures.map(({ name }) => name)).toEqual(['accuracy-mnist-200', 'test-loss-mnist-200', 'time-mnist-200']);
    expect(document.querySelectorAll('figure .wide > svg')).toHaveLength(3);
    expect(document.querySelectorAll('figure .narrow > svg')).toHaveLength(3);
    expect(document.querySelector('figcaption')!.textContent).toBe('count, step 0 <raw>');
    expect(document.querySelector('#recipe')!.textContent).toContain('06b0d1f1');
  });

  it('names every arm in every figure, and the poster with its steps', async () => {
    const { figures } = await made('names', syntheticSweep(few));
    const { DOMParser } = new JSDOM('').window;
    for (const figure of figures) {
      for (const svg of [figure.wide, figure.narrow]) {
        const words = texts(new DOMParser().parseFromString(svg, 'image/svg+xml') as unknown as Document);
        expect(words).toEqual(expect.arrayContaining([...full.arms]));
        expect(svg).not.toMatch(/NaN|undefined/);
        // Titles and headings are broken into lines where the figure ends, never cut.
        const document = new DOMParser().parseFromString(svg, 'image/svg+xml');
        const width = Number(document.documentElement.getAttribute('width'));
        for (const node of document.querySelectorAll('svg > text[font-weight="bold"]')) {
          const end = 16 + 1.1 * textWidth(node.textContent!, Number(node.getAttribute('font-size')));
          expect([node.textContent, end <= width, node.textContent!.includes('…')]).toEqual([node.textContent, true, false]);
        }
      }
    }
    const [accuracy, loss, time] = figures.map(({ wide }) => wide);
    expect(accuracy).toContain('poster (200 steps, one seed)');
    expect(time).toContain('poster (200 steps, one seed)');
    expect(loss).not.toContain('poster');
    for (const part of ['compile', 'generate', 'load', 'train', 'evaluate', 'total']) expect(time).toContain(`${part} (s)`);
  });

  it('writes in the table what the lines hold', async () => {
    const { document } = await made('table', syntheticSweep({ ...few, spread: 0, arms: ['published', 'skip'] }));
    const [table] = document.querySelectorAll('table');
    const rows = [...table!.querySelectorAll('tr')].map((row) => [...row.children].map((cell) => cell.textContent));
    expect(rows[0]).toEqual(['', 'published', 'skip', 'poster']);
    expect(rows[2]![0]).toBe('p = 0.3');
    expect(rows[2]![2]).toBe(`${(100 * shape('skip', 0.3)).toFixed(2)} ± 0.00 (5)`);
    expect(rows[2]![3]).toBe('77.0');
  });

  it('draws what there is: one seed, holes, a budget of several, nothing', async () => {
    const holes = syntheticSweep({
      ...few,
      steps: [200, 500],
      without: ({ arm, p }) => arm === 'density' && p! > 0.3,
      change: ({ p }) => (p === 0.6 ? { testLoss: null } : {}),
    });
    const { figures, document } = await made('holes', holes);
    expect(figures).toHaveLength(6);
    expect(document.querySelectorAll('nav a')).toHaveLength(2);
    expect((await made('one', syntheticSweep({ ...few, seeds: [1], p: [0, 0.3] }))).figures).toHaveLength(3);
    expect((await made('single', syntheticSweep({ ...few, p: [0.3] }))).html).not.toMatch(/NaN|undefined/);
    const empty = await made('empty', syntheticSweep({ ...full, without: () => true }));
    expect(empty.figures).toEqual([]);
    expect(empty.html).toContain('The record holds no finished trial.');
  });

  it('draws the adaptive experiment: end accuracy, weights over time, confusion', async () => {
    const record = syntheticSweep({
      experiment: 'adaptive',
      arms: ['published', 'control'],
      p: null,
      seeds: [1, 2, 3, 4, 5],
      steps: [100],
      accuracy: (arm) => (arm === 'control' ? 0.88 : 0.91),
      classes: true,
    });
    const { figures, html } = await made('adaptive', record);
    expect(figures.map(({ name }) => name)).toEqual([
      'accuracy-mnist-100',
      'class-weights-mnist-100',
      'class-accuracy-mnist-100',
      'confusion-mnist-100',
    ]);
    expect(html).not.toMatch(/NaN|undefined/);
    const [cell] = sweepFacts(record).groups[0]!.cells;
    for (const row of meanConfusion(cell!)!) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(meanShares(cell!)!.rows).toHaveLength(10);
    for (const row of meanShares(cell!)!.rows) expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    // No epoch twice on the axis of a short training.
    expect([wholeTicks(1, 2, 15), wholeTicks(1, 10, 4), wholeTicks(3, 3, 15)]).toEqual([[1, 2], [1, 4, 7, 10], [3]]);
    // Of long trainings a line holds some epochs only.
    const { epochs } = record.lines[0]!;
    const some = (epochs as object[]).map((epoch, i) => ({ ...epoch, epoch: 1 + 3 * i }));
    expect(seriesOf({ ...record.lines[0]!, epochs: some }, 'accuracy')!.epochs).toEqual([1, 4, 7, 10, 13, 16, 19, 22, 25, 28]);
    expect(seriesOf({ ...record.lines[0]!, epochs: [{ epoch: 2, weights: [1] }, null] }, 'weights')).toBeUndefined();
    // Earlier versions wrote how many epochs there were, and the weights after the last.
    const brief = record.lines.map((line) => {
      const weights = (line.epochs as { weights: number[] }[]).at(-1)!.weights;
      return { ...line, epochs: 10, weights, confusion: undefined };
    });
    const end = await made('adaptive-plain', { ...record, lines: brief });
    expect(end.figures.map(({ name }) => name)).toEqual(['accuracy-mnist-100', 'class-weights-mnist-100']);
    expect(end.html).toMatch(/ends with class \d drawn most/);
    const bare = { ...record, lines: brief.map(({ weights: _, ...line }) => ({ ...line, weights: undefined })) };
    expect((await made('adaptive-bare', bare)).figures.map(({ name }) => name)).toEqual(['accuracy-mnist-100']);
  });
});

describe('the sampler over time', () => {
  const augment: SyntheticSweep = { ...few, experiment: 'augment', arms: ['published', 'random', 'skip'] };
  const change: SyntheticSweep['change'] = ({ arm, p, seed }) =>
    arm === 'skip' || p === 0
      ? {}
      : {
          poses: Array.from({ length: 10 }, (_, i) => ({
            step: 10 * (i + 1),
            tx: arm === 'random' ? [0.1 * Math.sin(i + seed), 3.4] : [(seed % 2 ? 1 : -1) * 0.5 * i, 3 / (i + 1)],
            ty: [0.2 * i, 1 / (i + 1)],
            rotation: [seed, 11],
          })),
        };

  it('draws how images are moved, and says where that ends', async () => {
    const { figures, html, document } = await made('augment', syntheticSweep({ ...augment, change }));
    expect(html).not.toMatch(/NaN|undefined/);
    const figure = figures.find(({ name }) => name === 'poses-mnist-200')!;
    expect(figure.alt).toContain('published, random');
    // hypot(4.5, 1.8) for every seed, and mean |rotation| of seeds 1 … 5.
    expect(document.body.textContent).toContain('published moves a batch’s mean by 4.85 px and 3.00°');
    expect(document.body.textContent).not.toContain('skip moves');
  });

  it('leaves out what a record does not hold', async () => {
    const broken = syntheticSweep({ ...augment, change: () => ({ poses: [{ step: 1, tx: [0], ty: [0, 1], rotation: [0, 1] }] }) });
    for (const record of [syntheticSweep(augment), broken]) {
      const { figures, html } = await made('augment-bare', record);
      expect(figures.map(({ name }) => name)).toEqual(['accuracy-mnist-200', 'test-loss-mnist-200', 'time-mnist-200']);
      expect(html).not.toContain('How are the images moved?');
    }
  });
});

describe('timeOf', () => {
  it('counts trials of one dispatch as one measurement', () => {
    const [together, apart] = [5, 1].map((many) => sweepFacts(syntheticSweep({ ...full, together: many })).groups[0]!.cells[1]!);
    expect(timeOf(together!, 'train')).toMatchObject({ low: null, high: null, n: 1 });
    expect(timeOf(apart!, 'train')!.n).toBe(5);
    expect(timeOf(apart!, 'train')!.low).toBeLessThan(timeOf(apart!, 'train')!.mean);
    expect(timeOf(apart!, 'nap')).toBeUndefined();
  });
});

describe('cutNote', () => {
  const style = { color: '#000000', symbol: 'circle' } as const;
  const curve = (high: number) => ({
    name: 'one',
    style,
    points: [
      { p: 0, mean: 90, low: 89, high: 91 },
      { p: 0.5, mean: 80, low: 160 - high, high },
    ],
  });
  it('speaks where an interval passes its panel, not where it ends at what can be', () => {
    expect(cutNote([{ curves: [curve(82)], limits: [0, 100] }])).toEqual([]);
    expect(cutNote([{ curves: [curve(99)], limits: [0, 100] }])).toHaveLength(1);
    expect(cutNote([{ curves: [curve(95)], limits: [70, 95] }])).toEqual([]);
  });
});

describe('spread', () => {
  it('moves labels apart, in order, within their room', () => {
    expect(spread([10, 50, 90], 14, 0, 100)).toEqual([10, 50, 90]);
    expect(spread([50, 50, 50], 14, 0, 100)).toEqual([50, 64, 78]);
    expect(spread([99, 98, 97], 14, 0, 100)).toEqual([100, 86, 72]);
  });
});

describe('ranges', () => {
  it('joins neighbours of the grid', () => {
    expect(ranges([0.1, 0.2, 0.3, 0.9], grid)).toBe('0.1 to 0.3 and 0.9');
    expect(ranges([0.2, 0.1], grid)).toBe('0.1 and 0.2');
    expect(ranges([0.6], grid)).toBe('0.6');
  });
});
