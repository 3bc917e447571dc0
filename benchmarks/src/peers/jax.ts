import type * as Jax from '@jax-js/jax';
import type { Engine, EngineName, Trainer } from '../engine.js';
import { versionOf } from '../environment.js';
import type { Host } from '../host.js';
import { fixedBatch, initialWeights, problem, type Workload, workloads } from '../workload.js';

export type JaxArray = Jax.numpy.Array;
export type Params = Record<string, JaxArray>;
export interface State {
  readonly params: Params;
  readonly mu: Params;
  readonly nu: Params;
  readonly count: JaxArray;
}
type Batch = (count: JaxArray) => [x: JaxArray, labels: JaxArray];

/** jax-js on this run's adapter; the same module and device for both of its engines. */
export async function loadJax(host: Host): Promise<typeof Jax> {
  host.lendNavigator();
  const jax = await import('@jax-js/jax');
  const ready = await jax.init('webgpu');
  if (!ready.includes('webgpu')) throw new Error('jax-js finds no WebGPU adapter');
  jax.defaultDevice('webgpu');
  return jax;
}

/** Submits what an array still waits for, without waiting. jax-js is lazy: an array that nobody asks for is never computed. */
export const submitNow = (arrays: Iterable<JaxArray>): void => {
  for (const array of arrays) array.ref.gpuBufferSync();
};

/** The model in the style of the project's MNIST demo: reduceWindow for pooling, log-softmax times one-hot for the loss. */
export function lossOf({ lax, nn, numpy: np }: typeof Jax) {
  const pool = (x: JaxArray): JaxArray => lax.reduceWindow(x, np.max as (x: JaxArray) => JaxArray, [2, 2], [2, 2]);
  const conv = (x: JaxArray, w: JaxArray, b: JaxArray): JaxArray =>
    lax.convGeneralDilated(x, w, [1, 1], 'SAME').add(b.reshape([1, -1, 1, 1]));
  const predict = (p: Params, x: JaxArray): JaxArray => {
    const [images] = x.shape as [number];
    const first = pool(nn.relu(conv(x, p['conv1.weight']!, p['conv1.bias']!)));
    const second = pool(nn.relu(conv(first, p['conv2.weight']!, p['conv2.bias']!)));
    const hidden = nn.relu(np.dot(second.reshape([images, -1]), p['fc1.weight']!.transpose()).add(p['fc1.bias']!));
    return nn.logSoftmax(np.dot(hidden, p['fc2.weight']!.transpose()).add(p['fc2.bias']!));
  };
  const loss = (predictor: typeof predict) => (p: Params, x: JaxArray, labels: JaxArray) =>
    predictor(p, x)
      .mul(nn.oneHot(labels, problem.classes))
      .sum()
      .mul(-1 / problem.batch);
  return { predict, loss };
}

/** One step: gradients, then Adam as @jax-js/optax writes it (that package is not on npm). */
export function stepOf(jax: typeof Jax, loss: (p: Params, x: JaxArray, labels: JaxArray) => JaxArray, lr: number = problem.lr) {
  const { numpy: np, tree, valueAndGrad } = jax;
  const { beta1, beta2, eps } = problem;
  const map = (f: (...leaves: JaxArray[]) => JaxArray, first: Params, ...rest: Params[]): Params =>
    tree.map(f as never, first as never, ...(rest as never[])) as unknown as Params;
  const gradients = valueAndGrad(loss);
  return ({ params, mu, nu, count }: State, x: JaxArray, labels: JaxArray): [JaxArray, State] => {
    const [value, grads] = gradients(tree.ref(params), x, labels) as unknown as [JaxArray, Params];
    const m = map((g, t) => g.mul(1 - beta1).add(t.mul(beta1)), tree.ref(grads), mu);
    const v = map(
      (g, t) =>
        g.ref
          .mul(g)
          .mul(1 - beta2)
          .add(t.mul(beta2)),
      grads,
      nu,
    );
    const next = count.add(1);
    const correction = (decay: number): JaxArray => np.reciprocal(np.subtract(1, np.power(decay, next.ref.astype(np.float32))));
    const [c1, c2] = [correction(beta1), correction(beta2)];
    const updated = map(
      (p, a, b) =>
        p.sub(
          a
            .mul(c1.ref)
            .div(np.sqrt(b.mul(c2.ref)).add(eps))
            .mul(lr),
        ),
      params,
      tree.ref(m),
      tree.ref(v),
    );
    c1.dispose();
    c2.dispose();
    return [value, { params: updated, mu: m, nu: v, count: next }];
  };
}

function binaryBatch({ numpy: np, random }: typeof Jax): Batch {
  return (count) => {
    const pixels = problem.side ** 2;
    const x = random.bernoulli(random.key(count), 0.5, [problem.batch, pixels]).astype(np.float32);
    const labels = np.remainder(x.ref.sum(1), problem.classes).astype(np.int32);
    return [x.reshape([problem.batch, 1, problem.side, problem.side]), labels];
  };
}

async function start(host: Host, jax: typeof Jax, name: EngineName, workload: Workload): Promise<Trainer> {
  const { numpy: np, tree, jit } = jax;
  const array = (shape: readonly number[], data: Float32Array<ArrayBuffer>): JaxArray => np.array(data).reshape([...shape]);
  const params = Object.fromEntries(Object.entries(initialWeights()).map(([key, { shape, data }]) => [key, array(shape, data)]));
  const zeros = (): Params => Object.fromEntries(Object.entries(params).map(([key, value]) => [key, np.zeros(value.shape)]));
  let state: State = { params, mu: zeros(), nu: zeros(), count: np.array(0, { dtype: np.uint32 }) };
  const { predict, loss } = lossOf(jax);
  const fixed = fixedBatch();
  const x = array(fixed.x.shape, fixed.x.data);
  const labels = np.array(fixed.labels, { dtype: np.int32 });
  const fresh = binaryBatch(jax);
  const batch: Batch =
    workload === 'step'
      ? (count) => {
          count.dispose();
          return [x.ref, labels.ref];
        }
      : fresh;

  let once: (state: State) => [JaxArray, State];
  if (name === 'jax-js-jit') {
    const step = stepOf(jax, loss(predict));
    // The data of a fixed batch come in as arguments: a constant would be folded into the program.
    const whole = jit(((s: State, a: JaxArray, b: JaxArray) => step(s, a, b)) as never) as unknown as typeof step;
    const generating = jit(((s: State) => step(s, ...fresh(s.count.ref))) as never) as unknown as (s: State) => [JaxArray, State];
    once = workload === 'step' ? (s) => whole(s, x.ref, labels.ref) : generating;
  } else {
    const step = stepOf(jax, loss(jit(predict as never) as unknown as typeof predict));
    once = (s) => step(s, ...batch(s.count.ref));
  }

  const gpu = jax.getWebGPUDevice();
  let last: JaxArray | undefined;
  let first = true;
  return {
    async run(steps) {
      for (let i = 0; i < steps; i++) {
        last?.dispose();
        [last, state] = once(state);
        // The first time pipelines are made asynchronously, which is the faster way; later a step is submitted as soon as it is recorded.
        if (first) await host.patiently(jax.blockUntilReady([last, state]));
        first = false;
        submitNow([last, ...(tree.leaves(state as never) as JaxArray[])]);
      }
      await host.settle(gpu);
    },
    loss: async () => (await host.patiently(last!.ref.data()))[0]!,
    destroy() {
      last?.dispose();
      tree.dispose(state as never);
      x.dispose();
      labels.dispose();
    },
  };
}

export async function openJax(host: Host, name: 'jax-js-jit' | 'jax-js'): Promise<Engine> {
  const jax = await loadJax(host);
  return {
    name,
    versions: { '@jax-js/jax': versionOf('@jax-js/jax') },
    gpu: jax.getWebGPUDevice(),
    workloads,
    start: (workload) => start(host, jax, name, workload),
    destroy: () => undefined,
  };
}
