import { pcg3d, unitFloat } from '@kindling/core';
import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import { DIGITS } from './digits.js';
import { FIRST_JITTER } from './family.js';
import { type Allograph, type Curve, curvesOf, PIECES, wayOf } from './glyph.js';
import type { StrokesRecipe } from './recipe.js';

type Values = Readonly<Record<string, number>>;
/** x, y and half the pen's width there. */
type Node = readonly [number, number, number];

const NOISE_CELL = 1.3;
const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
const blend = (a: Node, b: Node, t: number): Node => [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)];

/** The control points of a sample: template, modes and jitter, then aspect, slant, rotation and warp. */
function controlPoints(ways: Allograph, draws: Draws, values: Values): Node[] {
  const points = ways.strokes.flatMap((stroke) => stroke.points);
  return points.map(({ numbers }, i) => {
    const place = [0, 1].map((axis) => {
      const at = (pair: number): number => (numbers[2 * pair + axis] ?? 0) / 100;
      const word = draws.word('image', FIRST_JITTER + 2 * i + axis);
      const noise = ((word >>> 16) + (word & 0xffff)) / 65536 - 1;
      return at(0) - 0.5 + values.modeA! * at(1) + values.modeB! * at(2) + values.modeC! * at(3) + values.jitter! * noise;
    });
    const y = place[1]! + values.balance! * (place[1]! ** 2 - 0.25);
    const x = values.aspect! * place[0]! * (1 + values.taper! * place[1]!) - values.slant! * y;
    const [cos, sin] = [Math.cos(values.rotation!), Math.sin(values.rotation!)];
    const [u, v] = [cos * x - sin * y, sin * x + cos * y];
    return [
      u + values.warp! * Math.sin(4 * v + Math.PI * values.warpPhaseX!),
      v + values.warp! * Math.sin(4 * u + Math.PI * values.warpPhaseY!),
      1 + values.pressure! * Math.cos(Math.PI * values.pressurePhase! + 1.2 * i),
    ];
  });
}

/** The straight pieces that the curves are flattened into. */
function flatten(curves: readonly Curve[], control: readonly Node[], tension: number): [Node, Node][] {
  return curves.flatMap((curve) => {
    const middle = control[curve.middle]!;
    const first = blend(control[curve.first]!, middle, curve.sharpFirst ? 0 : 0.5);
    const last = blend(control[curve.last]!, middle, curve.sharpLast ? 0 : 0.5);
    // With tension the curve is cut short and reached by straight lines.
    const [from, to] = [blend(first, middle, tension), blend(last, middle, tension)];
    const round = Array.from({ length: PIECES - 1 }, (_, i): Node => {
      const t = i / (PIECES - 2);
      return blend(blend(from, middle, t), blend(middle, to, t), t);
    });
    const nodes = [first, ...round, last];
    return round.map((node, i): [Node, Node] => [nodes[i]!, node]).concat([[round.at(-1)!, last]]);
  });
}

/** Value noise on [−1, 1] on a square lattice. */
function paperNoise(x: number, y: number, seed: number): number {
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const smooth = (t: number): number => t * t * (3 - 2 * t);
  const at = (right: number, down: number): number => unitFloat(pcg3d(i + right, j + down, seed)[0]);
  return 2 * mix(mix(at(0, 0), at(1, 0), smooth(x - i)), mix(at(0, 1), at(1, 1), smooth(x - i)), smooth(y - j)) - 1;
}

/** One sample of family `strokes` in f64. */
export function strokesTwin(recipe: StrokesRecipe, draws: Draws, values: Values): TwinSample {
  const { height, width, channels } = recipe.image;
  const ways = wayOf(DIGITS[values.class!]!, values.form!);
  let start = 0;
  const curves = ways.strokes.flatMap((stroke) => {
    start += stroke.points.length;
    return curvesOf(stroke, start - stroke.points.length);
  });
  const pieces = flatten(curves, controlPoints(ways, draws, values), values.tension!);

  const nodes = pieces.flat();
  const span = (axis: 0 | 1): number => Math.max(...nodes.map((node) => node[axis])) - Math.min(...nodes.map((node) => node[axis]));
  const weights = pieces.map(([a, b]) => Math.hypot(b[0] - a[0], b[1] - a[1]) * (a[2] + b[2]));
  const mass = Math.max(
    1e-6,
    weights.reduce((sum, weight) => sum + weight, 0),
  );
  const centre = (axis: 0 | 1): number => pieces.reduce((sum, [a, b], i) => sum + (weights[i]! * (a[axis] + b[axis])) / 2, 0) / mass;
  const thickness = ways.pen * values.thickness!;
  const unit = Math.min(height, width) / 28;
  const zoom = (unit * values.scale! * (recipe.params.box - thickness - 0.5 * values.softness!)) / Math.max(span(0), span(1), 1e-3);
  const [left, top] = [
    width / 2 + unit * (0.5 + values.shiftX!) - zoom * centre(0),
    height / 2 + unit * (0.5 + values.shiftY!) - zoom * centre(1),
  ];
  const inPixels = ([x, y, r]: Node): Node => [zoom * x + left, zoom * y + top, (unit * thickness * r) / 2];
  const drawn = pieces.map(([a, b]) => [inPixels(a), inPixels(b)] as const);

  const tints = channels === 1 ? [1] : [values.red!, values.green!, values.blue!];
  const image = new Float32Array(channels * height * width);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      let distance = 1e9;
      for (const [a, b] of drawn) {
        const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
        const [px, py] = [i + 0.5 - a[0], j + 0.5 - a[1]];
        const share = Math.min(1, Math.max(0, (px * dx + py * dy) / Math.max(dx * dx + dy * dy, 1e-12)));
        distance = Math.min(distance, Math.hypot(px - share * dx, py - share * dy) - mix(a[2], b[2], share));
      }
      const [u, v] = [(i + 0.5) / (NOISE_CELL * unit), (j + 0.5) / (NOISE_CELL * unit)];
      distance += unit * values.roughness! * paperNoise(u, v, values.grain!);
      const edge = Math.min(1, Math.max(0, 0.5 - distance / (unit * values.softness!)));
      tints.forEach((tint, c) => {
        image[(c * height + j) * width + i] = tint * values.ink! * edge * edge * (3 - 2 * edge);
      });
    }
  }
  return { image };
}
