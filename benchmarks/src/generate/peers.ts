import type * as Jax from '@jax-js/jax';
import type * as Tf from '@tensorflow/tfjs';
import { versionOf } from '../environment.js';
import type { Host } from '../host.js';
import { loadJax, submitNow } from '../peers/jax.js';
import { finish, loadTfjs } from '../peers/tfjs.js';
import { problem } from '../workload.js';
import type { Body } from './contender.js';

/** Another engine that makes [64,1,28,28] random binary f32 images and leaves them on the device; no labels. */
export interface PeerGenerator {
  readonly package: string;
  /** What it does, for the table. */
  readonly how: string;
  open(host: Host): Promise<Body>;
}

/** @throws unless the values are zeros and ones, about half of each: a peer that makes something else is no comparison. */
export function requireBinary(values: ArrayLike<number>): void {
  const { batch, side } = problem;
  const all = Array.from(values);
  const ones = all.filter((value) => value === 1).length;
  const zeros = all.filter((value) => value === 0).length;
  const share = ones / all.length;
  if (all.length === batch * side ** 2 && ones + zeros === all.length && Math.abs(share - 0.5) < 0.02) return;
  throw new Error(`it made ${all.length} values, ${zeros} zeros and ${ones} ones, not a random binary batch`);
}

async function openJaxBatch(host: Host): Promise<Body> {
  const jax = await loadJax(host);
  const { numpy: np, random, jit } = jax;
  const { batch, side } = problem;
  type JaxArray = Jax.numpy.Array;
  const make = jit(((count: JaxArray) => {
    const x = random.bernoulli(random.key(count.ref), 0.5, [batch, 1, side, side]).astype(np.float32);
    return [x, count.add(1)];
  }) as never) as unknown as (count: JaxArray) => [JaxArray, JaxArray];
  let [x, count] = make(np.array(problem.seed, { dtype: np.uint32 }));
  await host.patiently(jax.blockUntilReady([x, count]));
  requireBinary(await host.patiently(x.ref.data()));
  return {
    images: batch,
    async run(times) {
      for (let i = 0; i < times; i++) {
        x.dispose();
        [x, count] = make(count);
        submitNow([x, count]);
      }
      await host.settle(jax.getWebGPUDevice());
    },
    destroy() {
      x.dispose();
      count.dispose();
    },
  };
}

async function openTfjsBatch(host: Host): Promise<Body> {
  const { tf, backend } = await loadTfjs(host);
  const { batch, side } = problem;
  const make = (): Tf.Tensor => tf.tidy(() => tf.randomUniform([batch, 1, side, side], 0, 1).less(0.5).cast('float32'));
  let x = make();
  await finish(host, backend);
  requireBinary(await host.patiently(x.data()));
  return {
    images: batch,
    async run(times) {
      for (let i = 0; i < times; i++) {
        x.dispose();
        x = make();
      }
      await finish(host, backend);
    },
    destroy: () => x.dispose(),
  };
}

export const peerGenerators: Readonly<Record<string, PeerGenerator>> = {
  'jax-js': { package: '@jax-js/jax', how: 'one jit of random.bernoulli, Threefry on the device', open: openJaxBatch },
  tfjs: { package: '@tensorflow/tfjs', how: 'randomUniform on the host, uploaded, compared on the device', open: openTfjsBatch },
};

/** The installed version of a peer. */
export const peerVersion = (name: string): string => versionOf(peerGenerators[name]!.package);
