import type { Engine, Trainer } from '../engine.js';
import { fixedBatch, initialWeights, problem, type Workload, workloads } from '../workload.js';
import { findPython, Peer } from './python.js';

const base64 = (data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): string => Buffer.from(data.buffer).toString('base64');

async function start(peer: Peer, workload: Workload, loader: boolean): Promise<Trainer> {
  const weights = Object.entries(initialWeights()).map(([name, { shape, data }]) => ({ name, shape, data: base64(data) }));
  const { x, labels } = fixedBatch();
  const { id } = await peer.ask({
    command: 'start',
    ...problem,
    workload,
    loader,
    weights,
    x: { shape: x.shape, data: base64(x.data) },
    labels: base64(labels),
  });
  return {
    async run(steps) {
      await peer.ask({ command: 'run', id, steps });
    },
    loss: async () => (await peer.ask({ command: 'loss', id })).loss!,
    destroy: () => undefined,
  };
}

/** PyTorch on two CPU threads, in a process of its own. With a loader each batch is collated from 64 samples, as training scripts do. */
export function openTorch(name: 'torch' | 'torch-dataloader'): Engine {
  const { command, said } = findPython('torch', 'import torch; print(torch.__version__)');
  const peer = new Peer(command, new URL('../peers/torch_step.py', import.meta.url));
  return {
    name,
    versions: { torch: said, python: command },
    gpu: null,
    workloads: name === 'torch' ? workloads : ['step'],
    start: (workload) => start(peer, workload, name === 'torch-dataloader'),
    destroy: () => peer.destroy(),
  };
}
