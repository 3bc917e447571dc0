import { describe, expect, it } from 'vitest';
import { JUDGED_FROM, learned, sameLosses } from './losses.js';

const step = (loss: number) => ({ x: new Float32Array(1), labels: new Uint32Array(1), loss });

describe('losses of a data source', () => {
  it('are those of the same batches that the host uploads', () => {
    const steps = [step(2.3), step(2.2), step(2.1)];
    expect(sameLosses(steps, [2.3, 2.2, 2.1])).toBeUndefined();
    expect(sameLosses(steps, [2.3, 2.2001, 2.1])).toBe('loss 2.2 at step 1, and 2.2001 where the host uploads the same batches');
    for (const odd of [
      [2.3, 2.2],
      [Number.NaN, 2.2, 2.1],
    ])
      expect(sameLosses(steps, odd)).toContain('loss ');
  });

  it('are judged by whether they fell only after some steps, and never where there is nothing to learn', () => {
    // Early on the second batch may well cost more than the first: that is no fault.
    expect(learned([2.31, 2.34], 2, true)).toBeUndefined();
    expect(learned([2.31, 2.34], JUDGED_FROM, true)).toBe(`a loss of 2.325 after ${JUDGED_FROM} steps, expected below 2.00`);
    expect(learned([0.4, 0.9], JUDGED_FROM, true)).toBeUndefined();
    expect(learned([2.28, 2.33], JUDGED_FROM, false)).toBeUndefined();
    expect(learned([1.2, 1.3], JUDGED_FROM, false)).toContain('near 2.30, as its labels say nothing of the images');
    expect(learned([2.3, Number.POSITIVE_INFINITY], 2, false)).toBe('a loss that is not finite after 2 steps');
  });
});
