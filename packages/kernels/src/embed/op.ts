import {
  accessOf,
  type BufferSpec,
  bindingType,
  byteLength,
  coreTraits,
  type DType,
  InputError,
  numel,
  type Pass,
  type Plan,
  type Shape,
  type TensorSpec,
  type Traits,
} from '@kindling/core';
import type { Attrs, LowerContext, Op, OutputSpec, TensorInfo } from '../op.js';
import { withStorage } from '../storage.js';

/** An input of a plan: its shape for one model, and what is not obvious about it. */
export interface InputSpec {
  readonly shape: Shape;
  /** How it is stored; by default what the kernel reads (`f16` only with the attribute `storage: 'f16'`). */
  readonly dtype?: DType;
  /** Partial sums that it holds one after another; 1 by default. */
  readonly parts?: number;
}

export interface OpOptions {
  /** Inputs by name; optional ones are left out. */
  readonly inputs: Readonly<Record<string, Shape | InputSpec>>;
  readonly attrs?: Attrs;
  /** M, independent copies that run in the same dispatches: every tensor holds M blocks; 1 by default. */
  readonly models?: number;
  /** `traitsOf(device)`; by default what WebGPU guarantees everywhere, which gives slower kernels. */
  readonly traits?: Traits;
  /** Forces one of `op.variants`. */
  readonly variant?: string;
  /** Elements from one model's block to the next, by tensor: 0 for an input that all models share. By default blocks follow each other. */
  readonly strides?: Readonly<Record<string, number>>;
  /** Outputs that nobody else reads, e.g. `['dz']`: made and owned by `prepare`. */
  readonly own?: readonly string[];
}

/** A plan of one op: `tensors` are its inputs and outputs in order. */
export interface OpPlan extends Plan {
  /** Shape, dtype and parts of the outputs. With `parts` > 1 the buffer holds that many partial sums, to be added in order. */
  readonly outputs: Readonly<Record<string, OutputSpec>>;
}

/** Every input as a full spec. @throws InputError for a name that the op does not have, or a missing input */
export function inputSpecs(op: Op, inputs: OpOptions['inputs']): Record<string, InputSpec> {
  const unknown = Object.keys(inputs).filter((name) => !op.inputs.includes(name));
  const missing = op.inputs.filter((name) => inputs[name] === undefined && !op.optional?.includes(name));
  if (unknown.length > 0 || missing.length > 0) {
    throw new InputError({
      subject: `${op.name}: inputs`,
      got: unknown.length > 0 ? `${unknown.join(', ')}, which the op does not have` : `none for ${missing.join(', ')}`,
      expected: op.inputs.map((name) => (op.optional?.includes(name) ? `${name} (optional)` : name)).join(', '),
      next: 'give each input a shape by its name',
    });
  }
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, 'shape' in input ? (input as InputSpec) : { shape: input as Shape }]),
  );
}

/** Elements of one model's block. */
const sizeOf = ({ shape, parts = 1 }: { readonly shape: Shape; readonly parts?: number }): number => numel(shape) * parts;

/** Bytes of all models' blocks. */
export function tensorBytes(spec: InputSpec | OutputSpec, models: number, stride: number): number {
  return byteLength(spec.dtype ?? 'f32', (models - 1) * stride + sizeOf(spec));
}

/** What `lower` is told of a tensor. One model needs no stride. */
export const tensorInfo = (spec: InputSpec | OutputSpec, models: number, stride: number): TensorInfo => ({
  shape: spec.shape,
  dtype: spec.dtype ?? 'f32',
  modelStride: models === 1 ? 0 : stride,
});

/** @throws InputError unless every stride is 0 (inputs only) or at least one block */
export function checkStrides(
  subject: string,
  strides: Readonly<Record<string, number>>,
  specs: Readonly<Record<string, InputSpec | OutputSpec>>,
  inputs: readonly string[],
): void {
  for (const [name, stride] of Object.entries(strides)) {
    const spec = specs[name];
    const shared = stride === 0 && inputs.includes(name);
    if (spec && Number.isInteger(stride) && (shared || stride >= sizeOf(spec))) continue;
    throw new InputError({
      subject: `${subject}: strides.${name}`,
      got: spec ? String(stride) : 'a tensor that the plan does not have',
      expected: spec ? `${inputs.includes(name) ? '0 (shared) or ' : ''}at least ${sizeOf(spec)} elements` : Object.keys(specs).join(', '),
      next: 'leave the stride out for blocks that follow each other',
    });
  }
}

/** Attributes with `storage: 'f16'` where inputs are stored so, and the inputs with their types. */
export function stored(
  op: Op,
  given: Readonly<Record<string, InputSpec>>,
  attrs: Attrs,
): { attrs: Attrs; inputs: Record<string, InputSpec> } {
  const inputs = Object.fromEntries(
    Object.entries(given).map(([name, spec]) => {
      const dtype = spec.dtype ?? (attrs.storage === 'f16' && op.f16?.includes(name) ? 'f16' : undefined);
      return [name, dtype ? { ...spec, dtype } : spec];
    }),
  );
  const refs = Object.fromEntries(Object.entries(inputs).map(([name, { shape, dtype = 'f32' }]) => [name, { shape, dtype }]));
  return { attrs: withStorage(op, refs, attrs), inputs };
}

/** The passes of an op; every storage binding names the tensor that it takes. @throws InputError as the op's `lower` does */
export function passesOf(op: Op, context: LowerContext): Pass[] {
  return op.lower(context).map(({ program, args = {} }) => ({
    program,
    resources: Object.fromEntries(
      program.bindings.filter(({ access }) => access !== 'uniform').map(({ name }) => [name, args[name] ?? name]),
    ),
  }));
}

/** How the first pass that binds a buffer reads it, for tensors whose type nobody told. */
function typeOf(passes: readonly Pass[], buffer: string): DType {
  for (const { program, resources } of passes) {
    // A binding of the buffer's own name says more than one that only needs something bound, as an absent bias does.
    const names = Object.keys(resources).filter((name) => resources[name] === buffer);
    const name = names.find((binding) => binding === buffer) ?? names[0];
    if (name) return bindingType(program, name);
  }
  return 'f32';
}

/** Splits the buffers that passes bind into what the caller gives and what is made for him. */
export function listTensors(
  passes: readonly Pass[],
  specs: Readonly<Record<string, InputSpec | OutputSpec>>,
  bytesOf: (name: string) => number,
  own: readonly string[],
): { tensors: TensorSpec[]; buffers: BufferSpec[] } {
  const tensors: TensorSpec[] = [];
  const buffers: BufferSpec[] = [];
  for (const [name, { shape, dtype }] of Object.entries(specs)) {
    const access = accessOf(passes, name);
    if (!access) continue;
    const bytes = bytesOf(name);
    if (own.includes(name)) buffers.push({ name, bytes });
    else tensors.push({ name, bytes, access, dtype: dtype ?? typeOf(passes, name), shape });
  }
  return { tensors, buffers };
}

/** @throws InputError for a number of models that is not whole and positive, or an owned name that is no output */
export function checkOptions(subject: string, { models = 1, own = [] }: OpOptions, outputs: readonly string[]): void {
  if (!Number.isInteger(models) || models < 1 || models > 65_535) {
    throw new InputError({ subject, got: `models ${models}`, expected: 'a whole number from 1 to 65535', next: 'leave it out for one' });
  }
  const odd = own.find((name) => !outputs.includes(name));
  if (odd === undefined) return;
  throw new InputError({
    subject: `${subject}: own`,
    got: odd,
    expected: `outputs of the op: ${outputs.join(', ')}`,
    next: 'only outputs can be owned',
  });
}

/**
 * Plans one op, forward or gradient: its dispatches, and the name, bytes, type and shape of every buffer to bind.
 * @throws InputError that names the op and the tensor where shapes, attributes or the variant do not fit
 */
export function planOp(op: Op, options: OpOptions): OpPlan {
  const { models = 1, traits = coreTraits, variant, strides = {}, own = [] } = options;
  checkOptions(op.name, options, op.outputs);
  const { attrs, inputs } = stored(op, inputSpecs(op, options.inputs), options.attrs ?? {});
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
  const outputs = op.infer(shapes, attrs, traits);
  const specs = { ...inputs, ...outputs };
  checkStrides(op.name, strides, specs, op.inputs);
  const strideOf = (name: string): number => strides[name] ?? sizeOf(specs[name]!);
  const tensors = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, tensorInfo(spec, models, strideOf(name))]));
  const passes = passesOf(op, { attrs, models, traits, tensors, ...(variant === undefined ? {} : { variant }) });
  const bytes = (name: string): number => tensorBytes(specs[name]!, models, strideOf(name));
  return { passes, outputs, ...listTensors(passes, specs, bytes, own) };
}
