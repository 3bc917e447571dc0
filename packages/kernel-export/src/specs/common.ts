import { type OpName, ops } from '@kindling/kernels';
import type { AttributeSpec, Descriptor, KernelSpec, Requirement, Settings, TensorSpec } from '../spec.js';

/** An op of the registry: its descriptor is what the formulas must agree with. */
export const op = (name: OpName, spec: Omit<KernelSpec, 'name' | 'descriptor'>): KernelSpec => ({ ...spec, name, descriptor: ops[name] });

export const int = (meaning: string, fallback?: number): AttributeSpec => ({
  type: 'int',
  meaning,
  ...(fallback === undefined ? {} : { default: fallback }),
});
export const float = (meaning: string, fallback?: number): AttributeSpec => ({
  type: 'float',
  meaning,
  ...(fallback === undefined ? {} : { default: fallback }),
});
export const bool = (meaning: string, fallback?: boolean): AttributeSpec => ({
  type: 'bool',
  meaning,
  ...(fallback === undefined ? {} : { default: fallback }),
});
export const ints = (meaning: string): AttributeSpec => ({ type: 'ints', meaning });
export const text = (meaning: string, choices: readonly string[], fallback?: string): AttributeSpec => ({
  type: 'text',
  meaning,
  choices,
  ...(fallback === undefined ? {} : { default: fallback }),
});

/** How an op with f16 kernels is asked for them. */
export const storage = text('how the tensors of element attrs.storage are stored; sums are f32 all the same', ['f32', 'f16'], 'f32');
export const stored = 'attrs.storage';
export const storageRule: Requirement = ["attrs.storage == 'f32' or has('shader-f16')", 'storage f16 needs the feature shader-f16'];
export const asF32: Requirement = ["attrs.storage == 'f32'", 'storage f32'];
export const asF16: Requirement = ["attrs.storage == 'f16'", 'storage f16'];

/** f32 is what descriptors take where nothing is said. */
export const storedAttrs = ({ storage: wanted, ...rest }: Settings) => ({
  ...plainAttrs(rest),
  ...(wanted === 'f16' ? { storage: 'f16' } : {}),
});

/** Lists become text, as descriptors take them; `[0, 2]` is '0,2'. */
export const plainAttrs = (settings: Settings) =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, typeof value === 'object' ? value.join(',') : value]),
  ) as Record<string, number | boolean | string>;

export const tensor = (axes: string, more: Omit<TensorSpec, 'axes'> = {}): TensorSpec => ({ axes, ...more });

export const rank = (name: string, count: number, axes: string): Requirement => [
  `len(${name}.shape) == ${count}`,
  `${name} has ${count} axes ${axes}`,
];
export const same = (name: string, shape: string, why: string): Requirement => [`${name}.shape == ${shape}`, `${name}: ${why}`];

export const subgroups: Requirement = ["has('subgroups')", 'the feature subgroups'];
export const quads: Requirement = ['adapter.software and adapter.subgroup_size == 4', 'a software adapter with subgroups of four lanes'];

/** Strides that are multiples of four elements, so that the kernel may read vec4s. */
export const aligned = (...names: string[]): string => names.map((name) => `${name}.model_stride % 4 == 0`).join(' and ');

/** A list as fields of `struct Params`: `fields('n', 'n_axes', 1, 5)` is n1: 'n_axes[1]' … n5. */
export const fields = (name: string, list: string, first: number, last: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: last - first + 1 }, (_, i) => [`${name}${first + i}`, `${list}[${first + i}]`]));

/** A list aligned right in `length` places, filled from the left. */
export const padded = (list: string, fill: number, length = 6): string => `cat(each(place, ${length} - len(${list}), ${fill}), ${list})`;

/** Row-major strides of a list of sizes. */
export const strides = (sizes: string): string => `each(axis, len(${sizes}), prod(slice(${sizes}, axis + 1, len(${sizes}))))`;

/** Row-major places of a negative axis. */
export const fromLeft = (list: string, rankName: string): string =>
  `each(m, len(${list}), if(${list}[m] < 0, ${list}[m] + ${rankName}, ${list}[m]))`;

/** Tensors that hold all models, of numbers and of words. */
export const whole = { perModel: false } as const;
export const words = { element: "'u32'", perModel: false } as const;

/** A kernel that is no op of the graph: what makes its program, and the outputs that it has. */
export const program = (lower: Descriptor['lower'], infer: Descriptor['infer'] = () => ({})): Descriptor => ({ infer, lower });
