import type { Task } from './tasks.js';

/** One engine's kernel for one task, ready to run. */
export interface Kernel {
  /** What runs, where that can be told: Kindling's variant. */
  readonly variant: string;
  /** Largest error that is right, where it is not that of f32 sums. */
  readonly tolerance?: number;
  /** Queues the task `times` times and waits once. */
  run(times: number): Promise<void>;
  /** Largest error as `errorOf` measures it, of the last run. */
  error(): Promise<number>;
  destroy(): void;
}

/** An engine that runs single ops. */
export interface KernelEngine {
  readonly name: string;
  /** Whether the CPU time of this process is the engine's: a software adapter's, not a GPU's or another process's. */
  readonly inProcess?: boolean;
  readonly versions: Readonly<Record<string, string>>;
  /** Undefined where the engine has no such op. */
  prepare(task: Task): Promise<Kernel | undefined>;
  destroy(): void;
}
