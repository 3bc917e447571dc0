import type { Pass } from '@kindling/core';
import {
  digestLayout,
  type Generation,
  labelFormat,
  type Parameter,
  pixelsOf,
  planGeneration,
  planWords,
  type Recipe,
} from '@kindling/datagen';
import { bindPasses, type Device } from '@kindling/device';

/** Consecutive samples of a recipe, read back from the device that rendered them. */
export interface Chunk {
  readonly batch: number;
  /** [B,C·H·W]; empty where images were not asked for. */
  readonly x: Float32Array<ArrayBuffer>;
  /** [B] classes, or [B,outputs] values. */
  readonly y: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
  /** The drawn parameters by part: [B, 1 + parameters], word 0 is 1 where the sample is the part's. */
  readonly rows: readonly Uint32Array<ArrayBuffer>[];
  /** Those of the recipe's posts: [B, 1 + parameters]. */
  readonly postRows: Uint32Array<ArrayBuffer>;
  /** Raw draws, [B, most]; empty where they were not asked for. */
  readonly labelWords: Uint32Array<ArrayBuffer>;
  readonly imageWords: Uint32Array<ArrayBuffer>;
}

/** What to read back besides labels and parameters. */
export interface ChunkOptions {
  readonly seed: number;
  /** Most samples of a chunk. */
  readonly capacity: number;
  readonly images?: boolean;
  readonly words?: boolean;
}

/** Bytes of a chunk's largest buffer that leave memory alone and still fill a device. */
const CHUNK_BYTES = 16 * 2 ** 20;

/** Samples that a chunk may hold. */
export function chunkCapacity(recipe: Recipe, wanted: number, words = false): number {
  const { most } = digestLayout(recipe);
  const largest = Math.max(pixelsOf(recipe.image), words ? most.image : 0, words ? most.label : 0);
  return Math.max(1, Math.min(wanted, 2048, Math.floor(CHUNK_BYTES / (4 * largest))));
}

/** The parameters of sample `n` from the words of a log: f32 bits, or whole numbers. */
function logged(
  parameters: readonly { name: string; kind: Parameter['kind'] }[],
  words: Uint32Array<ArrayBuffer>,
  n: number,
): Record<string, number> {
  const floats = new Float32Array(words.buffer);
  const at = n * (1 + parameters.length) + 1;
  const isReal = (kind: Parameter['kind']): boolean => kind === 'uniform' || kind === 'normal';
  return Object.fromEntries(parameters.map(({ name, kind }, p) => [name, isReal(kind) ? floats[at + p]! : words[at + p]! | 0]));
}

/** Renders chunks of one recipe and seed by its generation passes. Every buffer is made once, so that memory does not grow with the data. */
export class ChunkRenderer {
  readonly generation: Generation;
  readonly #device: Device;
  readonly #recipe: Recipe;
  readonly #options: ChunkOptions;
  readonly #buffers: Record<string, GPUBuffer>;
  /** The parameters of each pass, which change with the chunk. */
  readonly #uniforms: GPUBuffer[] = [];

  constructor(device: Device, recipe: Recipe, options: ChunkOptions) {
    this.#device = device;
    this.#recipe = recipe;
    this.#options = options;
    const { capacity, seed } = options;
    this.generation = this.#plan(capacity, 0, 1);
    const { most } = digestLayout(recipe);
    const { dtype, outputs } = labelFormat(recipe);
    this.#buffers = {
      state: device.buffer('state', 4),
      seeds: device.upload('seeds', Uint32Array.of(seed)),
      x: device.buffer('x', 4 * capacity * pixelsOf(recipe.image)),
      y: device.buffer('y', 4 * capacity * (dtype === 'u32' ? 1 : outputs)),
    };
    for (const { name, bytes, data } of this.generation.buffers) {
      this.#buffers[name] = data ? device.upload(name, data) : device.buffer(name, bytes);
    }
    if (!options.words) return;
    for (const stream of ['label', 'image'] as const) {
      this.#buffers[`${stream}Words`] = device.buffer(`${stream}Words`, Math.max(4, 4 * capacity * most[stream]));
    }
  }

  #plan(batch: number, firstIndex: number, indexStep: number): Generation {
    // Validated when the recipe was parsed; its type is wider than the input's.
    return planGeneration({ recipe: this.#recipe as never, batch, firstIndex, indexStep, traits: this.#device.traits });
  }

  /** The pass with its parameters in a uniform buffer of this renderer, so that a thousand chunks do not leave a thousand buffers. */
  #uniform(pass: Pass, i: number): Record<string, GPUBuffer> {
    const { params } = pass.program;
    if (!params) return {};
    let buffer = this.#uniforms[i];
    if (!buffer || buffer.size < params.byteLength) {
      buffer?.destroy();
      buffer = this.#device.buffer('params', params.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
      this.#uniforms[i] = buffer;
    }
    this.#device.write(buffer, params);
    return { params: buffer };
  }

  /** Samples firstIndex, firstIndex + indexStep, … of a step: `batch` of them, at most the capacity. */
  async render(step: number, firstIndex: number, batch: number, indexStep = 1): Promise<Chunk> {
    const device = this.#device;
    const plan = this.#plan(batch, firstIndex, indexStep);
    const words = this.#options.words
      ? planWords({ recipe: this.#recipe as never, batch, firstIndex, indexStep, traits: device.traits })
      : [];
    const passes = [...plan.passes, ...words];
    const bound = bindPasses(device, { passes, buffers: plan.buffers }, this.#buffers);
    device.write(this.#buffers.state!, Uint32Array.of(step));
    const dispatches = bound.dispatches.map(({ program, resources }, i) => ({
      program,
      group: device.bindGroup(program, { ...resources, ...this.#uniform(passes[i]!, i) }),
    }));
    const { most } = digestLayout(this.#recipe);
    const { dtype, outputs } = plan.label;
    const range = (name: string, values: number) => ({ buffer: this.#buffers[name]!, offset: 0, length: 4 * values });
    const logs = [...plan.rows, ...(plan.postRows ? [plan.postRows] : [])];
    const ranges = [
      range('x', this.#options.images ? batch * pixelsOf(this.#recipe.image) : 0),
      range('y', batch * (dtype === 'u32' ? 1 : outputs)),
      ...logs.map(({ name, parameters }) => range(name, batch * (1 + parameters.length))),
      ...(this.#options.words ? [range('labelWords', batch * most.label), range('imageWords', batch * most.image)] : []),
    ];
    const asked = ranges.filter(({ length }) => length > 0);
    const read = await device.submitAndRead((encoder) => {
      for (const { program, group } of dispatches) {
        const pass = encoder.beginComputePass({ label: program.name });
        device.dispatch(pass, program, group);
        pass.end();
      }
    }, asked);
    bound.destroy();
    const bytes = ranges.map((wanted) => read[asked.indexOf(wanted)] ?? new ArrayBuffer(0));
    const u32 = (i: number): Uint32Array<ArrayBuffer> => new Uint32Array(bytes[i] ?? new ArrayBuffer(0));
    return {
      batch,
      x: new Float32Array(bytes[0]!),
      y: dtype === 'u32' ? new Uint32Array(bytes[1]!) : new Float32Array(bytes[1]!),
      rows: plan.rows.map((_, i) => u32(2 + i)),
      postRows: plan.postRows ? u32(2 + plan.rows.length) : new Uint32Array(0),
      labelWords: u32(2 + logs.length),
      imageWords: u32(3 + logs.length),
    };
  }

  /** Which part of a mixture sample `n` comes from; 0 for a family by itself. */
  part(chunk: Chunk, n: number): number {
    const { rows } = this.generation;
    return Math.max(
      0,
      rows.findIndex(({ parameters }, i) => chunk.rows[i]![n * (1 + parameters.length)] === 1),
    );
  }

  /** The drawn parameters of sample `n` by name, those of the posts after the family's. */
  parameters(chunk: Chunk, n: number): Record<string, number> {
    const part = this.part(chunk, n);
    const { rows, postRows } = this.generation;
    return {
      ...(rows[part] ? logged(rows[part].parameters, chunk.rows[part]!, n) : {}),
      ...(postRows ? logged(postRows.parameters, chunk.postRows, n) : {}),
    };
  }

  /** The label of sample `n`: one class, or its values. */
  labels({ y }: Chunk, n: number): number[] {
    const { dtype, outputs } = this.generation.label;
    const size = dtype === 'u32' ? 1 : outputs;
    return [...y.subarray(n * size, (n + 1) * size)];
  }

  destroy(): void {
    for (const buffer of [...Object.values(this.#buffers), ...this.#uniforms]) buffer?.destroy();
  }
}
