import { loadMnist } from '@kindling/data/node';
import type { Host } from '../host.js';
import { type JaxArray, loadJax, lossOf, type Params, type State, stepOf, submitNow } from '../peers/jax.js';
import { initialWeights, problem } from '../workload.js';
import { type Contestant, LEARNING_RATE, noSeconds, type Run, shareRight, type Task, TEST_BATCH, timed } from './contestant.js';
import { batchOf, testBatches } from './natural.js';

const { batch, side, classes } = problem;

async function start(host: Host, { natural, seed }: Task): Promise<Run> {
  const jax = await loadJax(host);
  const { numpy: np, tree, jit } = jax;
  const gpu = jax.getWebGPUDevice();
  const seconds = noSeconds();
  const images = (data: Float32Array<ArrayBuffer>, n: number): JaxArray => np.array(data).reshape([n, 1, side, side]);
  const tests = testBatches(natural, TEST_BATCH).map(({ x, labels }) => ({ x: images(x, labels.length), labels }));
  const data = await timed(seconds, 'load', () => loadMnist());
  const batches: (readonly [JaxArray, JaxArray])[] = [];
  /** Makes and uploads the batches of the next steps: nobody pays for steps that are never trained. */
  const ahead = async (steps: number): Promise<void> => {
    const own = await timed(seconds, 'load', () => Array.from({ length: steps }, (_, i) => batchOf(data, seed, batches.length + i)));
    await timed(seconds, 'upload', async () => {
      for (const { x, labels } of own) batches.push([images(x, batch), np.array(labels, { dtype: np.int32 })]);
      await host.settle(gpu);
    });
  };
  const params: Params = Object.fromEntries(
    Object.entries(initialWeights(seed)).map(([key, { shape, data }]) => [key, np.array(data).reshape([...shape])]),
  );
  const zeros = (): Params => Object.fromEntries(Object.entries(params).map(([key, value]) => [key, np.zeros(value.shape)]));
  let state: State = { params, mu: zeros(), nu: zeros(), count: np.array(0, { dtype: np.uint32 }) };
  const { predict, loss } = lossOf(jax);
  const step = stepOf(jax, loss(predict), LEARNING_RATE);
  const once = jit(((s: State, a: JaxArray, b: JaxArray) => step(s, a, b)) as never) as unknown as typeof step;
  const forward = jit(predict as never) as unknown as typeof predict;
  const leaves = (): JaxArray[] => tree.leaves(state as never) as JaxArray[];
  let done = 0;
  let last: JaxArray | undefined;
  const queue = (): void => {
    const [x, labels] = batches[done++]!;
    last?.dispose();
    [last, state] = once(state, x.ref, labels.ref);
  };
  return {
    seconds,
    async train(steps) {
      await ahead(steps);
      if (done === 0 && steps > 0) {
        // The first step compiles; it is training too, but by far the smaller part.
        await timed(seconds, 'compile', async () => {
          queue();
          await host.patiently(jax.blockUntilReady([last!, state]));
        });
        steps--;
      }
      await timed(seconds, 'train', async () => {
        for (let i = 0; i < steps; i++) {
          queue();
          submitNow([last!, ...leaves()]);
        }
        await host.settle(gpu);
      });
    },
    loss: async () => (await host.patiently(last!.ref.data()))[0]!,
    evaluate: () =>
      timed(seconds, 'evaluate', async () => {
        let right = 0;
        for (const { x, labels } of tests) {
          const logits = forward(tree.ref(state.params as never) as unknown as Params, x.ref);
          right += shareRight(await host.patiently(logits.data()), labels, classes) * labels.length;
        }
        return right / natural.test.count;
      }),
    destroy() {
      last?.dispose();
      tree.dispose(state as never);
      for (const [x, labels] of batches) for (const array of [x, labels]) array.dispose();
      for (const { x } of tests) x.dispose();
    },
  };
}

/** jax-js in one jitted step, its batches uploaded some 50 steps ahead. */
export const jaxContestant: Contestant = { engine: 'jax-js-jit', source: 'resident', natural: true, open: start };
