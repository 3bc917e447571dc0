import { broadcastShapes, InputError, numel, type Shape } from '@kindling/core';

/** The batch fields of the kernels' `struct Params`; shaders/matmul/batch.wgsl says what they mean. */
export type BatchParams = Readonly<
  Record<'batches' | `batch${1 | 2}` | `${'a' | 'b'}_batch${0 | 1 | 2}` | 'terms' | 'term1' | `${'a' | 'b'}_term${0 | 1}`, number>
>;

/** A batch axis, or several neighbours that behave alike: its size, and the elements from one to the next in a and in b (0: broadcast). */
interface Axis {
  readonly size: number;
  readonly a: number;
  readonly b: number;
  readonly summed: boolean;
}

/** Batch sizes of the product: those of a and b broadcast, 1 where summed. `a` and `b` are whole shapes, matrix axes included. */
export function batchShape(op: string, a: Shape, b: Shape, summed: number): number[] {
  const [left, right] = [a.slice(0, -2), b.slice(0, -2)];
  return broadcastShapes(op, left, right).map((size, axis) => (summed & (1 << axis) ? 1 : size));
}

/** Batch axes, outermost first: axes of size 1 dropped, neighbours merged where one stride serves both. */
function axesOf(op: string, a: Shape, b: Shape, summed: number): Axis[] {
  const sizes = broadcastShapes(op, a.slice(0, -2), b.slice(0, -2));
  let [aStride, bStride] = [numel(a.slice(-2)), numel(b.slice(-2))];
  const axes: Axis[] = [];
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const size = sizes[axis]!;
    const here: Axis = { size, a: a[axis] === 1 ? 0 : aStride, b: b[axis] === 1 ? 0 : bStride, summed: (summed & (1 << axis)) !== 0 };
    aStride *= a[axis]!;
    bStride *= b[axis]!;
    if (size === 1) continue;
    const inner = axes[0];
    const joins = inner && inner.summed === here.summed && here.a === inner.a * inner.size && here.b === inner.b * inner.size;
    if (joins) axes[0] = { ...inner, size: inner.size * size };
    else axes.unshift(here);
  }
  return axes;
}

/** @throws InputError when batch axes clash, or alternate so often that the kernels' three kept and two summed axes do not suffice. */
export function batchParams(op: string, a: Shape, b: Shape, summed: number): BatchParams {
  const axes = axesOf(op, a, b, summed);
  const kept = axes.filter((axis) => !axis.summed);
  const terms = axes.filter((axis) => axis.summed);
  if (kept.length > 3 || terms.length > 2) {
    throw new InputError({
      subject: op,
      got: `batch axes [${a.slice(0, -2).join(', ')}] and [${b.slice(0, -2).join(', ')}], of which ${kept.length} + ${terms.length} differ in how they broadcast`,
      expected: 'at most 3 axes, and 2 that are summed, once neighbours that broadcast alike are merged',
      next: 'transpose so that axes that broadcast alike are neighbours, or expand one operand',
    });
  }
  const pad = (list: Axis[], length: number): Axis[] => [...new Array(length - list.length).fill({ size: 1, a: 0, b: 0 }), ...list];
  const [k0, k1, k2] = pad(kept, 3) as [Axis, Axis, Axis];
  const [t0, t1] = pad(terms, 2) as [Axis, Axis];
  return {
    batches: k0.size * k1.size * k2.size,
    batch1: k1.size,
    batch2: k2.size,
    a_batch0: k0.a,
    a_batch1: k1.a,
    a_batch2: k2.a,
    b_batch0: k0.b,
    b_batch1: k1.b,
    b_batch2: k2.b,
    terms: t0.size * t1.size,
    term1: t1.size,
    a_term0: t0.a,
    a_term1: t1.a,
    b_term0: t0.b,
    b_term1: t1.b,
  };
}
