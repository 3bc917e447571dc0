import { bindPasses, type Device } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import type { ImageSize } from '../family.js';
import { channelStatistics, planStatistics } from './statistics.js';

/** A mean far from zero beside a small variance, which a sum of squares would lose. */
const values = (count: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: count }, (_, i) => 100 + ((i * 7919) % 1013) / 1013 + (i % 3));

async function measure(
  device: Device,
  x: Float32Array<ArrayBuffer>,
  image: ImageSize,
  batch: number,
  models: number,
  workgroupSize?: number,
) {
  const plan = planStatistics({ image, batch, models, traits: device.traits, ...(workgroupSize ? { workgroupSize } : {}) });
  const buffers = {
    x: device.upload('x', x),
    statistics: device.upload('statistics', new Float32Array(2 * models * image.channels).fill(-1)),
  };
  const bound = bindPasses(device, plan, buffers);
  for (const { program, resources } of bound.dispatches) device.run(program, resources);
  const got = await device.readF32(buffers.statistics);
  bound.destroy();
  for (const buffer of Object.values(buffers)) buffer.destroy();
  return got;
}

describe('batch statistics', async () => {
  for (const kind of await testAdapters()) {
    it.each([
      [{ height: 28, width: 28, channels: 1 }, 5],
      [{ height: 9, width: 7, channels: 3 }, 70],
      [{ height: 40, width: 33, channels: 2 }, 1],
    ])(`agree with f64 on ${kind}: %j × %i`, async (image, batch) => {
      const device = await testDevice(kind);
      const models = 2;
      const each = batch * image.height * image.width * image.channels;
      const x = values(models * each);
      const got = await measure(device, x, image, batch, models);
      for (let m = 0; m < models; m++) {
        const part = x.slice(m * each, (m + 1) * each);
        channelStatistics(part, image).forEach(([mean, variance], c) => {
          const at = 2 * (m * image.channels + c);
          expect(Math.abs(got[at]! / mean - 1)).toBeLessThan(1e-6);
          expect(Math.abs(got[at + 1]! / variance - 1)).toBeLessThan(1e-4);
        });
        expect(await measure(device, part, image, batch, 1, 3)).toEqual(got.slice(2 * m * image.channels, 2 * (m + 1) * image.channels));
      }
    });
  }

  it('refuse a batch that is no number of images', () => {
    expect(() => planStatistics({ image: { height: 4, width: 4, channels: 1 }, batch: 0 })).toThrow('statistics: got batch 0');
  });
});
