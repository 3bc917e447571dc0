import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import type { SpritesRecipe } from './family.js';

const box = (x: number, y: number, halfWidth: number, halfHeight: number): number => {
  const [beyondX, beyondY] = [Math.abs(x) - halfWidth, Math.abs(y) - halfHeight];
  return Math.hypot(Math.max(beyondX, 0), Math.max(beyondY, 0)) + Math.min(Math.max(beyondX, beyondY), 0);
};

function ellipse(x: number, y: number, a: number, b: number): number {
  const f = Math.max(Math.hypot(x / a, y / b), 1e-4);
  return ((f - 1) * f) / Math.max(Math.hypot(x / a ** 2, y / b ** 2), 1e-4);
}

function heart(x: number, y: number): number {
  const [u, w] = [(x + y) * Math.SQRT1_2, (y - x) * Math.SQRT1_2];
  return Math.min(box(u, w, 0.5, 0.5), Math.hypot(u + 0.5, w) - 0.5, Math.hypot(u, w + 0.5) - 0.5);
}

/** Signed distances to the shapes for radius 1 about the origin, y down, in the order of the classes. */
const DISTANCES: readonly ((x: number, y: number) => number)[] = [
  (x, y) => box(x, y, 0.75, 0.75),
  (x, y) => ellipse(x, y, 1, 0.55),
  (x, y) => 1.2 * heart(x / 1.2, (y + 0.1) / 1.2),
  (x, y) => Math.max(y, (Math.sqrt(3) / 2) * Math.abs(x) - 0.5 * y) - 0.5,
  (x, y) => Math.min(box(x, y, 0.95, 0.3), box(x, y, 0.3, 0.95)),
];

/** One sample of family `sprites` in f64, from its drawn parameters. */
export function spritesTwin(recipe: SpritesRecipe, _: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { height, width, channels } = recipe.image;
  const p = parameters as Record<'class' | 'x' | 'y' | 'scale' | 'rotation' | 'ink' | 'ground', number>;
  const grey = channels === 1;
  const inks = (grey ? [1] : [parameters.red!, parameters.green!, parameters.blue!]).map((tint) => tint * p.ink);
  const grounds = (grey ? [1] : [parameters.groundRed!, parameters.groundGreen!, parameters.groundBlue!]).map((tint) => tint * p.ground);
  const side = Math.min(height, width);
  const [cos, sin] = [Math.cos(p.rotation), Math.sin(p.rotation)];
  const image = new Float32Array(channels * height * width);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const u = ((i + 0.5 - width / 2) / side - p.x) / p.scale;
      const w = ((j + 0.5 - height / 2) / side - p.y) / p.scale;
      const distance = DISTANCES[p.class]!(cos * u + sin * w, cos * w - sin * u) * p.scale * side;
      const cover = Math.min(1, Math.max(0, 0.5 - distance));
      inks.forEach((ink, c) => {
        image[(c * height + j) * width + i] = grounds[c]! + (ink - grounds[c]!) * cover;
      });
    }
  }
  return { image };
}
