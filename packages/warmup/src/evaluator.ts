import { ForwardPass, type ParameterSet } from '@kindling/autograd';
import type { Device } from '@kindling/device';
import { scoreProgram } from '@kindling/kernels';
import type { ModelSpec } from './models.js';
import type { PreparedData } from './natural.js';

export interface Evaluation {
  /** Share of test images classified right, 0 to 1. */
  readonly accuracy: number;
  /** Mean softmax cross-entropy over the test images. */
  readonly testLoss: number;
}

/** Test images a forward pass takes at once: few dispatches, and buffers of some 20 MB for the poster CNN. */
const EVALUATION_BATCH = 500;

/** Evaluates a parameter set on the whole test half: images, labels and results stay on the GPU until the last batch is scored. */
export class Evaluator {
  private readonly device: Device;
  private readonly pass: ForwardPass;
  private readonly state: GPUBuffer;
  private readonly rows: GPUBuffer;
  private readonly seeds: GPUBuffer;
  private readonly total: number;
  private readonly batches: number;

  static async create(device: Device, model: ModelSpec, parameters: ParameterSet, data: PreparedData): Promise<Evaluator> {
    const batch = Math.min(EVALUATION_BATCH, data.test.count);
    const { models } = parameters;
    const buffers = {
      state: device.buffer('evaluation state', 16),
      rows: device.buffer('evaluation rows', 8 * models * data.test.count),
      seeds: device.buffer('evaluation seeds', 4 * models),
    };
    const { channels, height, width, classes } = data.facts;
    const { pass } = await ForwardPass.compile(device, {
      parameters,
      inputs: { x: { shape: [batch, channels, height, width] }, labels: { shape: [batch], dtype: 'u32' } },
      model: model.forward,
      before: ({ x, labels }) => [
        data.gather(data.test, batch, false, { state: buffers.state, seeds: buffers.seeds, x: x!, y: labels! }, models),
      ],
      after: ({ labels }, output) => [
        {
          program: scoreProgram({
            n: batch,
            o: classes,
            total: data.test.count,
            models,
            logitsStride: output.modelStride,
            labelsStride: models === 1 ? 0 : batch,
          }),
          resources: { logits: output.resource, labels: labels!, rows: buffers.rows, state: buffers.state },
        },
      ],
    });
    return new Evaluator(device, pass, buffers, data.test.count, Math.ceil(data.test.count / batch));
  }

  private constructor(
    device: Device,
    pass: ForwardPass,
    buffers: { state: GPUBuffer; rows: GPUBuffer; seeds: GPUBuffer },
    total: number,
    batches: number,
  ) {
    this.device = device;
    this.pass = pass;
    this.state = buffers.state;
    this.rows = buffers.rows;
    this.seeds = buffers.seeds;
    this.total = total;
    this.batches = batches;
  }

  /** Runs the whole test half through the current parameters of every model. */
  async evaluateAll(): Promise<Evaluation[]> {
    this.device.write(this.state, new Uint32Array(4));
    this.pass.run(this.batches);
    const rows = await this.device.readF32(this.rows);
    const models = rows.length / (2 * this.total);
    return Array.from({ length: models }, (_, model) => {
      let loss = 0;
      let correct = 0;
      for (let i = 2 * this.total * model; i < 2 * this.total * (model + 1); i += 2) {
        loss += rows[i]!;
        correct += rows[i + 1]!;
      }
      return { accuracy: correct / this.total, testLoss: loss / this.total };
    });
  }

  /** Runs the whole test half through the current parameters of the only model. */
  async evaluate(): Promise<Evaluation> {
    return (await this.evaluateAll())[0]!;
  }

  destroy(): void {
    this.pass.destroy();
    for (const buffer of [this.state, this.rows, this.seeds]) buffer.destroy();
  }
}
