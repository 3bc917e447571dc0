import { describe, expect, it } from 'vitest';
import { contactSheet, drawScatter, drawVector, toPng } from './index.js';

/** Width and height that a PNG's header states. */
const sizeOf = (png: Uint8Array): [number, number] => {
  const view = new DataView(png.buffer, png.byteOffset);
  return [view.getUint32(16), view.getUint32(20)];
};
// A single grey pixel.
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==';

describe('contactSheet', () => {
  const rows = Array.from({ length: 3 }, (_, c) => ({ label: `class ${c}`, cells: Array.from({ length: 5 }, () => ({ png: PIXEL })) }));
  const sheet = { title: 'a < b & "c"', subtitle: 'seed 1', cell: { width: 56, height: 40 }, rows };

  it('places every picture and label once, inside its bounds', async () => {
    const { svg, width } = contactSheet(sheet);
    expect(svg.match(/<image /g)).toHaveLength(15);
    for (const c of [0, 1, 2]) expect(svg).toContain(`>class ${c}</text>`);
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot;');
    const places = [...svg.matchAll(/<image x="([\d.]+)" y="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
    expect(new Set(places.map((place) => place.join())).size).toBe(15);
    const height = Number(/ height="(\d+)"/.exec(svg)![1]);
    for (const [x, y] of places) {
      // Whole pixels: nothing is resampled.
      expect([Number.isInteger(x), Number.isInteger(y)]).toEqual([true, true]);
      expect(x! + 56).toBeLessThan(width);
      expect(y! + 40).toBeLessThan(height);
    }
    expect(sizeOf(await toPng(svg))).toEqual([2 * width, 2 * height]);
    expect(contactSheet(sheet).svg).toBe(svg);
  });

  it('leaves room for captions, and cuts those that are wider than their picture', () => {
    const cells = [
      { png: PIXEL, caption: '0.25' },
      { png: PIXEL, caption: 'a caption far too long for it' },
    ];
    const { svg } = contactSheet({ ...sheet, rows: [{ cells }, { cells }] });
    expect(svg.match(/>0\.25</g)).toHaveLength(2);
    expect(svg).toContain('a captio…');
    const ys = [...svg.matchAll(/<image x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => Number(y));
    expect(ys[2]! - ys[0]!).toBeGreaterThan(40 + 10);
  });

  it('draws values as lines on one scale', () => {
    const line = (values: number[]) => ({ cells: [{ values }] });
    const { svg } = contactSheet({ ...sheet, rows: [line([0, 1]), line([0, 2])] });
    const ends = [...svg.matchAll(/points="([\d.]+),([\d.]+) ([\d.]+),([\d.]+)"/g)].map(([, , y0, , y1]) => Number(y0) - Number(y1));
    expect(ends[1]).toBeCloseTo(2 * ends[0]!, 6);
  });
});

describe('plots of vectors', () => {
  it('draw a point of each class in its colour on equal axes', () => {
    const points = [
      { x: 1, y: 0, label: 0 },
      { x: 0, y: 1, label: 1 },
      { x: -1, y: 0, label: 1 },
    ];
    const { svg } = drawScatter({ title: 'plane', subtitle: '', points, classes: 2 });
    const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="3" fill="(#\w+)"/g)].map(([, x, y, fill]) => ({
      x: Number(x),
      y: Number(y),
      fill,
    }));
    expect(dots).toHaveLength(3);
    const middle = { x: (dots[0]!.x + dots[2]!.x) / 2, y: dots[0]!.y };
    expect(dots[1]!.x).toBeCloseTo(middle.x, 1);
    expect(middle.y - dots[1]!.y).toBeCloseTo(dots[0]!.x - middle.x, 1);
    expect(dots[1]!.fill).toBe(dots[2]!.fill);
    expect(dots[0]!.fill).not.toBe(dots[1]!.fill);
    expect(svg).toContain('>class 1</text>');
  });

  it('draw one vector: a point where it has two values, else a line; also where all are equal', () => {
    expect(drawVector({ title: 't', subtitle: '', values: [0.5, -0.5] })).toContain('<circle');
    const svg = drawVector({ title: 't', subtitle: '', values: Float32Array.of(1, -2, 3) });
    expect(svg).toContain('>−2.00</text>');
    expect(svg).toContain('>3.00</text>');
    for (const values of [[0, 0, 0], [1], [0, 0]]) expect(drawVector({ title: 't', subtitle: '', values })).not.toContain('NaN');
  });
});
