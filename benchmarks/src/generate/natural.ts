import { gatherProgram, residentSource } from '@kindling/data';
import { loadMnist, openDisk } from '@kindling/data/node';
import type { Host } from '../host.js';
import { problem } from '../workload.js';
import type { Body } from './contender.js';
import { dispatching } from './kindling.js';

/** Natural training batches read, decoded to f32 and shuffled on the host, then uploaded: MNIST's original files, one read an image. */
export async function openDiskSource(host: Host): Promise<Body> {
  const { device } = host;
  const source = await openDisk();
  const { batch, seed } = problem;
  const x = new Float32Array(batch * source.channels * source.height * source.width);
  const y = new Uint32Array(batch);
  const buffers = { x: device.buffer('x', x.byteLength), y: device.buffer('y', y.byteLength) };
  let step = 0;
  return {
    images: batch,
    async run(times) {
      for (let i = 0; i < times; i++) {
        source.fill(seed, step++, x, y);
        device.write(buffers.x, x);
        device.write(buffers.y, y);
        // A write waits for the next submit, which in training is the step that eats the batch.
        device.gpu.queue.submit([]);
      }
      await host.settle(device.gpu);
    },
    destroy() {
      source.close();
      for (const buffer of Object.values(buffers)) buffer.destroy();
    },
  };
}

/** Natural training batches gathered, shuffled and decoded on the device from the whole set, which was uploaded once as bytes. */
export async function openResidentSource(host: Host): Promise<Body> {
  const { device } = host;
  const { batch, seed } = problem;
  const { count, channels, height, width, images, labels } = residentSource(await loadMnist());
  const pixels = channels * height * width;
  const program = gatherProgram({ count, pixels, batch, traits: device.traits });
  const buffers = {
    images: device.upload('images', images),
    labels: device.upload('labels', labels),
    state: device.buffer('state', 4),
    seeds: device.upload('seeds', Uint32Array.of(seed)),
    x: device.buffer('x', 4 * batch * pixels),
    y: device.buffer('y', 4 * batch),
  };
  await device.compile([program]);
  return {
    images: batch,
    run: dispatching(host, [{ program, resources: buffers }]),
    begin: (round) => device.write(buffers.state, Uint32Array.of(round)),
    destroy() {
      for (const buffer of Object.values(buffers)) buffer.destroy();
    },
  };
}
