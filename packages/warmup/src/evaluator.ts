import { ForwardPass, type ParameterSet } from '@kindling/autograd';
import type { Device } from '@kindling/device';
import { confusionProgram, scoreProgram } from '@kindling/kernels';
import type { ModelSpec } from './models.js';
import type { PreparedData } from './natural.js';

export interface Evaluation {
  /** Share of test images classified right, 0 to 1. */
  readonly accuracy: number;
  /** Mean softmax cross-entropy over the test images. */
  readonly testLoss: number;
}

/** An evaluation with what was taken for what. */
export interface ClassEvaluation extends Evaluation {
  /** Test images [true class][predicted class]; an image whose loss is not finite is in no cell, and none counts as right. */
  readonly confusion: readonly (readonly number[])[];
}

/** Test images a forward pass takes at once: few dispatches, and buffers of some 20 MB for the poster CNN. */
const EVALUATION_BATCH = 500;

/** Evaluates a parameter set on the whole test half: images, labels and results stay on the GPU until the last batch is scored. */
export class Evaluator {
  private readonly device: Device;
  private readonly pass: ForwardPass;
  private readonly state: GPUBuffer;
  private readonly rows: GPUBuffer;
  private readonly counts: GPUBuffer;
  private readonly seeds: GPUBuffer;
  private readonly total: number;
  private readonly batches: number;
  private readonly classes: number;

  static async create(device: Device, model: ModelSpec, parameters: ParameterSet, data: PreparedData): Promise<Evaluator> {
    const batch = Math.min(EVALUATION_BATCH, data.test.count);
    const { models } = parameters;
    const { channels, height, width, classes } = data.facts;
    const buffers = {
      state: device.buffer('evaluation state', 16),
      rows: device.buffer('evaluation rows', 8 * models * data.test.count),
      counts: device.buffer('evaluation counts', 4 * models * classes * classes),
      seeds: device.buffer('evaluation seeds', 4 * models),
    };
    const { pass } = await ForwardPass.compile(device, {
      parameters,
      inputs: { x: { shape: [batch, channels, height, width] }, labels: { shape: [batch], dtype: 'u32' } },
      model: model.forward,
      before: ({ x, labels }) => [
        data.gather(data.test, batch, false, { state: buffers.state, seeds: buffers.seeds, x: x!, y: labels! }, models),
      ],
      after: ({ labels }, output) => {
        const labelsStride = models === 1 ? 0 : batch;
        const problem = { n: batch, o: classes, total: data.test.count, models, logitsStride: output.modelStride, labelsStride };
        const common = { logits: output.resource, labels: labels!, state: buffers.state };
        return [
          { program: confusionProgram(problem), resources: { ...common, counts: buffers.counts } },
          { program: scoreProgram(problem), resources: { ...common, rows: buffers.rows } },
        ];
      },
    });
    return new Evaluator(device, pass, buffers, { total: data.test.count, batches: Math.ceil(data.test.count / batch), classes });
  }

  private constructor(
    device: Device,
    pass: ForwardPass,
    buffers: Readonly<Record<'state' | 'rows' | 'counts' | 'seeds', GPUBuffer>>,
    sizes: { readonly total: number; readonly batches: number; readonly classes: number },
  ) {
    this.device = device;
    this.pass = pass;
    this.state = buffers.state;
    this.rows = buffers.rows;
    this.counts = buffers.counts;
    this.seeds = buffers.seeds;
    this.total = sizes.total;
    this.batches = sizes.batches;
    this.classes = sizes.classes;
  }

  /** Runs the whole test half through the current parameters of every model. */
  async evaluateAll(): Promise<ClassEvaluation[]> {
    const { device, pass, batches, total, classes } = this;
    const [rowBytes, countBytes] = await device.submitAndRead(
      (encoder) => {
        encoder.clearBuffer(this.state);
        encoder.clearBuffer(this.counts);
        const all = encoder.beginComputePass();
        for (let i = 0; i < batches; i++) pass.encode(all);
        all.end();
      },
      [this.rows, this.counts].map((buffer) => ({ buffer, offset: 0, length: buffer.size })),
    );
    const rows = new Float32Array(rowBytes!);
    const counts = new Uint32Array(countBytes!);
    const models = rows.length / (2 * total);
    return Array.from({ length: models }, (_, model) => {
      let loss = 0;
      let correct = 0;
      for (let i = 2 * total * model; i < 2 * total * (model + 1); i += 2) {
        loss += rows[i]!;
        correct += rows[i + 1]!;
      }
      const row = (c: number): number[] => [...counts.subarray((model * classes + c) * classes, (model * classes + c + 1) * classes)];
      return { accuracy: correct / total, testLoss: loss / total, confusion: Array.from({ length: classes }, (_, c) => row(c)) };
    });
  }

  /** Runs the whole test half through the current parameters of the only model. */
  async evaluate(): Promise<ClassEvaluation> {
    return (await this.evaluateAll())[0]!;
  }

  destroy(): void {
    this.pass.destroy();
    for (const buffer of [this.state, this.rows, this.counts, this.seeds]) buffer.destroy();
  }
}
