// Plain WebGPU: a batch of generated digits and a convolution over it, on a GPUDevice of yours. Nothing but the seed and the filters goes up.
import { planBatch, prepare, traitsOf } from '@kindling/datagen';
import { conv2d, planOp } from '@kindling/kernels';
import { read } from '../read.js';

/** Sobel's two edge filters, [K,C,R,S] = [2,1,3,3]. */
export const filters = Float32Array.of(1, 0, -1, 2, 0, -2, 1, 0, -1, 1, 2, 1, 0, 0, 0, -1, -2, -1);

export async function main(device) {
  // Plans are plain data, chosen for what the device can do: dispatches, and the name and bytes of every buffer to bind.
  const traits = traitsOf(device);
  const batch = planBatch({ recipe: { family: 'strokes' }, batch: 8, traits });
  const inputs = { x: [8, 1, 28, 28], w: [2, 1, 3, 3] };
  const conv = planOp(conv2d, { inputs, attrs: { stride: 1, padding: 1, groups: 1, relu: false }, traits });

  // The buffers are yours. Both plans have a y: labels of the one, edges of the other.
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const make = ({ tensors }, shared) =>
    Object.fromEntries(tensors.map(({ name, bytes }) => [name, shared?.[name] ?? device.createBuffer({ size: bytes, usage })]));
  const digits = make(batch);
  const edges = make(conv, { x: digits.x });
  device.queue.writeBuffer(digits.seeds, 0, Uint32Array.of(7));
  device.queue.writeBuffer(edges.w, 0, filters);

  // Creates pipelines, one uniform buffer and bind groups, once; encoding into your pass creates nothing.
  const work = prepare(device, [
    { plan: batch, buffers: digits },
    { plan: conv, buffers: edges },
  ]);
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  work.encode(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);

  const [images, labels, features] = await Promise.all([read(device, digits.x), read(device, digits.y), read(device, edges.y)]);
  work.destroy();
  for (const buffer of [...Object.values(digits), ...Object.values(edges)]) buffer.destroy();
  return { images: new Float32Array(images), labels: new Uint32Array(labels), features: new Float32Array(features) };
}
