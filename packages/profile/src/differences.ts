import { boundGroup, type Device } from '@kindling/device';
import { rawOf } from './raw.js';
import type { Encoded } from './split-pass.js';

/** What a kernel takes without timestamps: (time of n + 1 dispatches in one submit − time of one) / n, by the clock on the wall. */
export interface Difference {
  readonly encoded: Encoded;
  /** How often it stands in the list. */
  readonly calls: number;
  /** Nanoseconds a dispatch, a sample each; below 0 where the noise is larger than the kernel. Empty where it could not be measured. */
  readonly ns: readonly number[];
  /** Dispatches between the two times. */
  readonly times: number;
  readonly problem?: string;
}

export interface DifferenceOptions {
  /** Samples of each kernel, interleaved; default 5. */
  readonly rounds?: number;
  /** Seconds that the repeated dispatches of a sample should take at least; default 0.02. */
  readonly sampleSeconds?: number;
}

const MOST = 256;
/** Dispatches of a list that is also repeated as a whole: a step is, an evaluation is not. */
const LONGEST = 128;

/** The same pipeline with the same bind groups is the same kernel. */
export function distinct(list: readonly Encoded[]): { encoded: Encoded; calls: number }[] {
  const found: { encoded: Encoded; calls: number }[] = [];
  for (const encoded of list) {
    const known = found.find(
      ({ encoded: other }) =>
        other.pipeline === encoded.pipeline &&
        other.groups.length === encoded.groups.length &&
        other.groups.every(([index, group], i) => index === encoded.groups[i]![0] && group === encoded.groups[i]![1]),
    );
    if (known) known.calls++;
    else found.push({ encoded, calls: 1 });
  }
  return found;
}

/** Buffers that a kernel writes; undefined where it cannot be told, or a buffer cannot be copied and put back. */
function writtenBy({ groups }: Encoded): Set<GPUBuffer> | undefined {
  const written = new Set<GPUBuffer>();
  for (const [, group] of groups) {
    const known = group && boundGroup(group);
    if (!known) return undefined;
    for (const { access, buffer } of known.ranges) {
      if (access !== 'read_write') continue;
      const needed = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
      if ((buffer.usage & needed) !== needed) return undefined;
      written.add(buffer);
    }
  }
  return written;
}

/** Keeps what buffers hold on the GPU, to put it back after kernels ran that nobody asked for. */
class Snapshot {
  private readonly copies: readonly { readonly buffer: GPUBuffer; readonly copy: GPUBuffer }[];
  private readonly raw: ReturnType<typeof rawOf>;

  constructor(device: Device, buffers: Iterable<GPUBuffer>) {
    this.raw = rawOf(device);
    this.copies = [...buffers].map((buffer) => ({
      buffer,
      copy: this.raw.createBuffer({ size: buffer.size, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST }),
    }));
    this.each((encoder, { buffer, copy }) => encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size));
  }

  restore(): void {
    this.each((encoder, { buffer, copy }) => encoder.copyBufferToBuffer(copy, 0, buffer, 0, buffer.size));
  }

  destroy(): void {
    for (const { copy } of this.copies) copy.destroy();
  }

  private each(copy: (encoder: GPUCommandEncoder, pair: { buffer: GPUBuffer; copy: GPUBuffer }) => void): void {
    const encoder = this.raw.createCommandEncoder();
    for (const pair of this.copies) copy(encoder, pair);
    this.raw.submit([encoder.finish()]);
  }
}

/** Milliseconds from submit until all is done, for so many rounds of a list of dispatches in one pass. */
async function wall(device: Device, list: readonly Encoded[], times: number): Promise<number> {
  const raw = rawOf(device);
  const encoder = raw.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (let i = 0; i < times; i++) {
    for (const { pipeline, groups, workgroups } of list) {
      pass.setPipeline(pipeline);
      for (const [index, group, offsets] of groups) pass.setBindGroup(index, group, [...offsets]);
      pass.dispatchWorkgroups(...workgroups!);
    }
  }
  pass.end();
  const buffer = encoder.finish();
  const started = performance.now();
  raw.submit([buffer]);
  await device.patiently(device.gpu.queue.onSubmittedWorkDone());
  return performance.now() - started;
}

/** Nanoseconds of one round of a list, by differences; a sample a round. */
async function sample(device: Device, list: readonly Encoded[], times: number): Promise<number> {
  const one = await wall(device, list, 1);
  const many = await wall(device, list, times + 1);
  return (1e6 * (many - one)) / times;
}

async function calibrate(device: Device, list: readonly Encoded[], seconds: number): Promise<number> {
  await wall(device, list, 1);
  const each = Math.max(0.005, (await wall(device, list, 4)) / 4);
  return Math.max(2, Math.min(MOST, Math.ceil((1000 * seconds) / each)));
}

/**
 * Times kernels, and all of them together as one step, on a device without timestamps: each runs again and again on the buffers that it is bound
 * to, which hold afterwards what they held before.
 * @param list the dispatches of a step, in order
 */
export async function measureDifferences(
  device: Device,
  list: readonly Encoded[],
  options: DifferenceOptions = {},
): Promise<{ readonly kernels: readonly Difference[]; readonly stepNs: readonly number[] }> {
  const { rounds = 5, sampleSeconds = 0.02 } = options;
  const kernels = distinct(list).map((each) => ({ ...each, written: writtenBy(each.encoded), ns: [] as number[], times: 0 }));
  const usable = kernels.filter(({ written, encoded }) => written && encoded.workgroups);
  const snapshot = new Snapshot(device, new Set(usable.flatMap(({ written }) => [...written!])));
  const whole = usable.length === kernels.length && list.length <= LONGEST ? list : [];
  const stepNs: number[] = [];
  try {
    for (const kernel of usable) kernel.times = await calibrate(device, [kernel.encoded], sampleSeconds);
    const times = whole.length > 0 ? await calibrate(device, whole, sampleSeconds) : 0;
    for (let round = 0; round < rounds; round++) {
      for (const kernel of usable) kernel.ns.push(await sample(device, [kernel.encoded], kernel.times));
      if (times > 0) stepNs.push(await sample(device, whole, times));
    }
  } finally {
    snapshot.restore();
    await device.patiently(device.gpu.queue.onSubmittedWorkDone());
    snapshot.destroy();
  }
  return {
    stepNs,
    kernels: kernels.map(({ encoded, calls, written, ns, times }) => ({
      ...{ encoded, calls, ns, times },
      ...(written && encoded.workgroups
        ? {}
        : { problem: written ? 'an indirect dispatch' : 'it writes buffers that cannot be put back, so it cannot be repeated' }),
    })),
  };
}
