/** Points of a template. */
export const POINTS = 12;

/**
 * The ten digits as 12 heights each: the numbers that Greydanus and Kobak publish with MNIST-1D ("Scaling down deep learning with MNIST-1D",
 * ICML 2024), so that what is said of that dataset can be compared.
 */
const HEIGHTS: readonly (readonly number[])[] = [
  [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
  [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
  [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
  [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
  [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
  [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
  [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
  [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
  [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
  [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
];

/** The templates as the signal has them: each with standard deviation 1/6, its first point at 0. [10 · 12], f64. */
export const templates: readonly number[] = HEIGHTS.flatMap((heights) => {
  const mean = heights.reduce((sum, height) => sum + height, 0) / POINTS;
  const deviation = Math.sqrt(heights.reduce((sum, height) => sum + (height - mean) ** 2, 0) / POINTS);
  return heights.map((height) => (height - heights[0]!) / deviation / 6);
});

/** Reach of the noise's smoothing, and its weights: a Gaussian of standard deviation 2, cut off at 4 deviations and made to sum to 1. */
export const REACH = 8;
const bell = Array.from({ length: 2 * REACH + 1 }, (_, i) => Math.exp(-((i - REACH) ** 2) / 8));
const total = bell.reduce((sum, value) => sum + value, 0);
export const smoothing: readonly number[] = bell.map((value) => value / total);
