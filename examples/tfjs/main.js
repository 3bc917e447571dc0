// TensorFlow.js trains on batches of ours: its tensors stand on the generator's buffers, so the images are never on the host.
import { planBatch, prepare, traitsOf } from '@kindling/datagen';
import * as tf from '@tensorflow/tfjs';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { initialWeights, problem } from '../net.js';

/** Tells TensorFlow.js to compute on a device that is there already, in place of one that it would open itself. */
export async function lend(device) {
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, device.adapterInfo));
  await tf.setBackend('webgpu');
  await tf.ready();
  // It holds 15 dispatches back before it submits, and would then read a batch that has been overwritten: here each goes at once.
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', 1);
}

/** @returns what trains: `step` queues one step and reads nothing, `losses` reads the loss of every step so far */
export function start(device) {
  const { batch: B, pixels, classes, rate, seed, recipe } = problem;
  const plan = planBatch({ recipe, batch: B, traits: traitsOf(device) });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffers = Object.fromEntries(plan.tensors.map(({ name, bytes }) => [name, device.createBuffer({ size: bytes, usage })]));
  device.queue.writeBuffer(buffers.seeds, 0, Uint32Array.of(seed));
  const generator = prepare(device, { plan, buffers });

  // The tensors are views of the buffers: what the generator writes next, they hold next. Labels are u32 below 10, so int32 reads the same.
  const x = tf.tensor({ buffer: buffers.x, zeroCopy: true }, [B, pixels]);
  const labels = tf.tensor({ buffer: buffers.y, zeroCopy: true }, [B], 'int32');

  const { w1, b1, w2, b2 } = initialWeights();
  const net = [tf.tensor2d(w1, [32, pixels]), tf.tensor1d(b1), tf.tensor2d(w2, [classes, 32]), tf.tensor1d(b2)].map((each) =>
    tf.variable(each),
  );
  const sgd = tf.train.sgd(rate);
  const loss = () => {
    const hidden = tf.relu(tf.add(tf.matMul(x, net[0], false, true), net[1]));
    const logits = tf.add(tf.matMul(hidden, net[2], false, true), net[3]);
    return tf.losses.softmaxCrossEntropy(tf.oneHot(labels, classes), logits);
  };

  const losses = [];
  return {
    buffers,
    step() {
      // The generator draws batch `state[0]`. The counter goes up by four bytes a step here; in a net of ours the optimizer raises it on the GPU.
      device.queue.writeBuffer(buffers.state, 0, Uint32Array.of(losses.length));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      generator.encode(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
      losses.push(sgd.minimize(loss, true, net));
    },
    losses: () => Promise.all(losses.map(async (each) => (await each.data())[0])),
    destroy() {
      tf.dispose([x, labels, net, losses]);
      generator.destroy();
      for (const buffer of Object.values(buffers)) buffer.destroy();
    },
  };
}
