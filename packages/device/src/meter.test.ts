import { describe, expect, it } from 'vitest';
import type { Traffic } from './meter.js';
import { scaleProgram } from './test-programs.js';
import { testAdapters, testDevice } from './testing.js';

describe.each(await testAdapters())('Meter on %s', (kind) => {
  /** What `act` adds to the counts, zeros left out. */
  async function cost(act: (gpu: GPUDevice) => unknown): Promise<Partial<Traffic>> {
    const { gpu, meter } = await testDevice(kind);
    const before = meter.snapshot();
    await act(gpu);
    return Object.fromEntries(Object.entries(meter.since(before)).filter(([, count]) => count !== 0));
  }

  const bytes = new ArrayBuffer(64);
  const floats = new Float32Array(bytes, 16, 8);
  const writes: [string, (queue: GPUQueue, buffer: GPUBuffer) => void, number][] = [
    ['a whole typed array', (queue, buffer) => queue.writeBuffer(buffer, 0, floats), 32],
    ['a typed array from an element', (queue, buffer) => queue.writeBuffer(buffer, 0, floats, 3), 20],
    ['elements of a typed array', (queue, buffer) => queue.writeBuffer(buffer, 0, floats, 1, 2), 8],
    ['a whole ArrayBuffer', (queue, buffer) => queue.writeBuffer(buffer, 0, bytes), 64],
    ['an ArrayBuffer from a byte', (queue, buffer) => queue.writeBuffer(buffer, 0, bytes, 4), 60],
    ['bytes of an ArrayBuffer', (queue, buffer) => queue.writeBuffer(buffer, 0, bytes, 4, 12), 12],
  ];

  it.each(writes)('counts writeBuffer of %s', async (_name, write, expected) => {
    const { gpu, buffer } = await testDevice(kind).then((device) => ({ gpu: device.gpu, buffer: device.buffer('target', 64) }));
    expect(await cost(() => write(gpu.queue, buffer))).toEqual({ hostToGpuBytes: expected });
  });

  it('counts buffers mapped at creation and mapped for writing', async () => {
    const size = 32;
    const create = (gpu: GPUDevice): GPUBuffer => gpu.createBuffer({ size, usage: GPUBufferUsage.STORAGE, mappedAtCreation: true });
    expect(await cost((gpu) => create(gpu).unmap())).toEqual({ hostToGpuBytes: 32, buffersCreated: 1 });
    const map = async (gpu: GPUDevice): Promise<void> => {
      const buffer = gpu.createBuffer({ size, usage: GPUBufferUsage.MAP_WRITE | GPUBufferUsage.COPY_SRC });
      await buffer.mapAsync(GPUMapMode.WRITE, 8, 16);
      buffer.destroy();
      buffer.destroy();
    };
    expect(await cost(map)).toEqual({ hostToGpuBytes: 16, buffersCreated: 1, buffersDestroyed: 1 });
  });

  it('counts ranges mapped for reading, and reads of the Device', async () => {
    const map = async (gpu: GPUDevice): Promise<void> => {
      const buffer = gpu.createBuffer({ size: 64, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      await buffer.mapAsync(GPUMapMode.READ);
      buffer.unmap();
      await buffer.mapAsync(GPUMapMode.READ, 40);
      buffer.unmap();
      await buffer.mapAsync(GPUMapMode.READ, 8, 12);
    };
    expect(await cost(map)).toEqual({ gpuToHostBytes: 64 + 24 + 12, buffersCreated: 1 });
    const device = await testDevice(kind);
    const source = device.buffer('source', 5000);
    await device.read(source);
    expect(await cost(() => device.read(source, 100, 10))).toMatchObject({ gpuToHostBytes: 12, submits: 1 });
    expect(await cost(() => device.read(source))).toEqual({ gpuToHostBytes: 5000, submits: 1 });
  });

  it('counts writeTexture with its row padding', async () => {
    const write = (gpu: GPUDevice): void => {
      const usage = GPUTextureUsage.COPY_DST;
      const texture = gpu.createTexture({ size: [4, 3], format: 'rgba8unorm', usage });
      gpu.queue.writeTexture({ texture }, new Uint8Array(800), { bytesPerRow: 256, offset: 16 }, [4, 3]);
      gpu.queue.writeTexture({ texture }, new Uint8Array(2000), { bytesPerRow: 256 }, { width: 4, height: 3 });
      texture.destroy();
    };
    expect(await cost(write)).toEqual({ hostToGpuBytes: 768 + 768 });
  });

  it('counts dispatches, also indirect, submits, pipelines and bind groups', async () => {
    const device = await testDevice(kind);
    const program = scaleProgram(64, 1, 'test/metered');
    const act = (gpu: GPUDevice): void => {
      const module = gpu.createShaderModule({ code: program.sources[0]!.text });
      const pipeline = gpu.createComputePipeline({ layout: 'auto', compute: { module, constants: { width: 32 } } });
      const [x, y, params, indirect] = [device.buffer('x', 256), device.buffer('y', 256), uniform(gpu), indirectOnes(gpu)];
      const entries = [x, y, params].map((buffer, binding) => ({ binding, resource: { buffer } }));
      const group = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
      const encoder = gpu.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(1);
      pass.dispatchWorkgroups(1, 2, 1);
      pass.dispatchWorkgroupsIndirect(indirect, 0);
      pass.end();
      gpu.queue.submit([encoder.finish()]);
    };
    expect(await cost(act)).toEqual({
      dispatches: 3,
      submits: 1,
      pipelinesCreated: 1,
      bindGroupsCreated: 1,
      buffersCreated: 4,
      hostToGpuBytes: 12,
    });
    await device.wait();
  });
});

const uniform = (gpu: GPUDevice): GPUBuffer => gpu.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM });

function indirectOnes(gpu: GPUDevice): GPUBuffer {
  const buffer = gpu.createBuffer({ size: 12, usage: GPUBufferUsage.INDIRECT, mappedAtCreation: true });
  new Uint32Array(buffer.getMappedRange()).fill(1);
  buffer.unmap();
  return buffer;
}
