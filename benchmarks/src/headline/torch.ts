import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchIndices, type NaturalData } from '@kindling/data';
import { Peer } from '../peers/python.js';
import { requireTorch, type TorchDevice } from '../peers/torch.js';
import { initialWeights, problem } from '../workload.js';
import { type ComponentName, type Contestant, LEARNING_RATE, noSeconds, type Run, type Task } from './contestant.js';

const base64 = (data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): string => Buffer.from(data.buffer).toString('base64');

/** The data as files of plain bytes, which the script reads as it would read its own. */
function writeData(folder: string, { train, test }: NaturalData): Record<string, string> {
  const files = { images: train.images, labels: train.labels, testImages: test.images, testLabels: test.labels };
  return Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return [name, path];
    }),
  );
}

async function start({ natural, maxSteps, seed }: Task, device: TorchDevice, loader: boolean): Promise<Run> {
  const { command } = requireTorch(device === 'cuda' ? 'torch-cuda' : 'torch', device);
  const folder = mkdtempSync(join(tmpdir(), 'kindling-headline-'));
  const peer = new Peer(command, 'torch_accuracy.py');
  const seconds = noSeconds();
  const ask = async (request: object): Promise<Record<string, number>> => {
    const answer = (await peer.ask(request)) as Record<string, number> & { seconds: Partial<Record<ComponentName, number>> };
    Object.assign(seconds, answer.seconds);
    return answer;
  };
  const destroy = (): void => {
    peer.destroy();
    rmSync(folder, { recursive: true, force: true });
  };
  const order = new Int32Array(maxSteps * problem.batch);
  for (let step = 0; step < maxSteps; step++) order.set(batchIndices(natural.train.count, seed, step, problem.batch), step * problem.batch);
  try {
    await ask({
      ...{ command: 'start', ...problem, lr: LEARNING_RATE, device, loader, steps: maxSteps },
      ...writeData(folder, natural),
      ...{ count: natural.train.count, tests: natural.test.count, order: base64(order) },
      weights: Object.entries(initialWeights(seed)).map(([name, { shape, data }]) => ({ name, shape, data: base64(data) })),
    });
  } catch (error) {
    destroy();
    throw error;
  }
  return {
    seconds,
    train: async (steps) => void (await ask({ command: 'run', steps })),
    loss: async () => (await ask({ command: 'loss' })).loss!,
    evaluate: async () => (await ask({ command: 'evaluate' })).accuracy!,
    destroy,
  };
}

const contestant = (engine: string, device: TorchDevice, loader: boolean): Contestant => ({
  engine,
  source: loader ? 'DataLoader' : 'resident',
  natural: true,
  open: (_, task) => start(task, device, loader),
});

/** PyTorch in a process of its own, with its data resident, and with a DataLoader that decodes and collates 64 images a step. */
export const torchContestants: readonly Contestant[] = [
  contestant('torch', 'cpu', false),
  contestant('torch-dataloader', 'cpu', true),
  contestant('torch-cuda', 'cuda', false),
];
