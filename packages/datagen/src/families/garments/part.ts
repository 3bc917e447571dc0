import { type ControlPoint, curvesOf, formBounds } from '../strokes/glyph.js';

/** How a part changes what lies below it: it covers it, cuts it out, or draws a line along its open outline. */
export type PartKind = 'fill' | 'hole' | 'line';
const KIND: Readonly<Record<PartKind, number>> = { fill: 0, hole: 1, line: 2 };

/** A piece of a garment. Points as in family `strokes`: hundredths of a box, x right, y down, with three modes. */
export interface Part {
  readonly kind: PartKind;
  /** Brightness beside the garment's, and how far the drawn tone in [−1, 1] moves it. */
  readonly level: number;
  readonly spread: number;
  /** Half the width of a line, in hundredths. */
  readonly halfWidth: number;
  /** The garment's pattern (stripes, print) shows on it. */
  readonly patterned: boolean;
  readonly points: readonly ControlPoint[];
}

export interface Garment {
  readonly weight: number;
  readonly parts: readonly Part[];
}

export const fill = (level: number, ...points: ControlPoint[]): Part => ({
  kind: 'fill',
  level,
  spread: 0,
  halfWidth: 0,
  patterned: true,
  points,
});
/** A covering of its own tone, such as a sole or a print. */
export const patch = (level: number, spread: number, ...points: ControlPoint[]): Part => ({
  kind: 'fill',
  level,
  spread,
  halfWidth: 0,
  patterned: false,
  points,
});
export const hole = (...points: ControlPoint[]): Part => ({ kind: 'hole', level: 0, spread: 0, halfWidth: 0, patterned: false, points });
export const seam = (halfWidth: number, level: number, ...points: ControlPoint[]): Part => ({
  kind: 'line',
  level,
  spread: 0.15,
  halfWidth,
  patterned: false,
  points,
});
export const made = (weight: number, ...parts: Part[]): Garment => ({ weight, parts });

const mirrored = ({ numbers, corner }: ControlPoint): ControlPoint => ({
  numbers: numbers.map((number, i) => (i === 0 ? 100 - number : i % 2 === 0 ? -number : number)),
  corner,
});

/** The right half from the top to the bottom, completed by its mirror image; a point at x = 50 is not doubled. */
export function symmetric(...right: ControlPoint[]): ControlPoint[] {
  const left = right.filter(({ numbers }) => numbers[0] !== 50).map(mirrored);
  return [...right, ...left.reverse()];
}

/** A part and its mirror image. */
export const both = (part: Part): Part[] => [part, { ...part, points: part.points.map(mirrored) }];

/** Most control points, vertices and parts of a garment, as in the shader. */
export const MAX_POINTS = 64;
export const MAX_VERTICES = 192;
export const MAX_PARTS = 16;
/** Straight pieces of a curve. */
export const PIECES = 3;

/** A corner of a flattened outline: place t on the curve between control points. */
export interface Vertex {
  readonly first: number;
  readonly middle: number;
  readonly last: number;
  readonly sharpFirst: boolean;
  readonly sharpLast: boolean;
  /** Thirds of the curve, 0 .. 3. */
  readonly third: number;
}

/** The vertices of a part whose control points begin at number `start`; an open line ends with its last point. */
export function verticesOf({ kind, points }: Part, start: number): Vertex[] {
  const curves = curvesOf({ closed: kind !== 'line', points }, start);
  const vertices = curves.flatMap((curve) =>
    Array.from({ length: curve.first === curve.middle ? 1 : PIECES }, (_, third): Vertex => ({ ...curve, third })),
  );
  return kind === 'line' ? [...vertices, { ...curves.at(-1)!, third: PIECES }] : vertices;
}

/** Number of the first control point of each part. */
export const starts = ({ parts }: Garment): number[] =>
  parts.map((_, i) => parts.slice(0, i).reduce((sum, { points }) => sum + points.length, 0));

const bits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!;

/**
 * Lays garments out for the kernel. `garments`: (first, count) of 10 classes; 6 words a garment (upper bound of `form`, first point, points, word of
 * its parts, parts, vertices); per garment its parts, 8 words each (kind, word of its vertices, first vertex, vertices, level, spread, half width,
 * patterned), then a word a vertex (control points 8 bits each, bits 24 and 25 sharp ends, from bit 26 the third).
 * `points`: 8 floats each, place and three modes about the middle of the box in units of its side.
 */
export function garmentTables(classes: readonly (readonly Garment[])[]) {
  const all = classes.flat();
  const base = 2 * classes.length + 6 * all.length;
  const body: number[] = [];
  const heads: number[] = [];
  let firstPoint = 0;
  for (const ways of classes) {
    const bounds = formBounds(ways);
    for (const [i, garment] of ways.entries()) {
      const begins = starts(garment);
      const vertices = garment.parts.map((part, i) => verticesOf(part, begins[i]!));
      const count = garment.parts.reduce((n, { points }) => n + points.length, 0);
      heads.push(bounds[i]!, firstPoint, count, base + body.length, garment.parts.length, vertices.flat().length);
      firstPoint += count;
      let word = base + body.length + 8 * garment.parts.length;
      let vertex = 0;
      garment.parts.forEach(({ kind, level, spread, halfWidth, patterned }, i) => {
        const n = vertices[i]!.length;
        body.push(KIND[kind], word, vertex, n, bits(level), bits(spread), bits(halfWidth / 100), Number(patterned));
        word += n;
        vertex += n;
      });
      for (const v of vertices.flat()) {
        body.push(
          (v.first | (v.middle << 8) | (v.last << 16) | (Number(v.sharpFirst) << 24) | (Number(v.sharpLast) << 25) | (v.third << 26)) >>> 0,
        );
      }
    }
  }
  const classHeads = classes.flatMap((ways, i) => [classes.slice(0, i).flat().length, ways.length]);
  const points = all.flatMap(({ parts }) => parts.flatMap((part) => part.points));
  return {
    garments: Uint32Array.from([...classHeads, ...heads, ...body]),
    points: Float32Array.from(
      points.flatMap(({ numbers }) => Array.from({ length: 8 }, (_, i) => ((numbers[i] ?? 0) - (i < 2 ? 50 : 0)) / 100)),
    ),
  };
}
