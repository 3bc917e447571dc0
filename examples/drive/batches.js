import { planBatch, prepare, traitsOf } from '@kindling/datagen';
import { problem } from '../net.js';
import { read } from '../read.js';

/** The batches of the first steps of net.js' problem, generated again into buffers of their own and read back, for checks: no training does that. */
export async function batchesOf(device, steps) {
  const plan = planBatch({ recipe: problem.recipe, batch: problem.batch, traits: traitsOf(device) });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffers = Object.fromEntries(plan.tensors.map(({ name, bytes }) => [name, device.createBuffer({ size: bytes, usage })]));
  device.queue.writeBuffer(buffers.seeds, 0, Uint32Array.of(problem.seed));
  const work = prepare(device, { plan, buffers });
  const batches = [];
  for (let step = 0; step < steps; step++) {
    device.queue.writeBuffer(buffers.state, 0, Uint32Array.of(step));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    work.encode(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
    const [images, labels] = [await read(device, buffers.x), await read(device, buffers.y)];
    batches.push({ images: new Float32Array(images), labels: new Uint32Array(labels) });
  }
  work.destroy();
  for (const buffer of Object.values(buffers)) buffer.destroy();
  return batches;
}
