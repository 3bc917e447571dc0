import { fixedBatch, initialWeights, problem, type Values } from '../workload.js';

/** y [K,H,W] = ReLU of x [C,H,W] ⋆ w [K,C,3,3] + b, padding 1, then the largest of each 2×2: plain loops in f64. */
function block(x: readonly number[], w: Values, b: Values, side: number): number[] {
  const [k, c] = [w.shape[0]!, w.shape[1]!];
  const half = side / 2;
  const result = new Array<number>(k * half * half).fill(0);
  for (let filter = 0; filter < k; filter++)
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        let sum = b.data[filter]!;
        for (let channel = 0; channel < c; channel++)
          for (let tap = 0; tap < 9; tap++) {
            const [r, s] = [row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
            if (r < 0 || s < 0 || r >= side || s >= side) continue;
            sum += x[(channel * side + r) * side + s]! * w.data[(filter * c + channel) * 9 + tap]!;
          }
        const at = (filter * half + (row >> 1)) * half + (column >> 1);
        // ReLU: the result began at zero.
        result[at] = Math.max(result[at]!, sum);
      }
  return result;
}

const linear = (x: readonly number[], w: Values, b: Values): number[] =>
  Array.from({ length: w.shape[0]! }, (_, o) => x.reduce((sum, value, i) => sum + value * w.data[o * x.length + i]!, b.data[o]!));

/** Logits of the first `images` of the fixed batch with the initial weights, as a readable program computes them. */
export function referenceLogits(images: number): number[] {
  const p = initialWeights();
  const { x } = fixedBatch();
  const { side } = problem;
  return Array.from({ length: images }, (_, i) => {
    const pixels = [...x.data.subarray(i * side ** 2, (i + 1) * side ** 2)];
    const first = block(pixels, p['conv1.weight']!, p['conv1.bias']!, side);
    const second = block(first, p['conv2.weight']!, p['conv2.bias']!, side / 2);
    const hidden = linear(second, p['fc1.weight']!, p['fc1.bias']!).map((value) => Math.max(0, value));
    return linear(hidden, p['fc2.weight']!, p['fc2.bias']!);
  }).flat();
}

/** Images whose logits are compared. */
const CHECKED = 4;
/** Of the largest logit. */
const TOLERANCE = 1e-4;

let expected: number[] | undefined;

/** @throws unless the logits [64,10] are those of the reference on the first images */
export function requireLogits(values: ArrayLike<number>): void {
  expected ??= referenceLogits(CHECKED);
  const largest = Math.max(...expected.map(Math.abs));
  const error = Math.max(...expected.map((value, i) => Math.abs(values[i]! - value))) / largest;
  if (values.length === problem.batch * problem.classes && error < TOLERANCE) return;
  throw new Error(`its ${values.length} logits are off by ${error.toExponential(1)} of the largest`);
}
