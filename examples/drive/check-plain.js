import { sample } from '@kindling/datagen';
import { expect } from 'vitest';
import { filters } from '../plain/main.js';
import { farthest } from './checks.js';

/** The plain example: images against the family's definition on the CPU, features against a loop in f64 over the images that the GPU made. */
export function checkPlain({ images, labels, features }) {
  const twins = Array.from({ length: 8 }, (_, index) => sample({ family: 'strokes' }, 7, 0, index));
  expect([...labels]).toEqual(twins.map(({ label }) => label));
  const drawn = twins.flatMap(({ image }) => [...image]);
  expect(farthest(images, drawn)).toBeLessThan(1e-3);

  const at = (n, h, w) => (h < 0 || w < 0 || h > 27 || w > 27 ? 0 : images[(n * 28 + h) * 28 + w]);
  const expected = Float64Array.from({ length: 8 * 2 * 784 }, (_, i) => {
    const [n, k, h, w] = [Math.floor(i / 1568), Math.floor(i / 784) % 2, Math.floor(i / 28) % 28, i % 28];
    let sum = 0;
    for (let r = 0; r < 3; r++) for (let s = 0; s < 3; s++) sum += filters[(k * 3 + r) * 3 + s] * at(n, h + r - 1, w + s - 1);
    return sum;
  });
  expect(farthest(features, expected)).toBeLessThan(1e-5);
  expect(Math.max(...expected)).toBeGreaterThan(1); // there are edges
}
