import type * as Jax from '@jax-js/jax';
import type * as Tf from '@tensorflow/tfjs';
import { versionOf } from '../environment.js';
import type { Host } from '../host.js';
import { loadJax, submitNow } from '../peers/jax.js';
import { findPython, Peer } from '../peers/python.js';
import { finish, loadTfjs } from '../peers/tfjs.js';
import type { KernelEngine } from './kernel.js';
import { conv, errorOf, type Task } from './tasks.js';

/** jax-js: each task one jitted function; gradients by its own differentiation of a convolution's product with dy. */
export async function jaxKernels(host: Host): Promise<KernelEngine> {
  const jax = await loadJax(host);
  const { numpy: np, lax, grad, jit } = jax;
  type JaxArray = Jax.numpy.Array;
  type Binary = (a: JaxArray, b: JaxArray) => JaxArray;
  const convolve: Binary = (x, w) => lax.convGeneralDilated(x, w, [1, 1], 'SAME');
  const functionOf = (task: Task): Binary => {
    if (task.kind === 'matmul') return (a, b) => np.matmul(a, b);
    if (task.kind === 'conv forward') return convolve;
    const { n, c, k, h } = conv;
    // A convolution is linear in each operand: the point of differentiation does not matter, and jit drops the unused forward pass.
    if (task.kind === 'conv data gradient') {
      return (dy, w) => grad((x: JaxArray) => convolve(x, w).mul(dy).sum())(np.zeros([n, c, h, h])) as unknown as JaxArray;
    }
    return (dy, x) => grad((w: JaxArray) => convolve(x, w).mul(dy).sum())(np.zeros([k, c, 3, 3])) as unknown as JaxArray;
  };
  return {
    name: 'jax-js',
    versions: { '@jax-js/jax': versionOf('@jax-js/jax') },
    async prepare(task) {
      const [a, b] = Object.values(task.inputs).map(({ shape, data }) => np.array(data).reshape([...shape])) as [JaxArray, JaxArray];
      const call = jit(functionOf(task) as never) as unknown as Binary;
      let last = call(a.ref, b.ref);
      await host.patiently(jax.blockUntilReady(last));
      return {
        variant: 'jit',
        async run(times) {
          for (let i = 0; i < times; i++) {
            last.dispose();
            last = call(a.ref, b.ref);
            submitNow([last]);
          }
          await host.settle(jax.getWebGPUDevice());
        },
        error: async () => errorOf(task, await host.patiently(last.ref.data())),
        destroy() {
          for (const array of [last, a, b]) array.dispose();
        },
      };
    },
    destroy: () => undefined,
  };
}

/** Where NHWC (or, for weights, RSCK) keeps element i of an NCHW (KCRS) tensor. */
function channelsLast(task: Task): (i: number) => number {
  if (task.kind === 'matmul') return (i) => i;
  const { c, k, h } = conv;
  if (task.kind === 'conv weight gradient') {
    return (i) => ((i % 9) * c + (Math.floor(i / 9) % c)) * k + Math.floor(i / (9 * c));
  }
  const channels = task.kind === 'conv forward' ? k : c;
  return (i) => (Math.floor(i / (h * h * channels)) * h * h + (i % (h * h))) * channels + (Math.floor(i / (h * h)) % channels);
}

/** TensorFlow.js in its own layout, NHWC; inputs are transposed before the clock starts. */
export async function tfjsKernels(host: Host): Promise<KernelEngine> {
  const { tf, backend } = await loadTfjs(host);
  const { n, c, k, h } = conv;
  const same = { strides: 1, pad: 'same', dataFormat: 'NHWC' };
  const callOf = (task: Task): ((a: Tf.Tensor, b: Tf.Tensor) => Tf.Tensor) => {
    switch (task.kind) {
      case 'matmul':
        return (a, b) => tf.matMul(a as Tf.Tensor2D, b as Tf.Tensor2D);
      case 'conv forward':
        return (x, w) => tf.conv2d(x as Tf.Tensor4D, w as Tf.Tensor4D, 1, 'same');
      case 'conv data gradient':
        return (dy, filter) =>
          tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, { ...same, inputShape: [n, h, h, c] }) as Tf.Tensor;
      case 'conv weight gradient':
        return (dy, x) => tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...same, filterShape: [3, 3, c, k] }) as Tf.Tensor;
    }
  };
  const inputsOf = (task: Task): Tf.Tensor[] =>
    Object.entries(task.inputs).map(([name, { shape, data }]) => {
      const tensor = tf.tensor(data, [...shape]);
      return shape.length === 4 ? tf.transpose(tensor, name === 'w' ? [2, 3, 1, 0] : [0, 2, 3, 1]) : tensor;
    });
  return {
    name: 'tfjs',
    versions: { '@tensorflow/tfjs-backend-webgpu': versionOf('@tensorflow/tfjs-backend-webgpu') },
    async prepare(task) {
      const [a, b] = inputsOf(task) as [Tf.Tensor, Tf.Tensor];
      const call = callOf(task);
      let last = call(a, b);
      await finish(host, backend);
      return {
        variant: 'eager',
        async run(times) {
          for (let i = 0; i < times; i++) {
            last.dispose();
            last = call(a, b);
          }
          await finish(host, backend);
        },
        error: async () => errorOf(task, await host.patiently(last.data()), channelsLast(task)),
        destroy: () => tf.dispose([last, a, b]),
      };
    },
    destroy: () => undefined,
  };
}

/** The machine's own ceiling for matrix products: a BLAS made for this CPU, on two threads, through numpy. */
export function blasKernels(): KernelEngine {
  const check = [
    'import numpy as n',
    'n.dot(n.ones((9, 9), "f4"), n.ones((9, 9), "f4"))',
    'fast = [l.split()[-1] for l in open("/proc/self/maps") if "openblas" in l or "mkl_rt" in l]',
    'assert fast, "numpy without OpenBLAS or MKL"',
    'print(n.__version__, fast[0].split("/")[-1])',
  ];
  const { command, said } = findPython('numpy on OpenBLAS', check.join('\n'));
  const peer = new Peer(command, 'sgemm.py');
  return {
    name: 'openblas',
    versions: { numpy: said },
    async prepare(task) {
      if (task.kind !== 'matmul') return undefined;
      const data = Object.fromEntries(
        Object.entries(task.inputs).map(([name, input]) => [name, Buffer.from(input.data.buffer).toString('base64')]),
      );
      const { id } = await peer.ask({ command: 'start', size: task.size, ...data });
      return {
        variant: said,
        async run(times) {
          await peer.ask({ command: 'run', id, times });
        },
        error: async () => errorOf(task, Object.values((await peer.ask({ command: 'result', id })).result as unknown as number[])),
        destroy: () => undefined,
      };
    },
    destroy: () => peer.destroy(),
  };
}
