import { floatBits } from '../../parameter.js';

/** One control point in hundredths of the digit's box (x right, y down): its place, then how far each of three modes moves it at weight 1. */
export interface ControlPoint {
  readonly numbers: readonly number[];
  /** The line passes through the point with a sharp turn; elsewhere it is a uniform quadratic B-spline, which is smooth. */
  readonly corner: boolean;
}

/** A control point of a smooth line: x, y, then up to three pairs of mode shifts. */
export const p = (...numbers: number[]): ControlPoint => ({ numbers, corner: false });

/** The same where the pen turns sharply. */
export const k = (...numbers: number[]): ControlPoint => ({ numbers, corner: true });

/** One movement of the pen. A closed line returns to its first point; an open one begins and ends at its outer points. */
export interface Stroke {
  readonly closed: boolean;
  readonly points: readonly ControlPoint[];
}

export const line = (...points: ControlPoint[]): Stroke => ({ closed: false, points });
export const loop = (...points: ControlPoint[]): Stroke => ({ closed: true, points });

/** A way of writing a digit: how often it occurs beside the digit's other ways, and its strokes. */
export interface Allograph {
  readonly weight: number;
  /** Width of the pen beside the drawn thickness: simple digits are found in bolder hands than intricate ones. */
  readonly pen: number;
  readonly strokes: readonly Stroke[];
}

export const way = (weight: number, ...strokes: Stroke[]): Allograph => ({ weight, pen: 1, strokes });

/** The same ways, made wider or narrower about the middle, slanted (`lean` to the right per unit of height) and written with another pen. */
export const adapt = (width: number, lean: number, pen: number, ways: readonly Allograph[]): readonly Allograph[] =>
  ways.map(({ weight, strokes }) => ({
    weight,
    pen,
    strokes: strokes.map(({ closed, points }) => ({
      closed,
      points: points.map(({ numbers, corner }) => ({
        numbers: numbers.map((value, i) => adaptNumber(numbers, value, i, width, lean)),
        corner,
      })),
    })),
  }));

/** One number of a control point: only horizontal places and shifts change. */
function adaptNumber(numbers: readonly number[], value: number, i: number, width: number, lean: number): number {
  if (i % 2 === 1) return value;
  const down = numbers[i + 1]! - (i === 0 ? 50 : 0);
  return i === 0 ? 50 + width * (value - 50) - lean * down : width * value - lean * down;
}

/** Most control points and curves of an allograph, as in the shader. */
export const MAX_POINTS = 24;
export const MAX_CURVES = 32;

/** Straight pieces that a curve is flattened into: one from each end, the others on the arc between. */
export const PIECES = 8;

/** The values that parameter `form` takes, of which each allograph gets its share. */
export const FORMS = 65536;

/** Where the share of each way of the values of `form` ends, by weight: way i is chosen below bound i, from bound i − 1. */
export function formBounds(ways: readonly { readonly weight: number }[]): number[] {
  const upTo = (count: number): number => ways.slice(0, count).reduce((sum, { weight }) => sum + weight, 0);
  return ways.map((_, i) => Math.round((FORMS * upTo(i + 1)) / upTo(ways.length)));
}

/** The way that gets the drawn `form`. */
export const wayOf = <W extends { readonly weight: number }>(ways: readonly W[], form: number): W =>
  ways[formBounds(ways).findIndex((bound) => form < bound)]!;

/** A quadratic Bézier curve between control points: `first` and `last` are ends, or lie halfway to `middle`. */
export interface Curve {
  readonly first: number;
  readonly middle: number;
  readonly last: number;
  readonly sharpFirst: boolean;
  readonly sharpLast: boolean;
}

/** The curves of a stroke whose points begin at number `start`: one about every inner point, a straight one between two neighbouring corners. */
export function curvesOf({ closed, points }: Stroke, start: number): Curve[] {
  const n = points.length;
  const at = (i: number): number => start + ((i + n) % n);
  const sharp = (i: number): boolean => points[(i + n) % n]!.corner || (!closed && (i === 0 || i === n - 1));
  const curves: Curve[] = [];
  for (let i = 0; i < n; i++) {
    if (!sharp(i)) {
      curves.push({ first: at(i - 1), middle: at(i), last: at(i + 1), sharpFirst: sharp(i - 1), sharpLast: sharp(i + 1) });
    } else if ((closed || i < n - 1) && sharp(i + 1)) {
      curves.push({ first: at(i), middle: at(i), last: at(i + 1), sharpFirst: true, sharpLast: true });
    }
  }
  return curves;
}

/** What the kernel reads of all digits; the layout stands in `glyphTables`. */
export interface GlyphTables {
  readonly glyphs: Uint32Array<ArrayBuffer>;
  readonly points: Float32Array<ArrayBuffer>;
}

/**
 * Lays the digits out for the kernel. `glyphs`: (first allograph, count) of 10 digits; 6 words an allograph (upper bound of `form`, first point, points,
 * first curve's word, curves, f32 bits of the pen); one word a curve (first, middle, last point within the allograph, 8 bits each; bits 24 and 25: sharp ends).
 * `points`: 8 floats each, place and three modes about the middle of the box, in units of its height.
 */
export function glyphTables(digits: readonly (readonly Allograph[])[]): GlyphTables {
  const all = digits.flat();
  const heads = digits.map((ways, digit) => [digits.slice(0, digit).flat().length, ways.length]);
  const points = all.map(({ strokes }) => strokes.flatMap((stroke) => stroke.points));
  const curves = all.map(({ strokes }) =>
    strokes.flatMap((stroke, s) =>
      curvesOf(
        stroke,
        strokes.slice(0, s).reduce((sum, before) => sum + before.points.length, 0),
      ),
    ),
  );
  const bounds = digits.flatMap(formBounds);
  const count = (lists: readonly (readonly unknown[])[], before: number): number =>
    lists.slice(0, before).reduce((n, list) => n + list.length, 0);
  const base = 2 * digits.length + 6 * all.length;
  return {
    glyphs: Uint32Array.from([
      ...heads.flat(),
      ...all.flatMap((_, a) => [
        bounds[a]!,
        count(points, a),
        points[a]!.length,
        base + count(curves, a),
        curves[a]!.length,
        floatBits(all[a]!.pen),
      ]),
      ...curves.flat().map((c) => c.first | (c.middle << 8) | (c.last << 16) | (Number(c.sharpFirst) << 24) | (Number(c.sharpLast) << 25)),
    ]),
    points: Float32Array.from(
      points.flat().flatMap(({ numbers }) => Array.from({ length: 8 }, (_, i) => ((numbers[i] ?? 0) - (i < 2 ? 50 : 0)) / 100)),
    ),
  };
}
