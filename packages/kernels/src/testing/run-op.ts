import { type DType, decodeF16, encodeF16, InputError, numel, type Shape } from '@kindling/core';
import type { Device } from '@kindling/device';
import type { InputSpec } from '../embed/op.js';
import { type Attrs, type Op, type OutputSpec, outputSize, type TensorInfo } from '../op.js';
import { type OpName, ops } from '../registry.js';
import { checkPlan } from './check-plan.js';
import { Guarded } from './guarded.js';

/** Values of a tensor: one block a model, or one block that all models share. u32 data are labels and taps; f32 data may be stored as f16. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Float32Array | Uint32Array;
}

export type Tensors = Readonly<Record<string, Tensor>>;

export interface OpRun {
  readonly inputs: Tensors;
  readonly attrs?: Attrs;
  readonly models?: number;
  readonly variant?: string;
  /** Outputs that the op may leave unwritten, in which case they come back as poison. */
  readonly optional?: readonly string[];
  /** Inputs that hold several parts, one after another, of the shape they have. */
  readonly parts?: Readonly<Record<string, number>>;
}

export interface OpResult extends Tensor {
  readonly parts: number;
  readonly dtype: DType;
  /** Bits as the op left them, an element each, parts apart: [models, parts, ...shape]. */
  readonly bits: Uint32Array;
  /** Values with the parts summed in order: [models, ...shape]. */
  readonly data: Float32Array | Uint32Array;
  /** The same in f64, where a sum of parts is not rounded again. */
  readonly sum: Float64Array;
}

/** How an input of an op is stored. */
export const dtypeOf = (op: OpName, name: string, attrs: Attrs, data: Float32Array | Uint32Array): 'f32' | 'f16' | 'u32' =>
  data instanceof Uint32Array ? 'u32' : attrs.storage === 'f16' && (ops[op] as Op).f16?.includes(name) ? 'f16' : 'f32';

/** Inputs with the values that an op reads: rounded where they are stored as f16. */
export const asStored = (op: OpName, inputs: Tensors, attrs: Attrs): Tensors =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, data }]) => [
      name,
      { shape, data: dtypeOf(op, name, attrs, data) === 'f16' ? decodeF16(encodeF16(data)) : data },
    ]),
  );

function describe(name: OpName, { inputs, attrs = {}, models = 1, parts = {} }: OpRun, device: Device) {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([key, { shape }]) => [key, shape]));
  const specs = ops[name].infer(shapes, attrs, device.traits);
  const tensors: Record<string, TensorInfo> = {};
  for (const [key, { shape, data }] of Object.entries(inputs)) {
    const size = numel(shape) * (parts[key] ?? 1);
    if (data.length !== size && data.length !== models * size) throw new Error(`${name}: ${key} has ${data.length} values for ${shape}`);
    tensors[key] = { shape, dtype: dtypeOf(name, key, attrs, data), modelStride: models > 1 && data.length === size ? 0 : size };
  }
  for (const [key, spec] of Object.entries(specs)) {
    tensors[key] = { shape: spec.shape, dtype: spec.dtype ?? 'f32', modelStride: outputSize(spec) };
  }
  return { specs, tensors, attrs, models };
}

/** The op's variants that take this problem on this device. */
export function variantsFor(device: Device, name: OpName, run: OpRun): string[] {
  const { tensors, attrs, models } = describe(name, run, device);
  return ops[name].variants.filter((variant) => {
    if (ops[name].variants.length === 1) return true;
    try {
      ops[name].lower({ attrs, models, traits: device.traits, tensors, variant });
      return true;
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  });
}

function resultOf(spec: OutputSpec, models: number, bits: Uint32Array): OpResult {
  const size = numel(spec.shape);
  const parts = spec.parts ?? 1;
  const { dtype = 'f32' } = spec;
  const values = dtype === 'u32' ? bits : dtype === 'f16' ? decodeF16(Uint16Array.from(bits)) : new Float32Array(bits.buffer);
  const sum = new Float64Array(models * size);
  for (let model = 0; model < models; model++)
    for (let part = 0; part < parts; part++)
      for (let i = 0; i < size; i++) sum[model * size + i]! += values[(model * parts + part) * size + i]!;
  return { shape: spec.shape, dtype, parts, bits, sum, data: dtype === 'u32' ? bits : Float32Array.from(sum) };
}

/** Inputs as a plan takes them. */
const inputSpecs = ({ inputs, parts = {} }: OpRun, tensors: Readonly<Record<string, TensorInfo>>): Record<string, InputSpec> =>
  Object.fromEntries(
    Object.entries(inputs).map(([key, { shape }]) => [key, { shape, parts: parts[key] ?? 1, dtype: tensors[key]!.dtype }]),
  );

/**
 * Runs an op on a device: outputs start as poison between guards.
 * @throws when an output element was not written, a guard changed, or WebGPU complained.
 */
export async function runOp(device: Device, name: OpName, run: OpRun): Promise<Record<string, OpResult>> {
  const { specs, tensors, attrs, models } = describe(name, run, device);
  const variant = run.variant === undefined ? {} : { variant: run.variant };
  const launches = ops[name].lower({ attrs, models, traits: device.traits, tensors, ...variant });
  const buffers: Record<string, Guarded> = {};
  for (const [key, { data }] of Object.entries(run.inputs)) {
    buffers[key] = new Guarded(device, `${name}.${key}`, tensors[key]!.dtype === 'f16' ? encodeF16(data) : data);
  }
  for (const [key, spec] of Object.entries(specs)) {
    buffers[key] = new Guarded(device, `${name}.${key}`, models * outputSize(spec), spec.dtype === 'f16' ? 2 : 4);
  }
  const resources = Object.fromEntries(Object.entries(buffers).map(([key, { resource }]) => [key, resource]));
  checkPlan(name, {
    inputs: inputSpecs(run, tensors),
    ...{ specs, tensors, attrs, models, traits: device.traits, variant: run.variant, launches },
    bytes: Object.fromEntries(Object.entries(resources).map(([key, { size }]) => [key, size])),
  });
  for (const { program, args = {} } of launches) {
    const renamed = Object.fromEntries(Object.entries(args).map(([binding, tensor]) => [binding, resources[tensor]!]));
    device.run(program, { ...resources, ...renamed });
  }
  const results: Record<string, OpResult> = {};
  for (const [key, spec] of Object.entries(specs)) {
    results[key] = resultOf(spec, models, await buffers[key]!.bits({ complete: !run.optional?.includes(key) }));
  }
  for (const buffer of Object.values(buffers)) buffer.destroy();
  return results;
}
