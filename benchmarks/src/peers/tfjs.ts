import type * as Tf from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { Engine, Trainer } from '../engine.js';
import { versionOf } from '../environment.js';
import type { Host } from '../host.js';
import { fixedBatch, initialWeights, problem, type Values, type Workload, workloads } from '../workload.js';

export interface LoadedTf {
  readonly tf: typeof Tf;
  readonly backend: WebGPUBackend;
}

/** TensorFlow.js on this run's adapter. The union package is needed: the core alone has no gradients. */
export async function loadTfjs(host: Host): Promise<LoadedTf> {
  host.lendNavigator();
  const { warn } = console;
  console.warn = () => undefined; // its greeting advises tfjs-node, which is another engine
  try {
    const tf = ((module) => module.default ?? module)((await import('@tensorflow/tfjs')) as typeof Tf & { default?: typeof Tf });
    await import('@tensorflow/tfjs-backend-webgpu');
    if (!(await host.patiently(tf.setBackend('webgpu')))) throw new Error('TensorFlow.js cannot open its WebGPU backend');
    await tf.ready();
    return { tf, backend: tf.backend() as WebGPUBackend };
  } finally {
    console.warn = warn;
  }
}

/** TensorFlow.js computes in NHWC; PyTorch's layouts are transposed once, so that both mean the same model. */
function toChannelsLast(name: string, { shape, data }: Values): Values {
  const permuted = (sizes: readonly number[], order: readonly number[]): Float32Array<ArrayBuffer> => {
    const strides = sizes.map((_, axis) => sizes.slice(axis + 1).reduce((a, b) => a * b, 1));
    const result = new Float32Array(data.length);
    const index = order.map(() => 0);
    for (let i = 0; i < data.length; i++) {
      result[i] = data[index.reduce((sum, at, axis) => sum + at * strides[order[axis]!]!, 0)]!;
      for (let axis = order.length - 1; axis >= 0 && ++index[axis]! === sizes[order[axis]!]!; axis--) index[axis] = 0;
    }
    return result;
  };
  if (/^conv\d\.weight$/.test(name)) {
    const [k, c, r, s] = shape as [number, number, number, number];
    return { shape: [r, s, c, k], data: permuted(shape, [2, 3, 1, 0]) };
  }
  if (name === 'fc1.weight') {
    // Its inputs are the flattened [16, 7, 7], here [7, 7, 16].
    const side = problem.side / 4;
    return { shape: [shape[1]!, shape[0]!], data: permuted([shape[0]!, shape[1]! / side ** 2, side, side], [2, 3, 1, 0]) };
  }
  return name === 'fc2.weight' ? { shape: [shape[1]!, shape[0]!], data: permuted(shape, [1, 0]) } : { shape, data };
}

/** The poster CNN on variables that hold `weights`, which are in PyTorch's layouts: images [N,28,28,1] to logits [N,10]. */
export function tfModel({ tf }: LoadedTf, weights: Readonly<Record<string, Values>>) {
  const p = Object.fromEntries(
    Object.entries(weights).map(([name, values]) => {
      const { shape, data } = toChannelsLast(name, values);
      return [name, tf.variable(tf.tensor(data, [...shape]))];
    }),
  );
  const block = (input: Tf.Tensor4D, name: string): Tf.Tensor4D => {
    const convolved = tf.conv2d(input, p[`${name}.weight`] as unknown as Tf.Tensor4D, 1, 'same');
    return tf.maxPool(tf.relu(tf.add(convolved, p[`${name}.bias`]!)) as Tf.Tensor4D, 2, 2, 'valid');
  };
  const logits = (images: Tf.Tensor4D): Tf.Tensor => {
    const features = block(block(images, 'conv1'), 'conv2').reshape([images.shape[0], -1]);
    const hidden = tf.relu(tf.add(tf.matMul(features, p['fc1.weight'] as unknown as Tf.Tensor2D), p['fc1.bias']!));
    return tf.add(tf.matMul(hidden as Tf.Tensor2D, p['fc2.weight'] as unknown as Tf.Tensor2D), p['fc2.bias']!);
  };
  return { logits, destroy: () => tf.dispose(Object.values(p)) };
}

function start(host: Host, loaded: LoadedTf, workload: Workload): Trainer {
  const { tf, backend } = loaded;
  const { batch, side, classes, lr, beta1, beta2, eps } = problem;
  const net = tfModel(loaded, initialWeights());
  const fixed = fixedBatch();
  // One channel: NCHW and NHWC hold the same bytes.
  const x = tf.tensor4d(fixed.x.data, [batch, side, side, 1]);
  const oneHot = tf.oneHot(tf.tensor1d(fixed.labels, 'int32'), classes);
  const optimizer = tf.train.adam(lr, beta1, beta2, eps);
  const fresh = (): [Tf.Tensor4D, Tf.Tensor] => {
    const images = tf
      .randomUniform([batch, side * side], 0, 1)
      .less(0.5)
      .cast('float32');
    return [images.reshape([batch, side, side, 1]), tf.oneHot(images.sum(1).mod(classes).cast('int32') as Tf.Tensor1D, classes)];
  };
  const loss = (): Tf.Scalar => {
    const [images, labels] = workload === 'step' ? [x, oneHot] : fresh();
    return tf.losses.softmaxCrossEntropy(labels, net.logits(images)) as Tf.Scalar;
  };
  let last: Tf.Scalar | undefined;
  return {
    async run(steps) {
      for (let i = 0; i < steps; i++) {
        last?.dispose();
        last = optimizer.minimize(loss, true)!;
      }
      await finish(host, backend);
    },
    loss: async () => (await host.patiently(last!.data()))[0]!,
    destroy() {
      last?.dispose();
      tf.dispose([x, oneHot]);
      net.destroy();
      optimizer.dispose();
    },
  };
}

/** Submits what the backend still holds back, and waits. */
export async function finish(host: Host, backend: WebGPUBackend): Promise<void> {
  const open = backend as unknown as { commandEncoder: unknown; endComputePassEncoder(): void };
  if (open.commandEncoder) {
    open.endComputePassEncoder();
    backend.submitQueue();
  }
  await host.settle(backend.device);
}

export async function openTfjs(host: Host): Promise<Engine> {
  const loaded = await loadTfjs(host);
  return {
    name: 'tfjs',
    versions: {
      '@tensorflow/tfjs': loaded.tf.version.tfjs,
      '@tensorflow/tfjs-backend-webgpu': versionOf('@tensorflow/tfjs-backend-webgpu'),
    },
    gpu: loaded.backend.device,
    workloads,
    start: async (workload) => start(host, loaded, workload),
    destroy: () => undefined,
  };
}
