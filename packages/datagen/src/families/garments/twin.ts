import { pcg3d, unitFloat } from '@kindling/core';
import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import { wayOf } from '../strokes/glyph.js';
import { FIRST_JITTER, GARMENTS } from './family.js';
import { type Garment, PIECES, starts, type Vertex, verticesOf } from './part.js';
import type { GarmentsRecipe } from './recipe.js';

type Values = Readonly<Record<string, number>>;
type Place = readonly [number, number];

const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
const blend = (a: Place, b: Place, t: number): Place => [mix(a[0], b[0], t), mix(a[1], b[1], t)];
const clamp = (value: number): number => Math.min(1, Math.max(0, value));
const smoothstep = (low: number, high: number, value: number): number => {
  const t = clamp((value - low) / (high - low));
  return t * t * (3 - 2 * t);
};

/** Value noise on [−1, 1] on a square lattice. */
function valueNoise(x: number, y: number, seed: number): number {
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const at = (right: number, down: number): number => unitFloat(pcg3d(i + right, j + down, seed)[0]);
  const [u, v] = [smoothstep(0, 1, x - i), smoothstep(0, 1, y - j)];
  return 2 * mix(mix(at(0, 0), at(1, 0), u), mix(at(0, 1), at(1, 1), u), v) - 1;
}

const stripes = (phase: number): number => smoothstep(-0.5, 0.5, Math.cos(2 * Math.PI * phase));

/** How much of the pattern lies on a place, in 28ths of the side. */
function figureAt(x: number, y: number, { pattern, frequency, noise }: Values): number {
  switch (pattern) {
    case 5:
      return stripes(y * frequency!);
    case 6:
      return stripes(x * frequency!);
    case 7:
      return (stripes(x * frequency!) + stripes(y * frequency!)) / 2;
    case 8:
      return smoothstep(-0.2, 0.4, valueNoise(x * 1.5 * frequency!, y * 1.5 * frequency!, noise! + 2));
    default:
      return 0;
  }
}

/** The garment's control points: template, modes and jitter, then aspect and rotation. */
function controlPoints({ parts }: Garment, draws: Draws, values: Values): Place[] {
  return parts
    .flatMap(({ points }) => points)
    .map(({ numbers }, i) => {
      const [x, y] = [0, 1].map((axis) => {
        const at = (pair: number): number => (numbers[2 * pair + axis] ?? 0) / 100;
        const word = draws.word('image', FIRST_JITTER + 2 * i + axis);
        const noise = ((word >>> 16) + (word & 0xffff)) / 65536 - 1;
        return at(0) - 0.5 + values.modeA! * at(1) + values.modeB! * at(2) + values.modeC! * at(3) + values.jitter! * noise;
      }) as [number, number];
      const [cos, sin] = [Math.cos(values.rotation!), Math.sin(values.rotation!)];
      return [cos * values.aspect! * x - sin * y, sin * values.aspect! * x + cos * y];
    });
}

/** Distance from a polygon, negative inside, or from an open line. */
function outlineDistance(x: number, y: number, outline: readonly Place[], open: boolean): number {
  let nearest = Number.POSITIVE_INFINITY;
  let inside = false;
  for (let i = open ? 1 : 0; i < outline.length; i++) {
    const [[ax, ay], [bx, by]] = [outline.at(i - 1)!, outline[i]!];
    const [dx, dy] = [bx - ax, by - ay];
    const share = clamp(((x - ax) * dx + (y - ay) * dy) / Math.max(dx * dx + dy * dy, 1e-12));
    nearest = Math.min(nearest, Math.hypot(x - ax - share * dx, y - ay - share * dy));
    if (ay > y !== by > y && x < ax + ((y - ay) * dx) / dy) inside = !inside;
  }
  return inside && !open ? -nearest : nearest;
}

/** One sample of family `garments` in f64. */
export function garmentsTwin(recipe: GarmentsRecipe, draws: Draws, values: Values): TwinSample {
  const { height, width, channels } = recipe.image;
  const garment = wayOf<Garment>(GARMENTS[values.class!]!, values.form!);
  const control = controlPoints(garment, draws, values);
  const lows = [0, 1].map((axis) => Math.min(...control.map((place) => place[axis]!))) as [number, number];
  const highs = [0, 1].map((axis) => Math.max(...control.map((place) => place[axis]!))) as [number, number];
  const unit = Math.min(height, width) / 28;
  const zoom = (unit * recipe.params.box * values.scale!) / Math.max(highs[0] - lows[0], highs[1] - lows[1], 1e-3);
  const left = width / 2 + unit * values.shiftX! - (zoom * (lows[0] + highs[0])) / 2;
  const top = height / 2 + unit * values.shiftY! - (zoom * (lows[1] + highs[1])) / 2;
  const placed = ({ first, middle, last, sharpFirst, sharpLast, third }: Vertex): Place => {
    const b = control[middle]!;
    const [a, c] = [blend(control[first]!, b, sharpFirst ? 0 : 0.5), blend(control[last]!, b, sharpLast ? 0 : 0.5)];
    const t = third / PIECES;
    const [x, y] = blend(blend(a, b, t), blend(b, c, t), t);
    return [zoom * x + left, zoom * y + top];
  };
  const begins = starts(garment);
  const parts = garment.parts.map((part, i) => ({ ...part, outline: verticesOf(part, begins[i]!).map(placed) }));

  const tints = channels === 1 ? [1] : [values.red!, values.green!, values.blue!];
  const image = new Float32Array(channels * height * width);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const [u, v] = [(i + 0.5) / unit, (j + 0.5) / unit];
      const cloth =
        1 + values.folds! * valueNoise(0.3 * u, 0.1 * v, values.noise!) + values.grain! * valueNoise(0.9 * u, 0.9 * v, values.noise! + 1);
      const dye = 1 - values.strength! * figureAt(u, v, values);
      let value = 0;
      for (const { kind, level, spread, halfWidth, patterned, outline } of parts) {
        const distance = outlineDistance(i + 0.5, j + 0.5, outline, kind === 'line') - (zoom * halfWidth) / 100;
        const roundOff = 1 - values.shade! * smoothstep(0, 1, 1 + (0.5 * distance) / unit);
        const tone = values.brightness! * (level + values.tone! * spread) * (patterned ? dye : 1) * cloth * roundOff;
        value = mix(value, kind === 'hole' ? 0 : clamp(tone), clamp(0.5 - distance / (unit * values.softness!)));
      }
      tints.forEach((tint, c) => {
        image[(c * height + j) * width + i] = tint * value;
      });
    }
  }
  return { image };
}
