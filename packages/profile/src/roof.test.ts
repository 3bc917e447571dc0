import { describe, expect, it } from 'vitest';
import type { Ceiling } from './ceiling.js';
import { placeOf, roofOf } from './roof.js';

const ceiling = (kind: Ceiling['kind'], min: number, median: number, max: number): Ceiling => ({
  ...{ name: kind, kind, unit: kind === 'dispatch' ? 'µs' : 'GB/s', median, min, max, n: 5, times: 1 },
});

describe('roofOf', () => {
  it('takes the best sample, of fill and copy the higher', () => {
    expect(
      roofOf([ceiling('fill', 8, 9, 10), ceiling('copy', 11, 12, 14), ceiling('fma', 80, 90, 100), ceiling('dispatch', 2, 3, 9)]),
    ).toEqual({
      gbPerSecond: 14,
      gflops: 100,
      dispatchNs: 2000,
    });
    expect(roofOf([])).toEqual({ gbPerSecond: 0, gflops: 0, dispatchNs: 0 });
  });
});

describe('placeOf', () => {
  // The ridge lies at 10 FLOP a byte.
  const roof = { gbPerSecond: 10, gflops: 100, dispatchNs: 1000 };

  it('memory binds below the ridge', () => {
    // 1 MB in 200 µs is 5 GB/s, half of 10; 2 MFLOP are 10 GFLOP/s.
    expect(placeOf(200_000, 1e6, 2e6, roof)).toEqual({ gbPerSecond: 5, gflops: 10, shareOfCeiling: 0.5, binds: 'memory' });
  });

  it('compute binds above it', () => {
    // 20 MFLOP in 400 µs are 50 GFLOP/s, half of 100; 1 MB is 2.5 GB/s.
    expect(placeOf(400_000, 1e6, 20e6, roof)).toEqual({ gbPerSecond: 2.5, gflops: 50, shareOfCeiling: 0.5, binds: 'compute' });
  });

  it('latency binds what is as short as an empty dispatch and reaches nothing', () => {
    expect(placeOf(1400, 100, 100, roof).binds).toBe('latency');
    expect(placeOf(1400, 10_000, 100, roof).binds).toBe('memory');
    expect(placeOf(3900, 100, 100, roof).binds).toBe('latency');
    expect(placeOf(4100, 100, 100, roof).binds).toBe('memory');
  });

  it('says where nobody counted operations, unless memory explains the time', () => {
    expect(placeOf(1e6, 1e6, null, roof)).toEqual({ gbPerSecond: 1, gflops: null, shareOfCeiling: 0.1, binds: 'uncounted' });
    expect(placeOf(125_000, 1e6, null, roof)).toMatchObject({ shareOfCeiling: 0.8, binds: 'memory' });
  });

  it('says nothing without bytes or without a time', () => {
    const nothing = { gbPerSecond: null, gflops: null, shareOfCeiling: null, binds: null };
    expect(placeOf(1000, null, null, roof)).toEqual(nothing);
    expect(placeOf(-3, 100, 100, roof)).toEqual(nothing);
  });
});
