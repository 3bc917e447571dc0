import type { HostWork } from './host.js';
import { kernelFacts, type WorkRules } from './kernel.js';
import { isStep } from './mark.js';
import type { GpuSlice, Recording } from './recorder.js';
import { groupBy } from './statistics.js';

/** An event of the Trace Event Format, as chrome://tracing and Perfetto read it: `X` complete, `C` counter, `M` metadata. Times are µs. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'C' | 'M';
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args?: Readonly<Record<string, string | number | null>>;
}

export interface Trace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ms';
  readonly otherData: Readonly<Record<string, string>>;
}

const HOST = 1;
const GPU = 2;
/** Tracks of the host: what it does lies in tracks of its own, because a wait may cover an encode. */
const HOST_TRACKS: Readonly<Record<'phases' | HostWork, number>> = { phases: 1, encode: 2, submit: 3, upload: 4, wait: 5, readback: 6 };
const GPU_TRACKS = { steps: 1, kernels: 2 } as const;

const metadata = (name: string, pid: number, tid: number, args: TraceEvent['args']): TraceEvent => ({
  name,
  ph: 'M',
  pid,
  tid,
  ts: 0,
  args: args!,
});

/**
 * Nanoseconds to add to the GPU's clock to get the host's, whose zero is the first phase. The two share no origin: the GPU's work is moved to where no
 * submit runs before it was made, and as early as that allows.
 */
export function clockOffset({ slices, submits }: Pick<Recording, 'slices' | 'submits'>, zeroMs: number): number {
  const starts = new Map(submits.map(({ submit, start }) => [submit, 1e6 * (start - zeroMs)]));
  const firsts = groupBy(slices, ({ submit }) => String(submit));
  const needed = [...firsts.values()].map((group) => {
    const begin = Math.min(...group.map((slice) => slice.begin));
    return (starts.get(group[0]!.submit) ?? 0) - begin;
  });
  return needed.length === 0 ? 0 : Math.max(...needed);
}

/** Steps and evaluations from their slices. */
function units(slices: readonly GpuSlice[]): { name: string; begin: number; end: number }[] {
  const key = ({ mark, submit }: GpuSlice): string =>
    isStep(mark) ? `${mark.phase} step ${mark.step}` : `${mark.phase} (submit ${submit})`;
  return [...groupBy(slices, key)].map(([name, group]) => ({
    name,
    begin: Math.min(...group.map(({ begin }) => begin)),
    end: Math.max(...group.map(({ end }) => end)),
  }));
}

/** Microseconds with a thousandth, as the format's readers like them. */
const us = (ns: number): number => Math.round(ns) / 1000;

/** @param adapter its name @param rules as `analyse` takes them */
export function traceOf(recording: Recording, { adapter, rules }: { readonly adapter: string; readonly rules?: WorkRules }): Trace {
  const zero = recording.phases[0]?.start ?? 0;
  const at = (ms: number): number => us(1e6 * (ms - zero));
  const offset = clockOffset(recording, zero);
  const named: TraceEvent[] = [
    metadata('process_name', HOST, 0, { name: 'host' }),
    metadata('process_name', GPU, 0, { name: `GPU: ${adapter}` }),
    ...Object.entries(HOST_TRACKS).map(([name, tid]) => metadata('thread_name', HOST, tid, { name })),
    ...Object.entries(HOST_TRACKS).map(([, tid]) => metadata('thread_sort_index', HOST, tid, { sort_index: tid })),
    ...Object.entries(GPU_TRACKS).map(([name, tid]) => metadata('thread_name', GPU, tid, { name })),
  ];
  const span = (name: string, pid: number, tid: number, ts: number, dur: number, cat: string, args?: TraceEvent['args']): TraceEvent => ({
    ...{ name, ph: 'X', pid, tid, ts, dur: Math.max(0, dur), cat },
    ...(args ? { args } : {}),
  });
  const events: TraceEvent[] = [
    ...recording.phases.map(({ phase, start, end }) => span(phase, HOST, HOST_TRACKS.phases, at(start), at(end) - at(start), 'phase')),
    ...recording.host.map(({ work, start, end, mark }) =>
      span(work, HOST, HOST_TRACKS[work], at(start), at(end) - at(start), 'host', { phase: mark.phase }),
    ),
    ...units(recording.slices).map(({ name, begin, end }) =>
      span(name, GPU, GPU_TRACKS.steps, us(begin + offset), us(end + offset) - us(begin + offset), 'step'),
    ),
    ...recording.slices
      .filter(({ dispatch }) => dispatch !== null)
      .map(({ dispatch, mark, begin, end }) => {
        const { name, shape, bytes, flops } = kernelFacts(dispatch!, rules);
        const args = { phase: mark.phase, step: mark.step ?? null, shape, bytes, flops };
        return span(name, GPU, GPU_TRACKS.kernels, us(begin + offset), us(end + offset) - us(begin + offset), 'kernel', args);
      }),
    ...bytesSoFar(recording, at),
  ];
  // Outer spans before the inner ones that begin with them.
  events.sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
  return {
    traceEvents: [...named, ...events],
    displayTimeUnit: 'ms',
    otherData: {
      adapter,
      'clock of the GPU': 'moved so that no submit runs before it was made; the two clocks share no origin',
      'timed as a whole': 'steps without kernels were timed as a whole, to see what timing each kernel costs',
    },
  };
}

/** Counters: bytes that crossed so far, either way. */
function bytesSoFar({ ledger }: Recording, at: (ms: number) => number): TraceEvent[] {
  const so = { toGpu: 0, toHost: 0 };
  return [...ledger]
    .sort((a, b) => a.at - b.at)
    .map(({ direction, bytes, at: when }) => {
      so[direction] += bytes;
      return { name: 'bytes moved', ph: 'C', pid: HOST, tid: 0, ts: at(when), args: { 'host to GPU': so.toGpu, 'GPU to host': so.toHost } };
    });
}
