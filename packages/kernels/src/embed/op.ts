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
  requireTraits,
  type Shape,
  type TensorSpec,
  type Traits,
} from '@kindling/core';
import type { Attrs, AttrsOf, AttrTypes, LowerContext, Op, OutputSpec, TensorInfo, TypedOp } from '../op.js';
import { withStorage } from '../storage.js';

/** An input of a plan: its shape for one model, and what is not obvious about it. */
export interface InputSpec {
  readonly shape: Shape;
  /** How it is stored; by default what the kernel reads (`f16` only with the attribute `storage: 'f16'`). */
  readonly dtype?: DType;
  /** Partial sums that it holds one after another; 1 by default. */
  readonly parts?: number;
}

export interface OpOptions<A extends Attrs = Attrs> {
  /** Inputs by name; optional ones are left out. */
  readonly inputs: Readonly<Record<string, Shape | InputSpec>>;
  readonly attrs?: AttrsOf<A>;
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

/** @throws InputError for an attribute that the op does not have, one of another type, or a missing one */
function checkAttrs({ name: op, f16, attrs: own = {} }: Op, attrs: Attrs): void {
  const types: AttrTypes = { ...own, ...(f16 ? { storage: 'string?' } : {}) };
  for (const name of new Set([...Object.keys(attrs), ...Object.keys(types)])) {
    const type = Object.hasOwn(types, name) ? types[name]! : undefined;
    const value = attrs[name];
    if (value === undefined ? !type || type.endsWith('?') : type?.replace('?', '') === typeof value) continue;
    throw new InputError({
      subject: `${op}: attrs`,
      got: value === undefined ? `none for ${name}` : `${name}: ${JSON.stringify(value)}${type ? '' : ', which the op does not have'}`,
      expected: type
        ? `${name} as a ${type.replace('?', '')}`
        : Object.entries(types)
            .map(([each, its]) => (its.endsWith('?') ? `${each} (optional)` : each))
            .join(', ') || 'no attributes',
      next: type ? 'correct it' : 'correct its name or leave it out',
    });
  }
}

/** Attributes with the number of parts that an input says it has. @throws InputError where the op takes no parts, or attributes say another number */
function withParts(op: Op, inputs: Readonly<Record<string, InputSpec>>, attrs: Attrs): Attrs {
  let all = attrs;
  for (const [name, { parts = 1 }] of Object.entries(inputs)) {
    const sums = op.attrs?.parts !== undefined;
    if (Number.isInteger(parts) && parts >= 1 && (sums ? (attrs.parts ?? parts) === parts : parts === 1)) {
      if (sums) all = { ...attrs, parts };
      continue;
    }
    throw new InputError({
      subject: `${op.name}: inputs.${name}`,
      got: `parts ${parts}${sums ? ` beside attrs.parts ${attrs.parts}` : ''}`,
      expected: sums ? 'the number of parts in the input: { shape, parts }' : 'a tensor without parts: the op does not add them',
      next: sums ? 'leave attrs.parts out' : 'add them with sumPartsOp first',
    });
  }
  return all;
}

/** Every input as a full spec. @throws InputError for a name that the op does not have, a missing input, or one without a shape */
export function inputSpecs(op: Op, inputs: OpOptions['inputs']): Record<string, InputSpec> {
  if (typeof op?.infer !== 'function') {
    throw new InputError({
      subject: 'plan',
      got: `${op} for an op`,
      expected: 'an op, e.g. conv2d',
      next: 'import it from @kindling/kernels',
    });
  }
  const given = inputs ?? {};
  const unknown = Object.keys(given).filter((name) => !op.inputs.includes(name));
  const missing = op.inputs.filter((name) => given[name] == null && !op.optional?.includes(name));
  if (unknown.length > 0 || missing.length > 0) {
    throw new InputError({
      subject: `${op.name}: inputs`,
      got: unknown.length > 0 ? `${unknown.join(', ')}, which the op does not have` : `none for ${missing.join(', ')}`,
      expected: op.inputs.map((name) => (op.optional?.includes(name) ? `${name} (optional)` : name)).join(', '),
      next: 'give each input a shape by its name',
    });
  }
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, input]): [string, InputSpec][] => {
      if (input == null) return [];
      const spec = typeof input === 'object' && 'shape' in input ? input : { shape: input };
      return [[name, { ...spec, shape: requireSizes(`${op.name}: inputs.${name}`, spec.shape) }]];
    }),
  );
}

/** @throws InputError for a shape that is no list of numbers */
export function requireSizes(subject: string, shape: Shape): Shape {
  if (Array.isArray(shape) && shape.every((size) => typeof size === 'number')) return shape;
  throw new InputError({ subject, got: JSON.stringify(shape) ?? 'undefined', expected: 'a shape, e.g. [5, 7]', next: 'list its sizes' });
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

/** Attributes, checked, with `storage: 'f16'` where inputs are stored so, and the inputs with their types. */
export function stored(
  op: Op,
  given: Readonly<Record<string, InputSpec>>,
  own: Attrs,
): { attrs: Attrs; inputs: Record<string, InputSpec> } {
  const attrs = withParts(op, given, own ?? {});
  checkAttrs(op, attrs);
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

/** @throws InputError for a number of models that is not whole and positive, traits that are none, or an owned name that is no output */
export function checkOptions(
  subject: string,
  { models = 1, own = [], traits }: Omit<OpOptions, 'inputs' | 'attrs'>,
  outputs: readonly string[],
): void {
  requireTraits(subject, traits);
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
export function planOp<A extends Attrs = Attrs>(op: TypedOp<A>, options: OpOptions<A>): OpPlan {
  const { models = 1, traits = coreTraits, variant, strides = {}, own = [] } = options;
  const given = inputSpecs(op, options.inputs);
  checkOptions(op.name, options, op.outputs);
  const { attrs, inputs } = stored(op, given, options.attrs as Attrs);
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
