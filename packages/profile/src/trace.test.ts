import { describe, expect, it } from 'vitest';
import { checkTrace } from './testing/check-trace.js';
import { fourSteps } from './testing/recording.js';
import { clockOffset, traceOf } from './trace.js';

describe('traceOf', () => {
  const trace = traceOf(fourSteps(), { adapter: 'an adapter' });
  const on = (pid: number, tid: number) => trace.traceEvents.filter((event) => event.ph === 'X' && event.pid === pid && event.tid === tid);

  it('is what the viewers read', () => {
    expect(checkTrace(JSON.parse(JSON.stringify(trace)))).toEqual([]);
    expect(trace.displayTimeUnit).toBe('ms');
  });

  it('finds what is wrong with a trace that is not', () => {
    const [first, ...others] = trace.traceEvents.filter(({ ph }) => ph === 'X');
    expect(checkTrace({ ...trace, traceEvents: [...others, first!] }).length).toBeGreaterThan(0);
  });

  it('has a track of the GPU and tracks of the host, in µs from the first phase on', () => {
    const names = trace.traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'process_name').map(({ args }) => args!.name);
    expect(names).toEqual(['host', 'GPU: an adapter']);
    expect(on(1, 1).map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
      ['setup', 0, 10_000],
      ['warmup', 10_000, 10_000],
      ['evaluation', 20_000, 10_000],
    ]);
    expect(on(1, 3).map(({ name, ts, dur }) => [name, ts, dur])).toEqual([['submit', 12_000, 1000]]);
    expect(on(2, 1).map(({ name }) => name)).toEqual([0, 1, 2, 3].map((step) => `warmup step ${step}`).concat('evaluation (submit 1)'));
    expect(on(2, 2).map(({ name, dur }) => [name, dur])).toEqual([
      ['a', 1],
      ['b', 3],
      ['a', 1],
      ['b', 3],
      ['c', 10],
    ]);
  });

  it('moves the GPU’s clock so that no submit runs before it was made', () => {
    // The evaluation began at 18 µs of the GPU and was submitted 21 ms after the start; the first step at 0 and 12 ms.
    expect(clockOffset(fourSteps(), 100)).toBe(21e6 - 18_000);
    expect(on(2, 2).at(-1)!.ts).toBe(21_000);
    expect(on(2, 1)[0]!.ts).toBeGreaterThanOrEqual(12_000);
  });

  it('counts the bytes that crossed', () => {
    const counters = trace.traceEvents
      .filter(({ ph }) => ph === 'C')
      .map(({ ts, args }) => [ts, args!['host to GPU'], args!['GPU to host']]);
    expect(counters).toEqual([
      [1000, 4000, 0],
      [18_000, 4000, 64],
    ]);
  });
});
