// The browser examples in one headless Chromium, held to numbers that are computed some other way.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkLosses, farthest } from './drive/checks.js';
import { bundle, executable, open } from './drive/chromium.js';
import { sources } from './drive/sources.js';

const STEPS = 6;
const missing = executable
  ? undefined
  : 'no Chromium: install it (Debian: apt-get install chromium), or name a binary in KINDLING_CHROMIUM';
let page;

beforeAll(async () => {
  if (missing) return;
  await bundle(sources);
  page = await open();
});
afterAll(() => page?.close());

it.each(['three', 'babylon'])('%s: draws the batch that the net trains on, out of the same buffer', async (name, context) => {
  if (missing) return context.skip(missing);
  const { losses, expected, drawnIsLastBatch, farthestPixel, brightest, crossed, errors } = await page.run(name, STEPS);
  expect(errors).toEqual([]);
  checkLosses(losses, expected);
  expect(drawnIsLastBatch).toBe(true);
  expect(brightest).toBeGreaterThan(0.9);
  // Every pixel of every image on the canvas is its value in the buffer, rounded to a byte.
  expect(farthestPixel).toBeLessThan(1);
  // Generating, training and drawing moves nothing between host and GPU, in either direction.
  expect(crossed).toMatchObject({ hostToGpuBytes: 0, gpuToHostBytes: 0, touched: [] });
  expect(crossed.dispatches).toBeGreaterThanOrEqual(6 * (STEPS - 1));
});

it('onnxruntime-web: computes on the generated buffer what our kernels compute', async (context) => {
  if (missing) return context.skip(missing);
  const { results, errors } = await page.run('onnxruntime', 2);
  expect(errors).toEqual([]);
  let right = 0;
  for (const { theirs, ours, labels, crossed } of results) {
    expect(theirs).toHaveLength(160);
    expect(farthest(theirs, ours)).toBeLessThan(2e-4);
    const best = (_, n) => ours.slice(10 * n, 10 * n + 10).reduce((top, value, k, row) => (value > row[top] ? k : top), 0);
    right += labels.map(best).filter((k, n) => k === labels[n]).length;
    // Uniforms of ONNX Runtime go up; neither images nor logits pass through the host.
    expect(crossed.touched).toEqual([]);
    expect(crossed.gpuToHostBytes).toBe(0);
    expect(crossed.hostToGpuBytes).toBeLessThan(4 * 784);
  }
  expect(right).toBeGreaterThan(16); // of 32: it is a trained net that both computed
});
