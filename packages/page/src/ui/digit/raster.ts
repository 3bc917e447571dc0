/** A point of a stroke, in shares of the drawing area's side. */
export interface Point {
  readonly x: number;
  readonly y: number;
}
export type Stroke = readonly Point[];

export const SIDE = 28;
/** MNIST fits each digit's longer side into this many pixels. */
const BOX = 20;
/** Thickness of MNIST's strokes, in pixels. */
const THICKNESS = 2.6;
/** Its centre of mass is the centre of pixel (14, 14). */
const CENTRE = 14.5;
/** Sub-pixels along a side, averaged: grey edges as in MNIST. */
const FINE = 8;

/** Strokes drawn with round pens at FINE sub-pixels a pixel; `place` gives pixels. */
function rendered(strokes: readonly Stroke[], place: (point: Point) => Point): Float32Array<ArrayBuffer> {
  const side = SIDE * FINE;
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.scale(FINE, FINE);
  context.lineWidth = THICKNESS;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.beginPath();
  for (const stroke of strokes) {
    stroke.forEach((point, i) => {
      const { x, y } = place(point);
      if (i === 0) context.moveTo(x, y);
      // A stroke of one point is a dot: a line of no length with round ends.
      if (i > 0 || stroke.length === 1) context.lineTo(x, y);
    });
  }
  context.stroke();
  const { data } = context.getImageData(0, 0, side, side);
  const pixels = new Float32Array(SIDE * SIDE);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) pixels[Math.floor(y / FINE) * SIDE + Math.floor(x / FINE)]! += data[4 * (y * side + x) + 3]!;
  }
  return pixels.map((sum) => sum / (255 * FINE * FINE));
}

/**
 * Strokes as an image in MNIST's format: 28×28, 0 background to 1 ink, the longer side of the digit 20 pixels, strokes of one thickness whatever
 * the drawing's size, the centre of mass at pixel (14, 14).
 * @returns undefined where nothing is drawn
 */
export function rasterise(strokes: readonly Stroke[]): Float32Array<ArrayBuffer> | undefined {
  const points = strokes.flat();
  if (points.length === 0) return undefined;
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  // A dot, or a line across, is not blown up to the whole box: a sixth of the drawing area is the least size.
  const scale = (BOX - THICKNESS) / Math.max(width, height, 1 / 6);
  const at = (dx: number, dy: number) => (point: Point) => ({
    x: (point.x - left - width / 2) * scale + SIDE / 2 + dx,
    y: (point.y - top - height / 2) * scale + SIDE / 2 + dy,
  });
  const first = rendered(strokes, at(0, 0));
  let mass = 0;
  let x = 0;
  let y = 0;
  first.forEach((ink, i) => {
    mass += ink;
    x += ink * ((i % SIDE) + 0.5);
    y += ink * (Math.floor(i / SIDE) + 0.5);
  });
  if (mass === 0) return undefined;
  return rendered(strokes, at(CENTRE - x / mass, CENTRE - y / mass));
}
