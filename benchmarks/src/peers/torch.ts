import type { Engine, EngineName, Trainer } from '../engine.js';
import { fixedBatch, initialWeights, problem, type Workload, workloads } from '../workload.js';
import { findPython, Peer } from './python.js';

export type TorchName = Extract<EngineName, `torch${string}`>;
export type TorchDevice = 'cpu' | 'cuda';

/** How `peers/torch_step.py` runs the step. */
interface Mode {
  readonly device: TorchDevice;
  /** One launch an op; forward and backward through torch.compile; or the whole step captured once as a CUDA graph. */
  readonly mode: 'eager' | 'compile' | 'graphs';
  /** Whether each batch is collated from 64 samples by a DataLoader, as training scripts do. */
  readonly loader: boolean;
}

const modes: Readonly<Record<TorchName, Mode>> = {
  torch: { device: 'cpu', mode: 'eager', loader: false },
  'torch-dataloader': { device: 'cpu', mode: 'eager', loader: true },
  'torch-cuda': { device: 'cuda', mode: 'eager', loader: false },
  'torch-compile': { device: 'cuda', mode: 'compile', loader: false },
  'torch-cuda-graphs': { device: 'cuda', mode: 'graphs', loader: false },
  'torch-cuda-dataloader': { device: 'cuda', mode: 'eager', loader: true },
};

export const isTorch = (name: EngineName): name is TorchName => name in modes;

/** Prints PyTorch's version, and on CUDA the card; ends with the reason where the mode cannot run. */
function checkOf({ device, mode }: Mode): string {
  return [
    'import torch',
    'import sys',
    ...(device === 'cuda' ? ['torch.cuda.is_available() or sys.exit(f"torch {torch.__version__} sees no CUDA device")'] : []),
    ...(mode === 'compile' ? ['hasattr(torch, "compile") or sys.exit(f"torch {torch.__version__} lacks torch.compile")'] : []),
    device === 'cuda' ? 'print(torch.__version__, "on", torch.cuda.get_device_name())' : 'print(torch.__version__)',
  ].join('\n');
}

const found = new Map<string, { command: string; said: string } | Error>();

/** The interpreter that can run an engine, looked for once. @throws naming what is missing, e.g. a CUDA device. */
export function requireTorch(name: TorchName, device = modes[name].device): { command: string; said: string } {
  const check = checkOf({ ...modes[name], device });
  const known = found.get(check);
  if (known instanceof Error) throw known;
  if (known) return known;
  try {
    const python = findPython(device === 'cuda' ? 'torch on CUDA' : 'torch', check);
    found.set(check, python);
    return python;
  } catch (error) {
    if (error instanceof Error) found.set(check, error);
    throw error;
  }
}

const base64 = (data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): string => Buffer.from(data.buffer).toString('base64');

/** What the script does once: a training step, a random binary batch, or a forward pass of the fixed one. */
type TorchWork = Workload | 'batch' | 'forward';

async function begin(peer: Peer, workload: TorchWork, mode: Mode): Promise<number> {
  const weights = Object.entries(initialWeights()).map(([name, { shape, data }]) => ({ name, shape, data: base64(data) }));
  const { x, labels } = fixedBatch();
  const { id } = await peer.ask({
    command: 'start',
    ...problem,
    ...mode,
    workload,
    weights,
    x: { shape: x.shape, data: base64(x.data) },
    labels: base64(labels),
  });
  return id!;
}

async function start(peer: Peer, workload: Workload, mode: Mode): Promise<Trainer> {
  const id = await begin(peer, workload, mode);
  let seconds = 0;
  return {
    // The script waits once for all of these steps: one torch.cuda.synchronize on CUDA.
    async run(steps) {
      seconds = (await peer.ask({ command: 'run', id, steps })).seconds!;
    },
    seconds: () => seconds,
    loss: async () => (await peer.ask({ command: 'loss', id })).loss!,
    destroy: () => undefined,
  };
}

/**
 * PyTorch in a process of its own: on two CPU threads, or on CUDA with model and data on the card. Another device than the engine's own
 * serves tests. @throws with the reason when it cannot run here.
 */
export function openTorch(name: TorchName, device = modes[name].device): Engine {
  const { command, said } = requireTorch(name, device);
  const mode = { ...modes[name], device };
  const peer = new Peer(command, 'torch_step.py');
  return {
    name,
    versions: { [device === 'cuda' ? 'torch (CUDA)' : 'torch']: said, python: command },
    gpu: null,
    workloads: mode.loader ? ['step'] : workloads,
    start: (workload) => start(peer, workload, mode),
    destroy: () => peer.destroy(),
  };
}

/**
 * Random binary batches, or forward passes of the fixed batch, on two CPU threads. `result` is the last one's pixels or logits.
 * @throws with the reason when PyTorch is not here
 */
export async function openTorchWork(work: 'batch' | 'forward') {
  const { command, said } = requireTorch('torch');
  const peer = new Peer(command, 'torch_step.py');
  const id = await begin(peer, work, modes.torch);
  return {
    version: said,
    async run(times: number) {
      await peer.ask({ command: 'run', id, steps: times });
    },
    result: async () => (await peer.ask({ command: 'result', id })).result as unknown as number[],
    destroy: () => peer.destroy(),
  };
}
