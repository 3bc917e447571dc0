import { type Device, Stopwatch } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { measureDifferences } from './differences.js';
import { Recorder, type RecorderOptions } from './recorder.js';
import { addOne, double } from './testing/programs.js';

/** y = ((0 + 1) · 2 + 1) · 2 … in one pass, a mark a step. */
function chain(
  device: Device,
  buffer: GPUBuffer,
  steps: number,
  mark: (step: number) => void,
  descriptor: GPUComputePassDescriptor = {},
): void {
  const groups = [addOne, double].map((program) => [program, device.bindGroup(program, { y: buffer })] as const);
  device.submit((encoder) => {
    const pass = encoder.beginComputePass(descriptor);
    for (let step = 0; step < steps; step++) {
      mark(step);
      for (const [program, group] of groups) device.dispatch(pass, program, group);
    }
    pass.end();
  });
}

async function record(device: Device, steps: number, options: RecorderOptions = {}, descriptor: GPUComputePassDescriptor = {}) {
  await device.compile([addOne, double]);
  const recorder = new Recorder(device, options);
  const buffer = device.buffer('y', 16);
  chain(device, buffer, steps, (step) => recorder.mark({ phase: 'warmup', part: 'train', step }), descriptor);
  recorder.mark({ phase: 'warmup', part: 'readback' });
  const [y] = await device.readF32(buffer, 0, 1);
  const recording = await recorder.finish();
  buffer.destroy();
  return { recording, y };
}

describe.each(await testAdapters())('Recorder on %s', (kind) => {
  it('cuts a pass into dispatches and steps, and computes the same', async () => {
    const device = await testDevice(kind);
    const { recording, y } = await record(device, 4);
    // 2, 6, 14, 30.
    expect(y).toBe(30);
    const { slices, dispatched, timestamps, ledger, host } = recording;
    expect(timestamps).toBe(true);
    expect(slices.map(({ dispatch, mark }) => [mark.step, dispatch?.pipeline.label ?? 'whole'])).toEqual([
      [0, 'test/add_one'],
      [0, 'test/double'],
      [1, 'whole'],
      [2, 'test/add_one'],
      [2, 'test/double'],
      [3, 'whole'],
    ]);
    for (const { begin, end } of slices) expect(end).toBeGreaterThanOrEqual(begin);
    expect(Math.min(...slices.map(({ begin }) => begin))).toBe(0);
    expect(dispatched).toHaveLength(8);
    expect(ledger.map(({ call, bytes, mark }) => [call, bytes, mark.part])).toEqual([['mapAsync', 4, 'readback']]);
    expect(new Set(host.map(({ work }) => work))).toEqual(new Set(['encode', 'submit', 'wait', 'readback']));
  });

  it('leaves alone what is not to be timed', async () => {
    const device = await testDevice(kind);
    const { recording, y } = await record(device, 3, { grain: () => 'off' });
    expect(y).toBe(14);
    expect([recording.slices.length, recording.dispatched.length]).toEqual([0, 0]);
  });

  it('works without timestamps, and still counts dispatches', async () => {
    const device = await testDevice(kind);
    const { recording, y } = await record(device, 3, { timestamps: false });
    expect(y).toBe(14);
    expect(recording.timestamps).toBe(false);
    expect([recording.slices.length, recording.dispatched.length]).toEqual([0, 6]);
  });

  it('keeps the timestamps that the caller asked for', async () => {
    const device = await testDevice(kind);
    const watch = new Stopwatch(device, 1);
    const first = device.buffer('first', 16);
    device.submit((encoder) => {
      encoder.beginComputePass(watch.descriptor(0)).end();
      watch.resolve(encoder);
    });
    await watch.read();
    await device.compile([addOne, double]);
    const recorder = new Recorder(device);
    chain(device, first, 2, (step) => recorder.mark({ phase: 'warmup', part: 'train', step }), watch.descriptor(0, 'mine'));
    device.submit((encoder) => watch.resolve(encoder));
    const [ns] = await watch.read();
    const { slices } = await recorder.finish();
    // The caller's pass lies around all that it became.
    expect(ns).toBeGreaterThanOrEqual(slices.at(-1)!.end - slices[0]!.begin);
    first.destroy();
    watch.destroy();
  });

  it('takes more dispatches than a query set holds', async () => {
    const device = await testDevice(kind);
    const { recording } = await record(device, 1100, { grain: () => 'dispatch' });
    expect(recording.slices).toHaveLength(2200);
    for (const { begin, end } of recording.slices) expect(end >= begin).toBe(true);
  });

  it('moves no byte that the meter or the ledger counts, and puts the device back', async () => {
    const device = await testDevice(kind);
    const before = device.meter.snapshot();
    const methods = () => [
      device.gpu.createCommandEncoder,
      device.gpu.queue.submit,
      device.gpu.createBuffer,
      device.gpu.queue.onSubmittedWorkDone,
    ];
    const were = methods();
    await record(device, 2);
    const { hostToGpuBytes, gpuToHostBytes, dispatches } = device.meter.since(before);
    expect([hostToGpuBytes, gpuToHostBytes]).toEqual([0, 4]);
    // Compiling may have dispatched nothing twice.
    expect(dispatches).toBeGreaterThanOrEqual(4);
    expect(methods().every((method, i) => method === were[i])).toBe(true);
  });

  it('records nothing of what runs aside', async () => {
    const device = await testDevice(kind);
    const recorder = new Recorder(device);
    recorder.mark({ phase: 'warmup', part: 'train', step: 0 });
    await recorder.aside(async () => {
      const buffer = device.upload('aside', new Uint8Array(8));
      await device.read(buffer);
      buffer.destroy();
    });
    const { ledger, host, slices, phases } = await recorder.finish();
    expect([ledger.length, host.length, slices.length]).toEqual([0, 0, 0]);
    expect(phases.at(-1)).toMatchObject({ phase: 'warmup' });
    expect(phases.at(-1)!.aside).toBeGreaterThan(0);
  });
});

describe.each(await testAdapters())('measureDifferences on %s', (kind) => {
  it('times kernels, and leaves their buffers as they were', async () => {
    const device = await testDevice(kind);
    await device.compile([addOne, double]);
    const buffer = device.upload('y', Float32Array.of(5));
    const encoded = [addOne, double, addOne].map((program) => ({
      pipeline: device.pipeline(program),
      groups: [] as [number, GPUBindGroup, number[]][],
      workgroups: program.workgroups,
    }));
    const groups = [addOne, double].map((program) => device.bindGroup(program, { y: buffer }));
    for (const [i, each] of encoded.entries()) each.groups.push([0, groups[i % 2]!, []]);
    const { kernels, stepNs } = await measureDifferences(device, encoded, { rounds: 3, sampleSeconds: 0.002 });
    expect(kernels.map(({ calls, ns, problem }) => [calls, ns.length, problem])).toEqual([
      [2, 3, undefined],
      [1, 3, undefined],
    ]);
    expect(stepNs).toHaveLength(3);
    for (const ns of [...kernels.flatMap((each) => each.ns), ...stepNs]) expect(Number.isFinite(ns)).toBe(true);
    expect([...(await device.readF32(buffer))]).toEqual([5]);
    buffer.destroy();
  });

  it('says why a kernel of somebody else cannot be repeated', async () => {
    const device = await testDevice(kind);
    const pipeline = device.pipeline(addOne);
    const buffer = device.buffer('y', 16);
    const group = device.gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer } }] });
    const { kernels } = await measureDifferences(device, [{ pipeline, groups: [[0, group, []]], workgroups: [1, 1, 1] }]);
    expect(kernels[0]).toMatchObject({ ns: [], problem: expect.stringContaining('cannot be put back') });
    buffer.destroy();
  });
});
