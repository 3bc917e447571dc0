import { DeviceError, defineProgram, InputError } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import { fromDevice, openDevice, Stopwatch } from './index.js';
import { brokenProgram, scaleProgram } from './test-programs.js';
import { testAdapters, testDevice } from './testing.js';

const quiet = { notice: () => undefined };

describe.each(await testAdapters())('Device on %s', (kind) => {
  it('reads back what was uploaded and written, at any byte range', async () => {
    const device = await testDevice(kind);
    const buffer = device.upload('bytes', new Uint8Array([1, 2, 3, 4, 5]));
    expect(buffer.size).toBe(8);
    device.write(buffer, new Uint32Array([9, 0x01020304]).subarray(1), 4);
    expect([...new Uint8Array(await device.read(buffer))]).toEqual([1, 2, 3, 4, 4, 3, 2, 1]);
    expect([...new Uint8Array(await device.read(buffer, 3, 3))]).toEqual([4, 4, 3]);
    expect(await device.readU32(buffer, 1)).toEqual(new Uint32Array([0x01020304]));
    expect([...(await device.readF32(device.buffer('zeros', 12)))]).toEqual([0, 0, 0]);
  });

  it('runs a program whose params it uploads once', async () => {
    const device = await testDevice(kind);
    const x = device.upload(
      'x',
      Float32Array.from({ length: 100 }, (_, i) => i),
    );
    const y = device.buffer('y', 400);
    device.run(scaleProgram(100, 3), { x, y });
    const before = device.meter.snapshot();
    device.run(scaleProgram(100, 3), { x, y: { buffer: y, offset: 0, size: 400 } });
    expect(device.meter.since(before)).toMatchObject({
      hostToGpuBytes: 0,
      pipelinesCreated: 0,
      dispatches: 1,
      submits: 1,
      buffersCreated: 0,
    });
    expect(await device.readF32(y)).toEqual(Float32Array.from({ length: 100 }, (_, i) => 3 * i));
  });

  it('compiles many programs at once, each pipeline once', async () => {
    const device = await testDevice(kind);
    const programs = [17, 18, 19].map((count) => ({ ...scaleProgram(count, 1), constants: { width: count } }));
    const before = device.meter.snapshot();
    expect(await device.compile([...programs, { ...programs[0]! }])).toBeGreaterThan(0);
    expect(await device.compile(programs)).toBeGreaterThanOrEqual(0);
    expect(device.meter.since(before)).toMatchObject({ pipelinesCreated: 3, dispatches: 3 });
    expect(device.pipeline({ ...programs[0]! })).toBe(device.pipeline(programs[0]!));
  });

  it('maps a WGSL error to file and line, with a caret', async () => {
    const device = await testDevice(kind);
    const attempts: (() => unknown)[] = [
      () => device.pipeline(brokenProgram()),
      () => device.compile([brokenProgram('test/broken again')]),
    ];
    for (const attempt of attempts) {
      const error = await Promise.resolve()
        .then(attempt)
        .then(
          () => undefined,
          (reason: unknown) => reason,
        );
      expect(error).toBeInstanceOf(InputError);
      const lines = (error as Error).message.split('\n');
      expect(lines[1]).toMatch(/^test\/bad\.wgsl:3:16: unresolved value 'missingName'$/);
      expect(lines[2]).toBe('  3 |   y[0] = twice(missingName);');
      expect(lines[3]).toBe('    |                ^^^^^^^^^^^');
      expect((error as Error).message).toContain('Next: correct test/bad.wgsl:3');
    }
    // Nothing is left over for somebody else's wait.
    await device.wait();
  });

  it('names program and binding where a buffer is missing', async () => {
    const device = await testDevice(kind);
    const x = device.buffer('x', 4);
    expect(() => device.bindGroup(scaleProgram(1, 1), { x })).toThrow(/test\/scale: got no buffer for the binding y; given: x/);
  });

  it('names an override that the shader does not have', async () => {
    const device = await testDevice(kind);
    expect(() => device.pipeline({ ...scaleProgram(1, 1), constants: { widht: 1 } })).toThrow(/test\/scale: got .*widht/s);
  });

  it('refuses sizes and ranges beyond the limits', async () => {
    const device = await testDevice(kind);
    expect(() => device.buffer('huge', device.gpu.limits.maxBufferSize + 4)).toThrow(/buffer huge: got \d+ bytes; expected at most \d+/);
    for (const size of [0, -4, 1.5, Number.NaN]) expect(() => device.buffer('odd', size)).toThrow(InputError);
    const small = device.buffer('small', 8);
    expect(() => device.write(small, new Float32Array(3))).toThrow(/buffer small: got 12 bytes at offset 0/);
    expect(() => device.write(small, new Uint8Array(3))).toThrow(/multiples of 4/);
    await expect(device.read(small, 4, 8)).rejects.toThrow(InputError);
  });

  it('throws collected WebGPU errors at the next wait, once', async () => {
    const device = await testDevice(kind);
    device.gpu.createBindGroup({
      layout: device.pipeline(scaleProgram(1, 1)).getBindGroupLayout(0),
      entries: [],
    });
    await expect(device.wait()).rejects.toThrow(/WebGPU validation: got /);
    await device.wait();
  });

  it('refuses a program whose features the device lacks', async () => {
    const device = await openDevice({ adapter: kind, features: [], ...quiet });
    expect(device.traits).toMatchObject({ features: [], subgroupSize: 0, software: true });
    const program = defineProgram({
      name: 'test/subgroups',
      source: { path: 'test/s.wgsl', text: 'enable subgroups;\n@compute @workgroup_size(1) fn main() {}' },
      workgroups: [1, 1, 1],
    });
    expect(() => device.pipeline(program)).toThrow(/test\/subgroups: got a device without subgroups/);
    device.destroy();
  });

  it('restores polling after use, and leaves setImmediate of others alone', async () => {
    const device = await testDevice(kind);
    const own = globalThis.setImmediate;
    device.run(scaleProgram(4, 1), { x: device.buffer('x', 16), y: device.buffer('y', 16) });
    const waiting = Promise.all([device.wait(), device.wait()]);
    expect(globalThis.setImmediate).not.toBe(own);
    await new Promise((resolve) => setImmediate(resolve));
    await waiting;
    expect(globalThis.setImmediate).toBe(own);
    await expect(device.patiently(Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(globalThis.setImmediate).toBe(own);
  });

  it('says so when the device is lost', async () => {
    const device = await openDevice({ adapter: kind, ...quiet });
    const buffer = device.buffer('b', 4);
    const reading = device.read(buffer);
    device.gpu.destroy();
    expect(device.isLost).toBe(true);
    await expect(reading).rejects.toThrow(DeviceError);
    await expect(device.read(buffer)).rejects.toThrow(/a lost device \(destroyed/);
    await expect(device.wait()).rejects.toThrow(DeviceError);
    expect(() => device.buffer('c', 4)).toThrow(/Next: open a new device/);
    expect(await device.lost).toBeInstanceOf(DeviceError);
  });

  it('wraps a caller’s device and leaves it alive', async () => {
    const { gpu, info } = await openDevice({ adapter: kind, ...quiet });
    const guest = fromDevice(gpu);
    expect(guest.info.kind).toBe(info.kind);
    const buffer = guest.upload('b', new Float32Array([5]));
    expect(await guest.readF32(buffer)).toEqual(new Float32Array([5]));
    const before = guest.meter.snapshot();
    guest.destroy();
    // The buffer and the staging buffer of the read.
    expect(guest.meter.since(before).buffersDestroyed).toBe(2);
    expect(() => guest.buffer('c', 4)).toThrow(DeviceError);
    gpu.createBuffer({ size: 4, usage: GPUBufferUsage.STORAGE }).destroy();
    await gpu.queue.onSubmittedWorkDone();
    gpu.destroy();
  });

  it('times passes where timestamps are supported', async () => {
    for (const features of ['all', []] as const) {
      const device = await openDevice({ adapter: kind, features, ...quiet });
      const watch = new Stopwatch(device, 2);
      const program = scaleProgram(1 << 16, 2);
      const group = device.bindGroup(program, { x: device.buffer('x', 4 << 16), y: device.buffer('y', 4 << 16) });
      device.submit((encoder) => {
        for (const index of [0, 1]) {
          const pass = encoder.beginComputePass(watch.descriptor(index, `pass ${index}`));
          device.dispatch(pass, program, group);
          pass.end();
        }
        watch.resolve(encoder);
      });
      const times = await watch.read();
      expect(watch.supported).toBe(device.gpu.features.has('timestamp-query'));
      expect(times.length).toBe(watch.supported ? 2 : 0);
      for (const time of times) expect(time).toBeGreaterThan(0);
      watch.destroy();
      device.destroy();
    }
  });
});
