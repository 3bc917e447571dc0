import { drawWord, formatShape, InputError, numel, requirePositive, type Shape, sampleKey, unitFloat } from '@kindling/core';
import type { Device } from '@kindling/device';
import { BLOCK } from '@kindling/kernels';

/** How a parameter starts: uniform in centre ± bound. PyTorch's default for conv and linear layers is bound = 1/√fan_in (Kaiming, a = √5). */
export interface ParameterSpec {
  readonly shape: Shape;
  readonly bound: number;
  /** Default 0. */
  readonly centre?: number;
}

/** A parameter's weights and its bias, PyTorch's default initialisation: U(±1/√fanIn). */
export const layer = (weight: Shape, bias: Shape): { weight: ParameterSpec; bias: ParameterSpec } => {
  const bound = 1 / Math.sqrt(weight.slice(1).reduce((a, b) => a * b, 1));
  return { weight: { shape: weight, bound }, bias: { shape: bias, bound } };
};

/** Weight and bias of a LayerNorm or BatchNorm over c channels, PyTorch's default initialisation: ones and zeros. */
export const normalisation = (c: number): { weight: ParameterSpec; bias: ParameterSpec } => ({
  weight: { shape: [c], bound: 0, centre: 1 },
  bias: { shape: [c], bound: 0 },
});

/** Initial values of one parameter: a pure function of seed and the parameter's number in the set. */
export function initialValues(spec: ParameterSpec, seed: number, ordinal: number): Float32Array<ArrayBuffer> {
  const key = sampleKey(seed, 'initialisation', 0);
  return Float32Array.from(
    { length: numel(spec.shape) },
    (_, i) => (spec.centre ?? 0) + (2 * unitFloat(drawWord(key, ordinal, i)) - 1) * spec.bound,
  );
}

/**
 * The trainable tensors of M model copies and Adam's two moments, in one GPU buffer [3, M, P]: weights, m, v. Each parameter starts at a
 * multiple of 64 elements, so that it can be bound by itself; P is `stride`.
 */
export class ParameterSet {
  readonly device: Device;
  readonly models: number;
  readonly specs: ReadonlyMap<string, ParameterSpec>;
  readonly offsets: ReadonlyMap<string, number>;
  /** Elements from one model's parameters to the next. */
  readonly stride: number;
  readonly arena: GPUBuffer;

  /** @throws InputError when a shape is empty or no parameter is given */
  constructor(device: Device, specs: Readonly<Record<string, ParameterSpec>>, models = 1) {
    const offsets = new Map<string, number>();
    let next = 0;
    for (const [name, { shape }] of Object.entries(specs)) {
      requirePositive('parameters', name, shape);
      offsets.set(name, next);
      next += Math.ceil(numel(shape) / BLOCK) * BLOCK;
    }
    if (next === 0) {
      throw new InputError({
        subject: 'parameters',
        got: 'an empty set',
        expected: 'at least one tensor',
        next: 'declare the model’s parameters',
      });
    }
    this.device = device;
    this.models = models;
    this.specs = new Map(Object.entries(specs));
    this.offsets = offsets;
    this.stride = next;
    this.arena = device.buffer('parameters', 3 * models * next * 4);
  }

  /** Frees the GPU memory; the set must not be used afterwards. */
  destroy(): void {
    this.arena.destroy();
  }

  /** Trainable numbers of one model, padding not counted. */
  get count(): number {
    return [...this.specs.values()].reduce((sum, { shape }) => sum + numel(shape), 0);
  }

  /** Fills model m's weights from seeds[m]. Moments stay as they are: zero in a new set. */
  initialise(seeds: readonly number[]): void {
    let ordinal = 0;
    for (const [name, spec] of this.specs) {
      for (let model = 0; model < this.models; model++) this.set(name, initialValues(spec, seeds[model]!, ordinal), model);
      ordinal++;
    }
  }

  /** Overwrites one parameter of one model. @throws InputError for an unknown name or a wrong number of values. */
  set(name: string, values: Float32Array, model = 0): void {
    const spec = this.specs.get(name);
    if (!spec || values.length !== numel(spec.shape)) {
      throw new InputError({
        subject: `parameter ${name}`,
        got: spec ? `${values.length} values` : 'a name that is not in the set',
        expected: spec ? `${numel(spec.shape)} for shape ${formatShape(spec.shape)}` : [...this.specs.keys()].join(', '),
        next: 'check the checkpoint against the model',
      });
    }
    this.device.write(this.arena, values, 4 * (model * this.stride + this.offsets.get(name)!));
  }

  /**
   * Copies, on the GPU, every parameter that both sets have under one name and shape, and that `wanted` lets pass; moments are not copied. Returns the
   * names.
   */
  copyFrom(other: ParameterSet, wanted: (name: string) => boolean = () => true): string[] {
    const shared = [...this.specs].filter(
      ([name, { shape }]) => wanted(name) && formatShape(shape) === formatShape(other.specs.get(name)?.shape ?? [-1]),
    );
    this.device.submit((encoder) => {
      for (const [name, { shape }] of shared) {
        for (let model = 0; model < this.models; model++) {
          const from = 4 * (model * other.stride + other.offsets.get(name)!);
          encoder.copyBufferToBuffer(other.arena, from, this.arena, 4 * (model * this.stride + this.offsets.get(name)!), 4 * numel(shape));
        }
      }
    });
    return shared.map(([name]) => name);
  }

  /** Zeroes both moments of every model, on the GPU: a fresh optimizer for weights that stay. */
  resetMoments(): void {
    this.device.submit((encoder) => encoder.clearBuffer(this.arena, 4 * this.models * this.stride));
  }

  /** Reads one model's weights back, by name. */
  async read(model = 0): Promise<Record<string, Float32Array>> {
    const all = await this.device.readF32(this.arena, model * this.stride, this.stride);
    return Object.fromEntries(
      [...this.specs].map(([name, { shape }]) => [name, all.slice(this.offsets.get(name)!, this.offsets.get(name)! + numel(shape))]),
    );
  }

  /** The buffer range that kernels bind for a parameter: from model 0's values to the end of the weights. */
  resource(name: string): { buffer: GPUBuffer; offset: number; size: number } {
    const offset = 4 * this.offsets.get(name)!;
    return { buffer: this.arena, offset, size: 4 * this.models * this.stride - offset };
  }
}
