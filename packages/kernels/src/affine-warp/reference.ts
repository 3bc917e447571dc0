import type { Reference, ReferenceTensor } from '../reference.js';

/** First two rows of the inverse of [[cos,−sin,a],[sin,cos,b],[0,0,1]], by the adjugate: rotation transposed, −Rᵀ·(a,b). */
function thetaOf(tx: number, ty: number, degrees: number, h: number, w: number): number[] {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin, a, b] = [Math.cos(angle), Math.sin(angle), tx / (w / 2), ty / (h / 2)];
  return [cos, sin, -(cos * a + sin * b), -sin, cos, sin * a - cos * b];
}

/** torch's coordinate of a normalised place: ((x + 1)·size − 1)/2, with border padding clamped to 0 .. size − 1. */
function coordinate(x: number, size: number, border: boolean): number {
  const at = ((x + 1) * size - 1) / 2;
  return border ? Math.min(size - 1, Math.max(0, at)) : at;
}

/** Input coordinates (row, column) of every output pixel, before clamping unless `border`. */
export function placesOf(image: ReferenceTensor, thetas: readonly number[][], border: boolean): [number, number][][] {
  const [, , h, w] = image.shape as [number, number, number, number];
  return thetas.map((t) =>
    Array.from({ length: h * w }, (_, i) => {
      const x = (2 * (i % w) + 1) / w - 1;
      const y = (2 * Math.floor(i / w) + 1) / h - 1;
      return [coordinate(t[3]! * x + t[4]! * y + t[5]!, h, border), coordinate(t[0]! * x + t[1]! * y + t[2]!, w, border)];
    }),
  );
}

function sample(image: ReferenceTensor, thetas: readonly number[][], border: boolean): { y: Float64Array } {
  const [n, c, h, w] = image.shape as [number, number, number, number];
  const places = placesOf(image, thetas, border);
  const y = new Float64Array(n * c * h * w);
  for (let plane = 0; plane < n * c; plane++)
    for (let i = 0; i < h * w; i++) {
      const [row, column] = places[Math.floor(plane / c)]![i]!;
      for (let corner = 0; corner < 4; corner++) {
        const r = Math.floor(row) + Math.floor(corner / 2);
        const s = Math.floor(column) + (corner % 2);
        if (r < 0 || r >= h || s < 0 || s >= w) continue;
        y[plane * h * w + i]! += (1 - Math.abs(row - r)) * (1 - Math.abs(column - s)) * image.data[(plane * h + r) * w + s]!;
      }
    }
  return { y };
}

/** θ of every image: pose [N,3] inverted, or pose [N,2,3] itself. */
export const thetasOf = (image: ReferenceTensor, pose: ReferenceTensor): number[][] =>
  Array.from({ length: image.shape[0]! }, (_, n) => {
    if (pose.shape.length === 3) return [...pose.data.subarray(6 * n, 6 * n + 6)];
    const [tx, ty, degrees] = pose.data.subarray(3 * n, 3 * n + 3) as unknown as [number, number, number];
    return thetaOf(tx, ty, degrees, image.shape[2]!, image.shape[3]!);
  });

/** affine_grid and grid_sample in torch's normalised coordinates, in f64. */
export const affineWarpReference: Reference = ({ inputs, attrs }) =>
  sample(inputs.image!, thetasOf(inputs.image!, inputs.pose!), attrs.padding === 'border');
export const gridWarpReference = affineWarpReference;
