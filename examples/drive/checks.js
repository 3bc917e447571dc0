// What all checks share; imports nothing of ours.
import { expect } from 'vitest';

/** Largest |a − b| over all elements; infinite where one is NaN. */
export function farthest(a, b) {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i] - b[i]);
    most = distance <= most ? most : Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
  }
  return most;
}

/** Losses of every step against f64 training; and the net must have learned. */
export function checkLosses(losses, expected) {
  expect(farthest(losses, expected)).toBeLessThan(1e-4);
  expect(expected.at(-1)).toBeLessThan(0.9 * expected[0]);
}
