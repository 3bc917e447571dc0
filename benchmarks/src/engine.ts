import type { Host } from './host.js';
import type { Workload } from './workload.js';

export const engineNames = [
  'kindling',
  'jax-js-jit',
  'jax-js',
  'tfjs',
  'torch',
  'torch-dataloader',
  'torch-cuda',
  'torch-compile',
  'torch-cuda-graphs',
  'torch-cuda-dataloader',
] as const;
export type EngineName = (typeof engineNames)[number];

/** One model in training. */
export interface Trainer {
  /** Queues `steps` training steps and waits once for their results; reads nothing back. */
  run(steps: number): Promise<void>;
  /** Seconds of the last `run` by the clock of a peer's own process: the pipe to it, some .1 ms, is no part of its steps. */
  seconds?(): number;
  /** Loss of the last step. */
  loss(): Promise<number>;
  destroy(): void;
}

/** A way to do the training step. */
export interface Engine {
  readonly name: EngineName;
  readonly versions: Readonly<Record<string, string>>;
  /** What the meter watches; null where no WebGPU is involved. */
  readonly gpu: GPUDevice | null;
  readonly workloads: readonly Workload[];
  /** Sets up a model with the shared initial weights. Compilation may happen here or in the first step. */
  start(workload: Workload): Promise<Trainer>;
  destroy(): void;
}

/** Opens one engine. @throws with a reason that a user can act on when it cannot run here. */
export async function openEngine(name: EngineName, host: Host): Promise<Engine> {
  switch (name) {
    case 'kindling':
      return (await import('./peers/kindling.js')).openKindling(host);
    case 'jax-js-jit':
    case 'jax-js':
      return (await import('./peers/jax.js')).openJax(host, name);
    case 'tfjs':
      return (await import('./peers/tfjs.js')).openTfjs(host);
    case 'torch':
    case 'torch-dataloader':
    case 'torch-cuda':
    case 'torch-compile':
    case 'torch-cuda-graphs':
    case 'torch-cuda-dataloader':
      return (await import('./peers/torch.js')).openTorch(name);
  }
}
