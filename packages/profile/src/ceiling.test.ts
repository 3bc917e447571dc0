import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { ceilingOf, fillProbe, measureCeilings, type Probe } from './ceiling.js';

const probe = (unit: Probe['unit'], work: number): Probe => ({
  name: 'a probe',
  kind: 'fill',
  unit,
  work,
  run: async () => undefined,
  destroy: () => undefined,
});

describe('ceilingOf', () => {
  it('turns milliseconds into GB/s, and takes the median', () => {
    // 2·10⁹ bytes in 1000, 500 and 2000 ms.
    expect(ceilingOf(probe('GB/s', 2e9), [1000, 500, 2000], 3)).toEqual({
      ...{ name: 'a probe', kind: 'fill', unit: 'GB/s', times: 3 },
      ...{ median: 2, min: 1, max: 4, n: 3 },
    });
  });

  it('gives latency in µs, and the mean of the middle two of an even number', () => {
    expect(ceilingOf(probe('µs', 1), [0.01, 0.03, 0.02, 0.05], 100)).toMatchObject({ median: 25, min: 10, max: 50 });
  });
});

describe.each(await testAdapters())('ceilings on %s', (kind) => {
  it('measures fill, copy, multiply-adds and dispatch, each positive', async () => {
    const device = await testDevice(kind);
    const ceilings = await measureCeilings(device, { rounds: 3, sampleSeconds: 0.005, bytes: 2 ** 20 });
    expect(ceilings.map(({ kind: what, unit, n }) => [what, unit, n])).toEqual([
      ['fill', 'GB/s', 3],
      ['copy', 'GB/s', 3],
      ['fma', 'GFLOP/s', 3],
      ['dispatch', 'µs', 3],
    ]);
    for (const { median, min, max } of ceilings) expect(min > 0 && min <= median && median <= max && max < 1e7).toBe(true);
  });

  it('really fills: the last vector of the buffer is ones', async () => {
    const device = await testDevice(kind);
    const made: GPUBuffer[] = [];
    const create = device.buffer.bind(device);
    device.buffer = (...args) => {
      const buffer = create(...args);
      made.push(buffer);
      return buffer;
    };
    const opened = await fillProbe(device, { bytes: 48 * 1000 }).finally(() => {
      device.buffer = create;
    });
    await opened.run(1);
    expect([...(await device.readF32(made[0]!, 12_000 - 4, 4))]).toEqual([1, 1, 1, 1]);
    opened.destroy();
  });

  it('refuses sizes that are no multiple of 16', async () => {
    const device = await testDevice(kind);
    await expect(fillProbe(device, { bytes: 20 })).rejects.toThrow('ceiling/fill');
  });
});
