import { loadMnist } from '@kindling/data/node';
import type * as Tf from '@tensorflow/tfjs';
import type { Host } from '../host.js';
import { finish, loadTfjs, tfModel } from '../peers/tfjs.js';
import { initialWeights, problem } from '../workload.js';
import { type Contestant, LEARNING_RATE, noSeconds, type Run, shareRight, type Task, TEST_BATCH, timed } from './contestant.js';
import { batchOf, testBatches } from './natural.js';

const { batch, side, classes, beta1, beta2, eps } = problem;

async function start(host: Host, { natural, seed }: Task): Promise<Run> {
  const loaded = await loadTfjs(host);
  const { tf, backend } = loaded;
  const seconds = noSeconds();
  // One channel: NCHW and NHWC hold the same bytes.
  const images = (data: Float32Array<ArrayBuffer>, n: number): Tf.Tensor4D => tf.tensor4d(data, [n, side, side, 1]);
  const tests = testBatches(natural, TEST_BATCH).map(({ x, labels }) => ({ x: images(x, labels.length), labels }));
  const data = await timed(seconds, 'load', () => loadMnist());
  const batches: { x: Tf.Tensor4D; labels: Tf.Tensor }[] = [];
  /** Makes and uploads the batches of the next steps: nobody pays for steps that are never trained. */
  const ahead = async (steps: number): Promise<void> => {
    const own = await timed(seconds, 'load', () => Array.from({ length: steps }, (_, i) => batchOf(data, seed, batches.length + i)));
    await timed(seconds, 'upload', async () => {
      for (const { x, labels } of own) batches.push({ x: images(x, batch), labels: tf.oneHot(tf.tensor1d(labels, 'int32'), classes) });
      await finish(host, backend);
    });
  };
  const net = tfModel(loaded, initialWeights(seed));
  const optimizer = tf.train.adam(LEARNING_RATE, beta1, beta2, eps);
  let done = 0;
  let last: Tf.Scalar | undefined;
  const queue = (): void => {
    const { x, labels } = batches[done++]!;
    last?.dispose();
    last = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, net.logits(x)) as Tf.Scalar, true)!;
  };
  return {
    seconds,
    async train(steps) {
      await ahead(steps);
      if (done === 0 && steps > 0) {
        // The first step compiles; it is training too, but by far the smaller part.
        await timed(seconds, 'compile', async () => {
          queue();
          await finish(host, backend);
        });
        steps--;
      }
      await timed(seconds, 'train', async () => {
        for (let i = 0; i < steps; i++) queue();
        await finish(host, backend);
      });
    },
    loss: async () => (await host.patiently(last!.data()))[0]!,
    evaluate: () =>
      timed(seconds, 'evaluate', async () => {
        let right = 0;
        for (const { x, labels } of tests) {
          const logits = tf.tidy(() => net.logits(x));
          right += shareRight(await host.patiently(logits.data()), labels, classes) * labels.length;
          logits.dispose();
        }
        return right / natural.test.count;
      }),
    destroy() {
      last?.dispose();
      tf.dispose([...batches.flatMap(({ x, labels }) => [x, labels]), ...tests.map(({ x }) => x)]);
      net.destroy();
      optimizer.dispose();
    },
  };
}

/** TensorFlow.js, its batches uploaded some 50 steps ahead. */
export const tfjsContestant: Contestant = { engine: 'tfjs', source: 'resident', natural: true, open: start };
