import { formatShape, type Shape } from '@kindling/core';
import { noteShare } from './shares.js';
import type { Tolerance } from './tolerance.js';

/** Row-major coordinates of an element. */
function coordinates(index: number, shape: Shape): number[] {
  const at: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return at;
}

/**
 * @param what op, variant, adapter and tensor, for the message and the table of shares: `op.variant on adapter: tensor`.
 * @throws at the element that uses most of its tolerance, when that is more than all of it.
 */
export function compare(what: string, got: ArrayLike<number>, want: ArrayLike<number>, shape: Shape, { atol, rtol }: Tolerance): void {
  if (got.length !== want.length) throw new Error(`${what}: ${got.length} values, expected ${want.length}`);
  let largest = 0;
  for (let i = 0; i < want.length; i++) largest = Math.max(largest, Math.abs(want[i]!));
  let worst = { share: 0, index: -1 };
  for (let i = 0; i < want.length; i++) {
    const allowed = atol * largest + rtol * Math.abs(want[i]!);
    const error = Math.abs(got[i]! - want[i]!);
    const share = error === 0 ? 0 : Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / allowed;
    if (share > worst.share) worst = { share, index: i };
  }
  noteShare(what, worst.share);
  if (worst.share <= 1) return;
  const { share, index } = worst;
  throw new Error(
    `${what} of ${formatShape(shape)}: at ${formatShape(coordinates(index, shape))} got ${got[index]}, expected ${want[index]}; ` +
      `${(100 * share).toFixed(0)} % of the tolerance ${atol} · ${largest} + ${rtol} · |expected|`,
  );
}

/** @throws at the first element whose bits differ. */
export function compareBits(what: string, got: Uint32Array, want: Uint32Array): void {
  if (got.length !== want.length) throw new Error(`${what}: ${got.length} values, expected ${want.length}`);
  const index = got.findIndex((bits, i) => bits !== want[i]);
  if (index < 0) return;
  const hex = (bits: number) => `0x${bits.toString(16).padStart(8, '0')}`;
  throw new Error(`${what}: element ${index} of ${got.length} is ${hex(got[index]!)}, expected the bits ${hex(want[index]!)}`);
}
