import { ForwardPass, type Model, type ParameterSet, type Tensor } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import { placeProgram } from '@kindling/pruning';
import type { ModelSpec } from '../models.js';
import { type PruneContext, residentTrain } from './training.js';

/** Examples that a forward pass takes at once. */
const BATCH = 500;

/** Forward passes in one submit. */
const PASSES = 8;

/**
 * Examples of a forward pass of all models whose activations fit one binding: eight planes a channel of the input stand for the widest, as in
 * `modelsAtOnce`. A multiple of four, which the subgroup kernels want.
 */
export function passBatch(limit: number, models: number, pixels: number, count: number): number {
  const fits = Math.floor(limit / (4 * models * 8 * pixels) / 4) * 4;
  return Math.min(count, Math.max(4, Math.min(BATCH, fits)));
}

/** Rows of all models over one half of the data that one binding holds. */
export function outputModels({ device, data }: PruneContext, width: number, most: number): number {
  const bytes = 4 * Math.max(data.train?.count ?? 0, data.test.count) * width;
  return Math.max(1, Math.min(most, Math.floor(device.traits.maxStorageBufferBindingSize / bytes)));
}

/**
 * What the last layer of a classifier reads: its embedding [N, D].
 * @throws InputError for a model that does not end in a linear layer
 */
export function embeddingOf({ name, forward }: Pick<ModelSpec, 'name' | 'forward'>): Model {
  return (p, x): Tensor => {
    const logits = forward(p, x);
    const last = logits.graph.nodes.find((node) => node.outputs.y === logits);
    const read = last?.op === 'linear' ? last.inputs.x : undefined;
    if (read) return read;
    const next = 'end the model in linear(embedding, weight, bias), or use a metric without embeddings';
    throw new InputError({ subject: `model ${name}`, got: `${last?.op ?? 'no op'} as its last`, expected: 'a linear layer', next });
  };
}

/** What models make of every example of a half of the data, in its order, left on the GPU. */
export class HalfOutputs {
  /** [M, N, width] f32. */
  readonly rows: GPUBuffer;
  readonly width: number;
  readonly count: number;
  private readonly context: PruneContext;
  private readonly pass: ForwardPass;
  private readonly own: readonly GPUBuffer[];
  private readonly state: GPUBuffer;

  /** @param model logits, or another output [N, width] of the net such as `embeddingOf` */
  static async create(
    context: PruneContext,
    parameters: ParameterSet,
    model: Model,
    half: 'train' | 'test' = 'train',
  ): Promise<HalfOutputs> {
    const { device, data } = context;
    const split = half === 'train' ? residentTrain(context) : data.test;
    const { models } = parameters;
    const { channels, height, width: columns } = data.facts;
    const batch = passBatch(device.traits.maxStorageBufferBindingSize, models, data.pixels, split.count);
    const state = device.buffer('outputs state', 16);
    const seeds = device.buffer('outputs seeds', 4);
    // One batch for all models: they look at the same examples.
    const x = device.buffer('outputs x', 4 * batch * data.pixels);
    const y = device.buffer('outputs y', 4 * batch);
    let rows: GPUBuffer | undefined;
    const { pass } = await ForwardPass.compile(device, {
      parameters,
      inputs: { x: { shape: [batch, channels, height, columns], from: { resource: x, modelStride: 0 } } },
      model,
      before: () => [data.gather(split, batch, false, { state, seeds, x, y })],
      after: (_, output) => {
        const width = output.shape[1]!;
        rows = device.buffer('outputs', 4 * models * split.count * width);
        const program = placeProgram({ n: batch, total: split.count, width, models, batchStride: output.modelStride });
        return [{ program, resources: { batch: output.resource, rows, state } }];
      },
    });
    return new HalfOutputs(context, pass, { rows: rows!, state, own: [state, seeds, x, y, rows!] }, split.count, batch);
  }

  private readonly batch: number;

  private constructor(
    context: PruneContext,
    pass: ForwardPass,
    buffers: { readonly rows: GPUBuffer; readonly state: GPUBuffer; readonly own: readonly GPUBuffer[] },
    count: number,
    batch: number,
  ) {
    this.context = context;
    this.pass = pass;
    this.rows = buffers.rows;
    this.state = buffers.state;
    this.own = buffers.own;
    this.count = count;
    this.batch = batch;
    this.width = pass.output.shape[1]!;
  }

  /** Fills the rows with what the models make of the examples now. */
  async run(): Promise<void> {
    const { device } = this.context;
    const passes = Math.ceil(this.count / this.batch);
    for (let first = 0; first < passes; first += PASSES) {
      device.submit((encoder) => {
        if (first === 0) encoder.clearBuffer(this.state);
        const all = encoder.beginComputePass();
        for (let i = first; i < Math.min(passes, first + PASSES); i++) this.pass.encode(all);
        all.end();
      });
      await device.wait();
    }
  }

  destroy(): void {
    this.pass.destroy();
    for (const buffer of this.own) buffer.destroy();
  }
}
