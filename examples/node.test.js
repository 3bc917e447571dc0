// The examples that run outside of browsers, held to numbers that are computed some other way.
import { testAdapters, testDevice } from '@kindling/device/testing';
import { expect, it } from 'vitest';
import { batchesOf } from './drive/batches.js';
import { checkPlain } from './drive/check-plain.js';
import { checkLosses } from './drive/checks.js';
import { runDeno } from './drive/deno.js';
import { train } from './drive/reference.js';
import { sources } from './drive/sources.js';
import { trainInTensorFlow } from './drive/tensorflow.js';
import { initialWeights, prepareTraining, problem } from './net.js';
import { main } from './plain/main.js';
import { read } from './read.js';

const STEPS = 8;
/** What the net trains to on these batches, in f64. */
const inF64 = (batches) => train(batches, initialWeights(), problem);
const kinds = await testAdapters();
/** Where one adapter says enough: what differs between them is tested with the kernels. */
const [kind] = kinds;

it.each(kinds)('plain on %s: digits as their definition draws them, and their convolution', async (each) => {
  const device = await testDevice(each);
  const { gpu } = device;
  const alive = new Set();
  const create = gpu.createBuffer;
  // Counts on this device alone what is made and not freed.
  gpu.createBuffer = (descriptor) => {
    const buffer = create.call(gpu, descriptor);
    const destroy = buffer.destroy;
    buffer.destroy = () => {
      alive.delete(buffer);
      destroy.call(buffer);
    };
    alive.add(buffer);
    return buffer;
  };
  try {
    checkPlain(await device.patiently(main(gpu)));
    expect(alive.size).toBe(0);
  } finally {
    gpu.createBuffer = create;
  }
});

it('deno: the same numbers from wgpu', async (context) => {
  const found = await runDeno({ kind, plugins: sources });
  if (found.missing) return context.skip(found.missing);
  checkPlain(found);
});

it('the net of three.js and Babylon.js trains as f64 does', async () => {
  const device = await testDevice(kind);
  const { gpu } = device;
  const make = (size) => gpu.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC });
  const net = prepareTraining(gpu, { x: make(4 * problem.batch * problem.pixels), labels: make(256), rows: make(256) }, STEPS);
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (let step = 0; step < STEPS; step++) net.work.encode(pass);
  pass.end();
  gpu.queue.submit([encoder.finish()]);
  const history = new Float32Array(await device.patiently(read(gpu, net.history)));
  net.destroy();
  const batches = await device.patiently(batchesOf(gpu, STEPS));
  checkLosses(
    Array.from({ length: STEPS }, (_, step) => history[4 * step]),
    inF64(batches),
  );
});

it('tfjs: trains on buffers of the generator as f64 does, and no byte of a batch passes through the host', async () => {
  const device = await testDevice(kind);
  const { losses, crossed, touched } = await trainInTensorFlow(device, STEPS);
  checkLosses(losses, inF64(await device.patiently(batchesOf(device.gpu, STEPS))));
  expect(touched).toEqual([]);
  expect(crossed.gpuToHostBytes).toBe(0);
  // What goes up is uniforms and the step's number: less a step than one image.
  expect(crossed.hostToGpuBytes).toBeGreaterThan(0);
  expect(crossed.hostToGpuBytes / (STEPS - 1)).toBeLessThan(4 * problem.pixels);
});
