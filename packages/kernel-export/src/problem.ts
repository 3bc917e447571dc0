import { coreTraits, type Traits } from '@kindling/core';
import { type LowerContext, outputSize, type TensorInfo } from '@kindling/kernels';
import type { KernelSpec, Problem, Settings } from './spec.js';
import { plainAttrs } from './specs/common.js';

/** A problem on an adapter, with the blocks of several models `gap` elements apart, and some inputs shared by all. */
export interface Situation {
  readonly problem: Problem;
  readonly models: number;
  readonly traits: Traits;
  /** Inputs of which there is one block for all models. */
  readonly shared: readonly string[];
  /** Elements between the blocks of one tensor. */
  readonly gaps: Readonly<Record<string, number>>;
}

/** Adapters that between them let every variant run: software and not, all subgroup sizes, with every feature and with none. */
export const adapters: readonly Traits[] = [true, false].flatMap((software) =>
  [0, 4, 8, 32].flatMap((subgroupSize) => [
    { ...coreTraits, software, subgroupSize },
    {
      ...coreTraits,
      software,
      subgroupSize,
      features: ['subgroups', 'shader-f16', 'chromium-experimental-subgroup-matrix'] as const,
      subgroupMatrices: [{ componentType: 'f16', resultComponentType: 'f32', M: 16, N: 16, K: 16 }],
    },
  ]),
);

/** Attributes with what a manifest fills in where they are left out. */
export const withDefaults = (spec: Pick<KernelSpec, 'attributes'>, settings: Settings): Settings => ({
  ...Object.fromEntries(
    Object.entries(spec.attributes).flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value]])),
  ),
  ...settings,
});

/** The descriptor's attributes. */
export const attrsOf = (spec: KernelSpec, settings: Settings) => (spec.attrsOf ?? plainAttrs)(withDefaults(spec, settings));

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Elements of one block of an input, parts included. */
export const blockSize = (spec: KernelSpec, name: string, { shapes, settings }: Problem): number =>
  count(shapes[name]!) * (spec.inputs[name]!.parts === 'attrs.parts' ? Number(settings.parts) : 1);

/** What the descriptor is asked: tensors with strides, attributes, models. @throws what `infer` throws */
export function lowerContext(spec: KernelSpec, { problem, models, traits, shared, gaps }: Situation): LowerContext {
  const attrs = attrsOf(spec, problem.settings);
  const tensors: Record<string, TensorInfo> = {};
  for (const [name, shape] of Object.entries(problem.shapes)) {
    const stride = shared.includes(name) ? 0 : blockSize(spec, name, problem) + (gaps[name] ?? 0);
    tensors[name] = { shape, dtype: 'f32', modelStride: stride };
  }
  for (const [name, output] of Object.entries(spec.descriptor.infer(problem.shapes, attrs, traits))) {
    tensors[name] = { shape: output.shape, dtype: output.dtype ?? 'f32', modelStride: outputSize(output) + (gaps[name] ?? 0) };
  }
  return { attrs, models, traits, tensors };
}
