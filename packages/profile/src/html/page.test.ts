import { describe, expect, it } from 'vitest';
import { type AnalyseOptions, analyse } from '../analyse.js';
import type { ProfileReport } from '../report.js';
import { entry, fourSteps } from '../testing/recording.js';
import { htmlReport } from './page.js';
import { bytesText, cut, digits, percent } from './text.js';

const options: AnalyseOptions = {
  adapter: 'an <adapter> & more',
  software: true,
  ceilings: [
    { name: 'fill', kind: 'fill', unit: 'GB/s', median: 9, min: 8, max: 10, n: 5, times: 2 },
    { name: 'multiply-adds', kind: 'fma', unit: 'GFLOP/s', median: 90, min: 80, max: 100, n: 5, times: 2 },
  ],
};

/** The report of four steps, with work put in by hand: `b` has 200 kFLOP and 30 kB in 3 µs, `a` no floating-point work. */
function report(): ProfileReport {
  const plain = analyse(fourSteps(), options);
  const kernels = plain.kernels.map((row) => {
    if (row.name === 'b')
      return { ...row, flops: 2e5, bytes: 3e4, gbPerSecond: 10, gflops: 200 / 3, shareOfCeiling: 1, binds: 'memory' as const };
    return { ...row, bytes: 100, gbPerSecond: 0.1, shareOfCeiling: 0.01, binds: 'uncounted' as const };
  });
  return { ...plain, kernels };
}

describe('htmlReport', () => {
  const html = htmlReport(report(), { subtitle: 'count, p 0.3', date: '2026-11-22', versions: { kindling: '0.1.0' } });

  it('needs nothing from outside', () => {
    expect(html).not.toMatch(/https?:\/\/|<script|<link|@import|url\(|src=/);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  });

  it('lists every kernel, every phase and every line that moved bytes', () => {
    for (const name of ['a', 'b', 'c']) expect(html).toContain(`<code>${name}</code>`);
    for (const phase of ['warm-up', 'evaluation']) expect(html).toContain(phase);
    expect(html).toContain('/home/me/model.mjs:7');
    expect(html).toContain('No warm-up step moved a byte between host and GPU.');
    expect(html).toContain('1.25 times as long');
    expect(html).toContain('2026-11-22 · kindling 0.1.0');
  });

  it('draws the roofline and the flame view twice: for wide and for narrow screens', () => {
    // One roofline, and a flame view for each of two phases.
    expect(html.match(/<svg /g)).toHaveLength(2 * (1 + 2));
    expect(html.match(/<circle class="point warmup"/g)).toHaveLength(2);
    expect(html).toContain('Without floating-point work, and so not in the plot: 2 a (0.100 GB/s), 3 c (0.100 GB/s).');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('puts a point where it belongs: b at 6.67 FLOP a byte lies on the slope', () => {
    const svg = /<div class="wide">(<svg .*?<\/svg>)/.exec(html)![1]!;
    const [, cx, cy] = /<circle [^>]*cx="([\d.]+)" cy="([\d.]+)"/.exec(svg)!;
    const [x0, y0, x1, y1] = /class="roof" d="M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)/.exec(svg)!.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    // A straight line in a plot that is logarithmic both ways.
    expect(Math.abs(y0 + ((y1 - y0) * (Number(cx) - x0)) / (x1 - x0) - Number(cy))).toBeLessThan(0.3);
  });

  it('escapes what it is given', () => {
    expect(html).toContain('an &lt;adapter&gt; &amp; more');
    const evil = htmlReport({
      ...report(),
      kernels: report().kernels.map((row) => ({ ...row, name: '<img onerror=1>', phase: 'warmup' })),
    });
    expect(evil).not.toContain('<img');
  });

  it('knows both colour schemes', () => {
    expect(html).toContain('prefers-color-scheme:dark');
    expect(html).toContain('color-scheme:light dark');
  });

  it('says what broke zero copy', () => {
    const recording = { ...fourSteps(), ledger: [entry({ phase: 'warmup', part: 'data', step: 1 }, { bytes: 1500 })] };
    expect(htmlReport(analyse(recording, options))).toContain('Steps moved bytes. warm-up steps: 1.50 kB to the GPU, 0 B to the host.');
  });
});

describe('numbers as text', () => {
  it('keeps three digits', () => {
    expect([0, 1234.5, 12.345, 0.0123, null, Number.NaN].map((value) => digits(value))).toEqual(['0', '1,235', '12.3', '0.0123', '–', '–']);
    expect([0.0512, 0.5, 1.234, null].map((value) => percent(value))).toEqual(['5.1 %', '50 %', '123 %', '–']);
    expect([512, 1500, 2.5e6, null].map((value) => bytesText(value))).toEqual(['512 B', '1.50 kB', '2.50 MB', '–']);
  });

  it('cuts text to its box', () => {
    expect([cut('forward', 70), cut('forward', 42), cut('forward', 10)]).toEqual(['forward', 'forwa…', '']);
  });
});
