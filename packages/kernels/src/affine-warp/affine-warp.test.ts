import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReferenceTensor } from '../reference.js';
import { checkOp, type OpCheck, type Problem } from '../testing/check-op.js';
import { uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';
import { placesOf, thetasOf } from './reference.js';

const kinds = await testAdapters();
const problem = (image: readonly number[], padding: string, theta = false) => ({
  shapes: { image, pose: theta ? [image[0]!, 2, 3] : [image[0]!, 3] },
  attrs: { padding },
});
const shape = fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 3), fc.constantFrom(1, 2, 5, 7), fc.constantFrom(1, 3, 4, 9));
const padding = fc.constantFrom('border', 'zeros');

/** Shifts of up to a third of the image and any rotation, or matrices: the identity with a third of noise, magnified, reduced, singular. */
function draw(name: string, { shapes }: Problem, random: () => number): Float32Array {
  const values = uniform(shapes[name]!, random);
  if (name === 'image') return values;
  const [, , h, w] = shapes.image as [number, number, number, number];
  if (shapes.pose!.length === 2) return values.map((value, i) => value * [w / 3, h / 3, 180][i % 3]!);
  const zoom = [1, 0.15, 2.5, 1];
  return values.map((value, i) => {
    const n = Math.floor(i / 6) % 4;
    return n === 3 && i % 6 > 2 && i % 6 < 5 ? 0 : (value / 3 + [1, 0, 0, 0, 1, 0][i % 6]!) * zoom[n]!;
  });
}

/** Whether no place is so near a pixel's centre, where the slope changes, that a central difference would straddle it. */
const settled: OpCheck['settled'] = ({ image, pose }) =>
  placesOf(image as ReferenceTensor, thetasOf(image!, pose!), false)
    .flat(2)
    .every((value) => Math.abs(value - Math.round(value)) > 5e-4);

describe('affine_warp', () => {
  it('matches the reference and its differences', () =>
    checkOp('affine_warp', {
      always: [problem([2, 3, 7, 7], 'border'), problem([2, 1, 6, 9], 'zeros')],
      problems: fc.tuple(shape, padding).map(([image, mode]) => problem(image, mode)),
      draw,
      settled,
    }));

  it('takes theta itself as grid_warp', () =>
    checkOp('grid_warp', {
      always: [problem([4, 3, 6, 5], 'border', true), problem([4, 1, 6, 5], 'zeros', true), problem([1, 1, 9, 12], 'border', true)],
      problems: fc.tuple(shape, padding).map(([image, mode]) => problem(image, mode, true)),
      draw,
      settled,
    }));

  it('refuses empty and clashing shapes and an unknown padding', () => {
    const { shapes, attrs } = problem([2, 3, 4, 5], 'zeros');
    expectZeroSizesRefused('affine_warp', shapes, attrs);
    expectRefusal('affine_warp', { ...shapes, pose: [2, 2, 3] }, attrs, 'pose');
    expectRefusal('grid_warp', shapes, attrs, 'pose');
    expectRefusal('affine_warp', { ...shapes, image: [3, 4, 5] }, attrs, 'image');
    expectRefusal('affine_warp', shapes, { padding: 'reflection' }, 'padding');
    expectZeroSizesRefused('warp_grad_image', { dy: [2, 3, 4, 5], pose: [2, 3] }, { ...attrs, theta: false });
    expectZeroSizesRefused('warp_grad_pose', { dy: [2, 3, 4, 5], image: [2, 3, 4, 5], pose: [2, 2, 3] }, { ...attrs, theta: true });
    expectRefusal('warp_grad_pose', { dy: [2, 3, 4, 4], image: [2, 3, 4, 5], pose: [2, 3] }, { ...attrs, theta: false }, 'dy');
  });

  describe.each(kinds)('on %s', (kind) => {
    const image = { shape: [1, 1, 3, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) };
    const warp = async (pose: number[], mode: string, pixels = image) =>
      (
        await runOp(await testDevice(kind), 'affine_warp', {
          inputs: { image: pixels, pose: { shape: [1, 3], data: Float32Array.from(pose) } },
          attrs: { padding: mode },
        })
      ).y!.data;

    it('moves whole pixels and quarter turns exactly, and past the border as PyTorch', async () => {
      expect([...(await warp([0, 0, 0], 'zeros'))]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      // Content moves by +tx, +ty.
      expect([...(await warp([1, 0, 0], 'zeros'))]).toEqual([0, 1, 2, 0, 4, 5, 0, 7, 8]);
      expect([...(await warp([0, -1, 0], 'border'))]).toEqual([4, 5, 6, 7, 8, 9, 7, 8, 9]);
      expect([...(await warp([0, 0, 90], 'zeros'))]).toEqual([7, 4, 1, 8, 5, 2, 9, 6, 3]);
      expect([...(await warp([0, 0, -180], 'border'))]).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
      expect([...(await warp([-100, 0, 0], 'border'))]).toEqual([3, 3, 3, 6, 6, 6, 9, 9, 9]);
      expect([...(await warp([1e30, -1e30, 0], 'zeros'))]).toEqual(new Array(9).fill(0));
    });

    it('has sines and cosines to 1e-6 of any angle', async () => {
      // One row with tx = 0: column u of the output reads the input at cos·u, and 0, 1, 2 … is a ramp that gives the place away.
      const width = 65;
      const ramp = { shape: [1, 1, width, width], data: Float32Array.from({ length: width * width }, (_, i) => i % width) };
      for (const degrees of [-180, -135.5, -90.25, -44.9, -1e-3, 12.3, 45, 77.7, 133.3, 179.99, 400.5]) {
        const y = await warp([0, 0, degrees], 'border', ramp);
        // At the middle row, 32 pixels right of the centre.
        const want = 32 + 32 * Math.cos((Math.fround(degrees) * Math.PI) / 180);
        expect(Math.abs(y[32 * width + 64]! - want), `${degrees}°`).toBeLessThan(32e-6);
      }
    });

    it('turns a NaN or infinite rotation into NaN, its image only, forward and backward', async () => {
      const device = await testDevice(kind);
      const two = { shape: [3, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4) };
      const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
      const pose = { shape: [3, 3], data: Float32Array.of(nan, 0, 10, 0, 0, 10, 0, 0, inf) };
      const where = [true, true, true, true, false, false, false, false, true, true, true, true];
      const { y } = await runOp(device, 'affine_warp', { inputs: { image: two, pose }, attrs: { padding: 'border' } });
      expect([...y!.data].map(Number.isNaN)).toEqual(where);
      const attrs = { padding: 'border', theta: false };
      const { dimage } = await runOp(device, 'warp_grad_image', { inputs: { dy: two, pose }, attrs });
      expect([...dimage!.data].map(Number.isNaN)).toEqual(where);
      const { dpose } = await runOp(device, 'warp_grad_pose', { inputs: { dy: two, image: two, pose }, attrs });
      expect([...dpose!.data].map(Number.isNaN)).toEqual([true, true, true, false, false, false, true, true, true]);
    });
  });
});
