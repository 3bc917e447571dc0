// What the three.js and Babylon.js examples share: a small net that trains on generated digits, in buffers of the engine.
import { planBatch, prepare, traitsOf } from '@kindling/datagen';
import { linear, linearBackward, linearLoss, planOp, planOptimizer } from '@kindling/kernels';

/** The problem, which `drive/reference.js` solves again in f64. */
export const problem = { batch: 64, pixels: 784, hidden: 32, classes: 10, rate: 0.2, seed: 7, recipe: { family: 'strokes' } };

/** He-uniform weights for both layers, zero biases: the same on every machine, from a counter that is hashed. */
export function initialWeights({ pixels, hidden, classes } = problem) {
  const uniform = (size, fanIn, salt) =>
    Float32Array.from({ length: size }, (_, i) => {
      let word = Math.imul(i + salt, 0x9e3779b1);
      word = Math.imul(word ^ (word >>> 15), 0x85ebca77);
      word ^= word >>> 13;
      return (2 * ((word >>> 8) / 2 ** 24) - 1) * Math.sqrt(6 / fanIn);
    });
  return {
    w1: uniform(hidden * pixels, pixels, 1),
    b1: new Float32Array(hidden),
    w2: uniform(classes * hidden, hidden, 1_000_000),
    b2: new Float32Array(classes),
  };
}

/**
 * One training step as a list of dispatches, without a submit: generate a batch into `x` and `labels`, forward, loss into `rows`, gradients, SGD.
 * @param x f32 [B,784], labels u32 [B], rows f32 [B] (loss of every image): buffers that somebody else made, with the usage STORAGE
 */
export function prepareTraining(device, { x, labels, rows }, steps) {
  const { batch: B, pixels, hidden: H, classes, rate, seed, recipe } = problem;
  const traits = traitsOf(device);
  const generate = planBatch({ recipe, batch: B, traits });
  const first = planOp(linear, { inputs: { x: [B, pixels], w: [H, pixels], b: [H] }, attrs: { relu: true }, traits });
  // The last layer, the mean cross-entropy and their gradients in one kernel; the weights' gradient comes as partial sums.
  const last = planOp(linearLoss, {
    inputs: { x: [B, H], w: [classes, H], b: [classes], labels: [B] },
    attrs: { kind: 'softmax_cross_entropy', label_smoothing: 0 },
    traits,
  });
  const back = planOp(linearBackward, {
    inputs: { x: [B, pixels], w: [H, pixels], y: [B, H], dy: [B, H] },
    attrs: { relu: true, inputGrad: false },
    own: ['dx'],
    traits,
  });
  const parts = last.outputs.dw.parts;
  const parameters = { w1: [H, pixels], b1: [H], w2: { shape: [classes, H], parts }, b2: { shape: [classes], parts } };
  const sgd = planOptimizer({ kind: 'sgd', parameters, learningRate: rate, lossRows: B, capacity: steps, traits });

  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const make = (size) => device.createBuffer({ size, usage });
  const own = Object.fromEntries(sgd.tensors.filter(({ name }) => name !== 'loss').map(({ name, bytes }) => [name, make(bytes)]));
  const [h, dh, seeds] = [make(4 * B * H), make(4 * B * H), make(4)];
  device.queue.writeBuffer(seeds, 0, Uint32Array.of(seed));
  for (const [name, values] of Object.entries(initialWeights())) device.queue.writeBuffer(own.arena, sgd.parameters[name].offset, values);

  // A weight and its gradient are regions of the optimizer's two arenas.
  const weight = (name) => ({ buffer: own.arena, offset: sgd.parameters[name].offset });
  const gradient = (name) => ({ buffer: own.grads, offset: sgd.parameters[name].gradOffset });
  const work = prepare(device, [
    { plan: generate, buffers: { x, y: labels, seeds, state: own.state } },
    { plan: first, buffers: { x, w: weight('w1'), b: weight('b1'), y: h } },
    { plan: last, buffers: { x: h, w: weight('w2'), b: weight('b2'), labels, rows, dx: dh, dw: gradient('w2'), db: gradient('b2') } },
    { plan: back, buffers: { x, w: weight('w1'), y: h, dy: dh, dw: gradient('w1'), db: gradient('b1') } },
    { plan: sgd, buffers: { ...own, loss: rows } },
  ]);
  return {
    work,
    /** f32 [steps,4], column 0 the mean loss. */
    history: own.history,
    destroy() {
      work.destroy();
      for (const buffer of [...Object.values(own), h, dh, seeds]) buffer.destroy();
    },
  };
}
