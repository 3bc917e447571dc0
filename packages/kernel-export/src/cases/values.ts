import { decodeF16, encodeF16, numel, type Shape } from '@kindling/core';
import { evaluate, evaluateNumber, type Scope, type Value } from '../expression/evaluate.js';
import { withDefaults } from '../problem.js';
import type { Random } from '../random.js';
import type { Contents, KernelSpec, Problem } from '../spec.js';

/** A scope of shapes and attributes alone: enough for elements, contents and parts. */
export function shapeScope(spec: KernelSpec, { shapes, settings }: Problem, models = 1): Scope {
  const values: Record<string, Value> = { models, 'adapter.software': 0, 'adapter.subgroup_size': 0 };
  for (const name of [...Object.keys(spec.inputs), ...Object.keys(spec.outputs)])
    values[`${name}.given`] = Number(shapes[name] !== undefined);
  for (const [name, shape] of Object.entries(shapes)) values[`${name}.shape`] = shape;
  for (const [name, setting] of Object.entries(withDefaults(spec, settings))) {
    values[`attrs.${name}`] = typeof setting === 'boolean' ? Number(setting) : setting;
  }
  return { values, definitions: spec.definitions, features: ['shader-f16', 'subgroups'] };
}

export type Element = 'f32' | 'f16' | 'u32';
export const elementOf = (spec: KernelSpec, name: string, scope: Scope): Element =>
  evaluate((spec.inputs[name] ?? spec.outputs[name])!.element ?? "'f32'", scope) as Element;

/** Values as a buffer of this element holds them. */
export function asStored(element: Element, values: ArrayLike<number>): Float64Array {
  if (element === 'f16') return Float64Array.from(decodeF16(encodeF16(values)));
  return Float64Array.from(values, (value) => (element === 'u32' ? value : Math.fround(value)));
}

/** Shifts of up to a third of the image and any rotation; matrices near the identity. */
function pose(shape: Shape, image: Shape, random: Random): number[] {
  const [h, w] = image.slice(-2) as [number, number];
  const scale = shape.length === 2 ? [w / 3, h / 3, 180] : [1 / 3];
  const base = shape.length === 2 ? [0] : [1, 0, 0, 0, 1, 0];
  return Array.from({ length: numel(shape) }, (_, i) => base[i % base.length]! + scale[i % scale.length]! * (2 * random.unit() - 1));
}

/** Values of one block. `image` is the tensor that poses move. */
export function draw(
  contents: Contents,
  size: number,
  random: Random,
  { scope, shape, image }: { scope: Scope; shape: Shape; image: Shape },
): number[] {
  const each = (one: () => number): number[] => Array.from({ length: size }, one);
  switch (contents.kind) {
    case 'any':
      return each(() => 2 * random.unit() - 1);
    case 'positive':
      return each(() => 0.25 + 1.5 * random.unit());
    case 'distinct':
      return random.shuffled(Array.from({ length: size }, (_, i) => 0.01 * (i - Math.floor(size / 2)) + 0.005));
    case 'sixteenths':
      return each(() => random.int(-16, 16) / 16);
    case 'pose':
      return pose(shape, image, random);
    case 'integers': {
      const below = evaluateNumber(contents.below, scope);
      return each(() => random.int(0, below - 1));
    }
    case 'nibbles':
      return each(() => Array.from({ length: 8 }, () => random.int(0, contents.below - 1)).reduce((word, nibble) => word * 16 + nibble, 0));
  }
}
