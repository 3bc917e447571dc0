import type { Choices, TrainingOptions } from '@kindling/autograd';
import { type AdapterInfo, type Device, openDevice } from '@kindling/device';
import { nodeBackend } from '@kindling/device/node';

/** Measures, or looks up, which of Kindling's kernels a step should use on this device. */
export type Tuner = (device: Device, training: TrainingOptions) => Promise<Choices>;

/** One adapter that every engine of a run shares, and one way of waiting for it. */
export class Host {
  readonly device: Device;
  /** Kernels that the tuner chose, by problem; empty without one. */
  readonly choices: Record<string, string> = {};
  private readonly tuner: Tuner | undefined;

  static async open(adapter: string | undefined, notice: (line: string) => void, tuner?: Tuner): Promise<Host> {
    return new Host(await openDevice({ ...(adapter === undefined ? {} : { adapter }), notice }), tuner);
  }

  private constructor(device: Device, tuner: Tuner | undefined) {
    this.device = device;
    this.tuner = tuner;
  }

  /** The options of a Kindling step with the tuner's choices, if there is a tuner. */
  async tuned(training: TrainingOptions): Promise<TrainingOptions> {
    if (!this.tuner) return training;
    const choices = await this.tuner(this.device, training);
    Object.assign(this.choices, choices);
    return { ...training, choices };
  }

  get info(): AdapterInfo {
    return this.device.info;
  }

  /**
   * Waits for all that was submitted to anybody's GPUDevice. dawn.node's polling takes a core from a software adapter, so peers wait with
   * Kindling's remedy for it too; otherwise a ratio would compare ways of waiting.
   */
  async settle(gpu: GPUDevice): Promise<void> {
    await this.patiently(gpu.queue.onSubmittedWorkDone());
  }

  patiently<T>(promise: PromiseLike<T>): Promise<T> {
    return this.device.patiently(promise);
  }

  /** A fresh adapter of the same name: an adapter is consumed by the device that it gives. */
  async adapter(): Promise<GPUAdapter> {
    for (const stage of nodeBackend.stages) {
      const { candidates } = await nodeBackend.find(stage, process.env);
      const found = candidates.find(({ info }) => info.name === this.info.name);
      if (found) return found.adapter;
    }
    throw new Error(`the adapter ${this.info.name} is not found a second time`);
  }

  /** Gives engines that look for a browser the one global that they need; they find this run's adapter there and no other. */
  lendNavigator(): void {
    const gpu = {
      requestAdapter: () => this.adapter(),
      getPreferredCanvasFormat: () => 'bgra8unorm',
      wgslLanguageFeatures: new Set<string>(),
    };
    const value = { gpu, userAgent: `Node/${process.versions.node}`, hardwareConcurrency: 2, platform: process.platform };
    Object.defineProperty(globalThis, 'navigator', { value, configurable: true, writable: true });
  }
}
