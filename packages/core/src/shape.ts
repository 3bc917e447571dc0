import { InputError } from './errors.js';

/** Sizes of a row-major tensor, outermost axis first. A scalar is `[]`. */
export type Shape = readonly number[];

export type DType = 'f32' | 'i32' | 'u32' | 'f16';

/** Bytes of a buffer with `count` elements: a multiple of 4, as WebGPU demands, so that an odd number of f16 leaves two bytes over. */
export const byteLength = (dtype: DType, count: number): number => (dtype === 'f16' ? 4 * Math.ceil(count / 2) : 4 * count);

/** Number of elements: the product of the sizes, 1 for a scalar. */
export const numel = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** `[2, 3]`, as messages print it. */
export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Row-major strides in elements, the last axis contiguous. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/**
 * Checks that every size is a positive integer: WebGPU has no zero-size binding, so an empty tensor is refused early and by name.
 * @throws InputError naming `subject` and the tensor.
 */
export function requirePositive(subject: string, tensor: string, shape: Shape): void {
  if (shape.every((size) => Number.isInteger(size) && size > 0)) return;
  throw new InputError({
    subject,
    got: `${tensor} of shape ${formatShape(shape)}`,
    expected: 'positive whole sizes on every axis',
    next: `drop the empty or fractional axis of ${tensor} before the call`,
  });
}

/** @throws InputError unless `shape` has `rank` axes, all positive; `axes` names them in the message, e.g. `[N, C, H, W]`. */
export function requireRank(subject: string, tensor: string, shape: Shape, rank: number, axes: string): void {
  if (shape.length !== rank) {
    throw new InputError({
      subject,
      got: `${tensor} of shape ${formatShape(shape)} (${shape.length} axes)`,
      expected: `${rank} axes ${axes}`,
      next: `reshape ${tensor} to ${axes}`,
    });
  }
  requirePositive(subject, tensor, shape);
}

/** @throws InputError unless `shape` equals `expected`; `why` says where the expectation comes from. */
export function requireShape(subject: string, tensor: string, shape: Shape, expected: Shape, why: string): void {
  if (sameShape(shape, expected)) return;
  throw new InputError({
    subject,
    got: `${tensor} of shape ${formatShape(shape)}`,
    expected: `${formatShape(expected)} (${why})`,
    next: `pass ${tensor} of shape ${formatShape(expected)}`,
  });
}

/** NumPy's broadcasting rule: axes align from the right, a size of 1 stretches. @throws InputError when two sizes clash. */
export function broadcastShapes(subject: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new InputError({
        subject,
        got: `shapes ${formatShape(a)} and ${formatShape(b)}`,
        expected: `sizes that are equal or 1 on axis ${axis - rank} counted from the right`,
        next: 'reshape one side so that the axes align from the right',
      });
    }
    out.push(Math.max(left, right));
  }
  return out;
}
