import type { Attrs } from '../op.js';
import type { Reference, ReferenceTensor } from '../reference.js';

/** Small enough that no pool or ReLU changes its mind when candidates differ by 1e-3, large enough for f64: ~1e-9 of error. */
const STEP = 5e-5;
/** Entries of one input that are differentiated one by one; beyond, an even selection of them and one random direction. */
const ENTRIES = 600;

/** ∂L/∂input at some entries, and along one direction: Σ gradient · direction. */
export interface Differences {
  readonly entries: readonly number[];
  readonly values: Float64Array;
  readonly along?: { readonly direction: Float64Array; readonly value: number };
}

/** Central differences of L = Σ dy · reference(inputs)[output] in the input `name`, all in f64. */
export function differences(
  reference: Reference,
  inputs: Readonly<Record<string, ReferenceTensor>>,
  attrs: Attrs,
  { name, output, dy, random }: { name: string; output: string; dy: Float64Array; random: () => number },
): Differences {
  const { shape, data } = inputs[name]!;
  const loss = (changed: Float64Array): number => {
    const y = reference({ inputs: { ...inputs, [name]: { shape, data: changed } }, attrs })[output]!;
    return y.reduce((sum, value, i) => sum + value * dy[i]!, 0);
  };
  const slope = (direction: Float64Array | number, step: number): number => {
    const moved = (sign: number) =>
      typeof direction === 'number'
        ? data.with(direction, data[direction]! + sign * step)
        : data.map((value, i) => value + sign * step * direction[i]!);
    return (loss(moved(1)) - loss(moved(-1))) / (2 * step);
  };
  const stride = Math.ceil(data.length / ENTRIES);
  const first = stride > 1 ? Math.floor(random() * stride) : 0;
  const entries = Array.from({ length: Math.ceil((data.length - first) / stride) }, (_, i) => first + i * stride);
  const values = Float64Array.from(entries, (entry) => slope(entry, STEP));
  if (stride === 1) return { entries, values };
  const direction = Float64Array.from(data, () => 2 * random() - 1);
  return { entries, values, along: { direction, value: slope(direction, STEP / data.length) } };
}
