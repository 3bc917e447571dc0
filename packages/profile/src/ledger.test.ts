import type { Device } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import type { Frame } from './callsite.js';
import { Ledger } from './ledger.js';
import type { Mark } from './mark.js';
import { here } from './testing/here.js';

const third: Mark = { phase: 'warmup', part: 'train', step: 3 };

async function recorded(device: Device, work: () => Promise<void> | void) {
  const ledger = new Ledger(device.gpu, () => third);
  try {
    await work();
  } finally {
    ledger.close();
  }
  return ledger.entries;
}

describe.each(await testAdapters())('Ledger on %s', (kind) => {
  it('names the line of a deliberate upload through the device package', async () => {
    const device = await testDevice(kind);
    const buffer = device.buffer('target', 64);
    let at: Frame | undefined;
    const entries = await recorded(device, () => {
      at = here();
      device.write(buffer, new Float32Array(4));
    });
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ direction: 'toGpu', call: 'writeBuffer', bytes: 16, label: 'target', mark: third });
    expect(entries[0]!.site).toMatchObject({ frame: { file: at!.file, line: at!.line + 1 } });
    expect(entries[0]!.site.through).toMatch(/^(Device\.)?write$/);
    buffer.destroy();
  });

  it('names the line of a call on the GPUDevice itself, and counts typed arrays by elements', async () => {
    const device = await testDevice(kind);
    const buffer = device.buffer('target', 64);
    let at: Frame | undefined;
    const entries = await recorded(device, () => {
      at = here();
      device.gpu.queue.writeBuffer(buffer, 0, new Float32Array(8), 2, 3);
      device.gpu.queue.writeBuffer(buffer, 0, new Float32Array(8).buffer, 4, 8);
      device.gpu.queue.writeBuffer(buffer, 0, new Uint16Array(8), 2);
    });
    expect(entries.map(({ bytes }) => bytes)).toEqual([12, 8, 12]);
    expect(entries[0]!.site).toMatchObject({ frame: { file: at!.file, line: at!.line + 1 }, through: '' });
    buffer.destroy();
  });

  it('sees mapping at creation, and mapping both ways, where it was asked for', async () => {
    const device = await testDevice(kind);
    const places: number[] = [];
    const entries = await recorded(device, async () => {
      places.push(here().line + 1);
      const made = device.upload('made', new Uint8Array(20));
      places.push(here().line + 1);
      await device.read(made, 4, 8);
      const mapped = device.gpu.createBuffer({ label: 'mapped', size: 32, usage: GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC });
      places.push(here().line + 1);
      await device.patiently(mapped.mapAsync(GPUMapMode.WRITE, 8, 16));
      mapped.unmap();
      made.destroy();
      mapped.destroy();
    });
    const told = entries.map(({ direction, call, bytes, site }) => [direction, call, bytes, site.frame.line]);
    expect(told).toEqual([
      ['toGpu', 'mappedAtCreation', 20, places[0]],
      ['toHost', 'mapAsync', 8, places[1]],
      ['toGpu', 'mapAsync', 16, places[2]],
    ]);
  });

  it('sees textures', async () => {
    const device = await testDevice(kind);
    const usage = GPUTextureUsage.COPY_DST;
    const texture = device.gpu.createTexture({ label: 'picture', size: [4, 3], format: 'rgba8unorm', usage });
    const entries = await recorded(device, () => {
      device.gpu.queue.writeTexture({ texture }, new Uint8Array(16 * 3), { bytesPerRow: 16 }, [4, 3]);
    });
    expect(entries[0]).toMatchObject({ call: 'writeTexture', bytes: 48, label: 'picture' });
    texture.destroy();
  });

  it('adds up to what the traffic meter counted', async () => {
    const device = await testDevice(kind);
    const before = device.meter.snapshot();
    const entries = await recorded(device, async () => {
      const made = device.upload('made', new Uint8Array(400));
      device.write(made, new Uint32Array(7), 8);
      await device.read(made, 0, 200);
      made.destroy();
    });
    const { hostToGpuBytes, gpuToHostBytes } = device.meter.since(before);
    const sum = (way: string): number => entries.reduce((bytes, entry) => bytes + (entry.direction === way ? entry.bytes : 0), 0);
    expect([sum('toGpu'), sum('toHost')]).toEqual([hostToGpuBytes, gpuToHostBytes]);
    expect(hostToGpuBytes).toBe(428);
  });

  it('hears of buffers that are older than it, and nothing once it is closed', async () => {
    const device = await testDevice(kind);
    const old = device.gpu.createBuffer({ label: 'old', size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const read = async (): Promise<void> => {
      await device.patiently(old.mapAsync(GPUMapMode.READ));
      old.unmap();
    };
    const entries = await recorded(device, read);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ direction: 'toHost', bytes: 16, label: 'old' });
    await read();
    device.write(device.buffer('late', 16), new Uint32Array(2));
    expect(entries).toHaveLength(1);
    old.destroy();
  });
});
