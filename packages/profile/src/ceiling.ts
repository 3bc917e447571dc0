import { defineProgram, foldWorkgroups, InputError, type Program } from '@kindling/core';
import type { Device } from '@kindling/device';
import copy from '@kindling/shaders/ceiling/copy';
import fill from '@kindling/shaders/ceiling/fill';
import fma from '@kindling/shaders/ceiling/fma';

/** Waits for all that was submitted to a GPUDevice. */
export type Settle = (gpu: GPUDevice) => Promise<unknown>;

/** A probe of the adapter. One run queues `times` dispatches in one submit and waits once. */
export interface Probe {
  readonly name: string;
  readonly kind: CeilingKind;
  /** Of `work / seconds`, but for `dispatch`, whose result is the time of one. */
  readonly unit: 'GFLOP/s' | 'GB/s' | 'µs';
  /** Operations or bytes a dispatch; 1 for `dispatch`. */
  readonly work: number;
  run(times: number): Promise<void>;
  destroy(): void;
}

export type CeilingKind = 'fill' | 'copy' | 'fma' | 'dispatch';

export interface ProbeOptions {
  /** How to wait; default as the device waits, which leaves the cores to a software adapter. */
  readonly settle?: Settle;
  readonly name?: string;
  /** Of the buffer written, a multiple of 16; default 64 MiB: larger than most caches, smaller than the smallest binding limit. */
  readonly bytes?: number;
}

const WORKGROUP = 64;
const ROUNDS = 256;
const BYTES = 64 * 2 ** 20;
/** Vectors that the latency probe fills: nothing to do, and a store that no driver may drop. */
const TINY = 16;

interface Parts {
  readonly name: string;
  readonly kind: CeilingKind;
  readonly unit: Probe['unit'];
  readonly work: number;
  readonly program: Program;
  readonly buffers: Readonly<Record<string, GPUBuffer>>;
}

async function probe(device: Device, { program, buffers, ...facts }: Parts, options: ProbeOptions): Promise<Probe> {
  await device.compile([program]);
  const group = device.bindGroup(program, buffers);
  const settle = options.settle ?? (() => device.wait());
  return {
    ...facts,
    name: options.name ?? facts.name,
    async run(times) {
      device.submit((encoder) => {
        const pass = encoder.beginComputePass();
        for (let i = 0; i < times; i++) device.dispatch(pass, program, group);
        pass.end();
      });
      await settle(device.gpu);
    },
    destroy() {
      for (const buffer of Object.values(buffers)) buffer.destroy();
    },
  };
}

/**
 * Workgroups of the bandwidth probes. CPU adapters pay for each: measured on lavapipe under load, fill of 64 MiB with one vector an invocation
 * 3.3 GB/s, with this 11 to 14; copy 4.8 and 17.
 */
const lanes = (software: boolean) => (software ? { size: 8, vectors: 64, most: 256 } : { size: 64, vectors: 4, most: 2 ** 30 });

function bandwidthProgram(device: Device, name: 'fill' | 'copy', bytes: number): Program {
  if (!Number.isInteger(bytes) || bytes <= 0 || bytes % 16 !== 0) {
    const next = 'round the size up';
    throw new InputError({ subject: `ceiling/${name}`, got: `${bytes} bytes`, expected: 'a positive multiple of 16', next });
  }
  const { size, vectors: each, most } = lanes(device.info.software);
  const vectors = bytes / 16;
  return defineProgram({
    name: `ceiling/${name}`,
    source: { path: `ceiling/${name}.wgsl`, text: name === 'fill' ? fill : copy },
    constants: { workgroup_size: size },
    params: { n: vectors },
    workgroups: foldWorkgroups(Math.min(most, Math.ceil(vectors / (size * each)))),
  });
}

/** Bytes written a second by the simplest kernel there is. @throws InputError unless `bytes` is a positive multiple of 16 */
export async function fillProbe(device: Device, options: ProbeOptions = {}): Promise<Probe> {
  const { bytes = BYTES } = options;
  const program = bandwidthProgram(device, 'fill', bytes);
  const buffers = { y: device.buffer('y', bytes) };
  return probe(device, { name: 'fill', kind: 'fill', unit: 'GB/s', work: bytes, program, buffers }, options);
}

/** Bytes copied a second, each counted twice: once read, once written. @throws InputError as `fillProbe` does */
export async function copyProbe(device: Device, options: ProbeOptions = {}): Promise<Probe> {
  const { bytes = BYTES } = options;
  const program = bandwidthProgram(device, 'copy', bytes);
  const buffers = { x: device.buffer('x', bytes), y: device.buffer('y', bytes) };
  return probe(device, { name: 'copy, read + written', kind: 'copy', unit: 'GB/s', work: 2 * bytes, program, buffers }, options);
}

/** Multiply-adds in registers, each counted as two operations. `bytes` is ignored. */
export async function fmaProbe(device: Device, options: ProbeOptions = {}): Promise<Probe> {
  const invocations = device.info.software ? 2 ** 14 : 2 ** 20;
  const program = defineProgram({
    name: 'ceiling/fma',
    source: { path: 'ceiling/fma.wgsl', text: fma },
    constants: { workgroup_size: WORKGROUP, rounds: ROUNDS },
    workgroups: foldWorkgroups(invocations / WORKGROUP),
  });
  const buffers = { y: device.buffer('y', 4 * invocations) };
  const work = invocations * ROUNDS * 64;
  return probe(device, { name: 'multiply-adds in registers', kind: 'fma', unit: 'GFLOP/s', work, program, buffers }, options);
}

/**
 * Time of one dispatch that does next to nothing and depends on the one before, as every kernel of a step does: encoding, submit and wait
 * are in it, spread over as many as a sample holds. `bytes` is ignored.
 */
export async function dispatchProbe(device: Device, options: ProbeOptions = {}): Promise<Probe> {
  const program = bandwidthProgram(device, 'fill', 16 * TINY);
  const buffers = { y: device.buffer('y', 16 * TINY) };
  return probe(device, { name: 'dispatch, one after another', kind: 'dispatch', unit: 'µs', work: 1, program, buffers }, options);
}

/** What a probe reached: the median of its samples, their range and number. */
export interface Ceiling {
  readonly name: string;
  readonly kind: CeilingKind;
  readonly unit: Probe['unit'];
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly n: number;
  /** Dispatches a sample. */
  readonly times: number;
}

/** A probe's result from the milliseconds that one dispatch took, sample by sample. */
export function ceilingOf({ name, kind, unit, work }: Probe, ms: readonly number[], times: number): Ceiling {
  const values = ms.map((each) => (unit === 'µs' ? 1000 * each : work / each / 1e6)).sort((a, b) => a - b);
  const middle = (values.length - 1) / 2;
  const median = (values[Math.floor(middle)]! + values[Math.ceil(middle)]!) / 2;
  return { name, kind, unit, median, min: values[0]!, max: values.at(-1)!, n: values.length, times };
}

export interface CeilingOptions extends ProbeOptions {
  /** Samples of each probe, interleaved; default 5. */
  readonly rounds?: number;
  /** Seconds of one sample at least; default 0.05. */
  readonly sampleSeconds?: number;
}

/** How many dispatches make a sample of so many seconds; this is the warm-up too. */
async function calibrate(probe: Probe, seconds: number): Promise<number> {
  await probe.run(1);
  let times = 1;
  for (let attempt = 0; attempt < 3; attempt++) {
    const start = performance.now();
    await probe.run(times);
    const each = (performance.now() - start) / times;
    times = Math.max(1, Math.min(2000, Math.ceil((1000 * seconds) / each)));
  }
  return times;
}

/** Two measurements of the same probes as one. */
export function mergeCeilings(a: readonly Ceiling[], b: readonly Ceiling[]): Ceiling[] {
  return a.map((first) => {
    const second = b.find(({ kind }) => kind === first.kind);
    if (!second) return first;
    const n = first.n + second.n;
    return {
      ...first,
      // Of medians of two halves there is no exact one; their mean lies between them.
      median: (first.n * first.median + second.n * second.median) / n,
      min: Math.min(first.min, second.min),
      max: Math.max(first.max, second.max),
      n,
    };
  });
}

/**
 * The adapter's own ceilings, by the clock on the wall over samples long enough to hide submit and wait, in turns.
 * @returns fill, copy, multiply-adds, dispatch, in this order
 */
export async function measureCeilings(device: Device, options: CeilingOptions = {}): Promise<Ceiling[]> {
  const { rounds = 5, sampleSeconds = 0.05, ...each } = options;
  const entrants: { probe: Probe; times: number; ms: number[] }[] = [];
  for (const open of [fillProbe, copyProbe, fmaProbe, dispatchProbe]) {
    const opened = await open(device, each);
    entrants.push({ probe: opened, times: await calibrate(opened, sampleSeconds), ms: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { probe: body, times, ms } of entrants) {
      const start = performance.now();
      await body.run(times);
      ms.push((performance.now() - start) / times);
    }
  }
  for (const { probe: body } of entrants) body.destroy();
  return entrants.map(({ probe: body, ms, times }) => ceilingOf(body, ms, times));
}
