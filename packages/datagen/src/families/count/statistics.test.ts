import { testAdapters, testDevice } from '@kindling/device/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RecipeInput } from '../../recipe.js';
import { type Rendered, render } from '../../testing/render.js';
import { countMoments } from './label.js';

// Seeds are fixed, so a test passes always or never. The probability with which a perfect generator would fail is stated at each bound
// and adds up to less than 1e-4 over this file. Bits are the same on every adapter (contract.test.ts), so one adapter is enough.
const PIXELS = 784;
const BATCH = 1024;
const STEPS = 2;
const SEEDS = [1, 2];
const IMAGES = BATCH * STEPS * SEEDS.length;
const batches: { half: Rendered[]; uniform: Rendered[] } = { half: [], uniform: [] };

beforeAll(async () => {
  const device = await testDevice((await testAdapters())[0]!);
  for (const density of ['half', 'uniform'] as const) {
    const recipe: RecipeInput = { family: 'count', params: { density } };
    for (let step = 0; step < STEPS; step++) {
      batches[density].push(await render(device, { recipe, batch: BATCH, models: SEEDS.length }, SEEDS, step));
    }
  }
});

const counts = (density: 'half' | 'uniform'): number[] => batches[density].flatMap(({ y }) => [...y]);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[], centre: number): number => mean(values.map((value) => (value - centre) ** 2));

/** χ² of how often each of `bins` residues of the pixel number is 1, over all images of density half. */
function chiSquare(bins: number): number {
  const ones = new Float64Array(bins);
  for (const { x } of batches.half) {
    for (let i = 0; i < x.length; i++) ones[(i % PIXELS) % bins]! += x[i]!;
  }
  return ones.reduce((sum, count, bin) => {
    const trials = IMAGES * (Math.floor(PIXELS / bins) + (bin < PIXELS % bins ? 1 : 0));
    return sum + (count - trials / 2) ** 2 / (trials / 4);
  }, 0);
}

/** How often pixel i equals pixel i + `lag`, in standard deviations from one half. */
function agreement(a: Float32Array, b: Float32Array): number {
  let equal = 0;
  for (let i = 0; i < b.length; i++) if (a[i] === b[i]) equal++;
  return (equal - b.length / 2) / (Math.sqrt(b.length) / 2);
}

describe('density half', () => {
  it('has 392 ones a 28×28 image on average, with deviation 14', () => {
    const ones = counts('half');
    expect(ones).toHaveLength(IMAGES);
    // 5 standard errors: fails by chance with probability 6e-7 each.
    expect(Math.abs(mean(ones) - 392)).toBeLessThan((5 * 14) / Math.sqrt(IMAGES));
    expect(Math.abs(variance(ones, 392) - 196)).toBeLessThan(5 * 196 * Math.sqrt(2 / IMAGES));
  });

  it('has as many ones at every pixel and at every bit of a word', () => {
    // χ² with k degrees of freedom below k + 5·√(2k) + 12 and above k − 5·√(2k): fails by chance with probability below 1e-5 each.
    for (const bins of [PIXELS, 32, 64]) {
      const chi2 = chiSquare(bins);
      expect(chi2, `${bins} bins`).toBeLessThan(bins + 5 * Math.sqrt(2 * bins) + 12);
      expect(chi2, `${bins} bins`).toBeGreaterThan(bins - 5 * Math.sqrt(2 * bins));
    }
  });

  it('shows no correlation between pixels, indices, steps, seeds or the words of a call', () => {
    const [first, second] = batches.half as [Rendered, Rendered];
    const half = BATCH * PIXELS;
    // |z| < 5: fails by chance with probability 6e-7 each.
    expect(Math.abs(agreement(first.x, second.x)), 'steps').toBeLessThan(5);
    expect(Math.abs(agreement(first.x.subarray(0, half), first.x.subarray(half))), 'seeds').toBeLessThan(5);
    for (const lag of [1, 2, 7, 28, 31, 32, 33, 63, 64, PIXELS, PIXELS + 1, 2 * PIXELS, 64 * PIXELS]) {
      expect(Math.abs(agreement(first.x, first.x.subarray(lag))), `lag ${lag}`).toBeLessThan(5);
    }
  });
});

describe('density uniform', () => {
  it('gives every count from 0 to 784 the same probability', () => {
    // With p uniform, the count is exactly uniform on 785 = 5·157 values. χ² of 157 bins: 156 degrees of freedom, sd 17.7; 264 is exceeded by
    // chance with probability below 1e-6.
    const bins = new Float64Array(157);
    for (const ones of counts('uniform')) bins[Math.floor(ones / 5)]!++;
    const chi2 = bins.reduce((sum, count) => sum + (count - IMAGES / 157) ** 2 / (IMAGES / 157), 0);
    expect(chi2).toBeLessThan(264);
    expect(chi2).toBeGreaterThan(80);
  });

  it('has the mean and deviation that standardise its labels', () => {
    const moments = countMoments({ image: { height: 28, width: 28, channels: 1 }, params: { density: 'uniform' } });
    const z = counts('uniform').map((ones) => (ones - moments.mean) / moments.deviation);
    // 5 standard errors (the kurtosis of a uniform is 1.8, so the variance's is √(0.8/n)): 6e-7 each.
    expect(Math.abs(mean(z))).toBeLessThan(5 / Math.sqrt(IMAGES));
    expect(Math.abs(variance(z, 0) - 1)).toBeLessThan(5 * Math.sqrt(0.8 / IMAGES));
  });

  it('shares no randomness between an image and its density', () => {
    // Without a stream tag of its own the density would be image draw 0: pixel 0 would then never be 1 (draw < itself).
    const ones = batches.uniform.flatMap(({ x }) => Array.from({ length: x.length / PIXELS }, (_, i) => x[i * PIXELS]!));
    expect(Math.abs(mean(ones) - 0.5)).toBeLessThan(2.5 / Math.sqrt(IMAGES));
  });
});
