import { packParams, type Traits } from '@kindling/core';
import { evaluate, evaluateNumber, type Scope, type Value } from './expression/evaluate.js';
import type { Manifest, ManifestPass, ManifestStep, ManifestTensor } from './manifest.js';
import type { Settings } from './spec.js';

/** What a host knows when it wants to run a kernel: shapes of the inputs that are there, strides, attributes, its adapter. */
export interface Request {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Elements from one model's block to the next, for inputs and outputs; 0 when shared. */
  readonly strides: Readonly<Record<string, number>>;
  readonly settings: Settings;
  readonly models: number;
  readonly traits: Traits;
}

/** One dispatch, as numbers. */
export interface Dispatch {
  readonly shader: string;
  readonly constants: Readonly<Record<string, number>>;
  /** Values of the uniform's fields. */
  readonly params: Readonly<Record<string, number>>;
  readonly bytes: Uint8Array;
  readonly workgroups: readonly number[];
  /** Tensors in binding order; undefined for the uniform. */
  readonly tensors: readonly (string | undefined)[];
}

const value = (setting: Settings[string]): Value => (typeof setting === 'boolean' ? Number(setting) : setting);

export function scopeOf(manifest: Manifest, { shapes, strides, settings, models, traits }: Request): Scope {
  const values: Record<string, Value> = {
    models,
    'adapter.software': Number(traits.software),
    'adapter.subgroup_size': traits.subgroupSize,
    'adapter.subgroup_matrix_f16_f32_16': Number(
      (traits.subgroupMatrices ?? []).some(
        ({ componentType, resultComponentType, M, N, K }) =>
          componentType === 'f16' && resultComponentType === 'f32' && M === 16 && N === 16 && K === 16,
      ),
    ),
  };
  for (const { name } of manifest.tensors) {
    values[`${name}.given`] = Number(shapes[name] !== undefined);
    values[`${name}.model_stride`] = strides[name] ?? 0;
    if (shapes[name]) values[`${name}.shape`] = shapes[name];
  }
  for (const [name, attribute] of Object.entries(manifest.attributes)) {
    const setting = settings[name] ?? attribute.default;
    if (setting !== undefined) values[`attrs.${name}`] = value(setting);
  }
  return { values, definitions: manifest.definitions, features: traits.features };
}

/** What the kernel does not take about a request; undefined where it takes all. */
export function refusalOf(manifest: Manifest, request: Request): string | undefined {
  for (const { name, optional, role } of manifest.tensors) {
    const shape = request.shapes[name];
    if (role === 'output') continue;
    if (shape === undefined && !optional) return `${name} is missing`;
    if (!(shape ?? []).every((size) => Number.isInteger(size) && size >= 1)) return `${name}: sizes are whole numbers of 1 or more`;
  }
  for (const [name, { choices }] of Object.entries(manifest.attributes)) {
    const setting = request.settings[name] ?? manifest.attributes[name]!.default;
    if (setting === undefined) return `the attribute ${name} is missing`;
    if (choices && !choices.includes(String(setting))) return `${name} is one of ${choices.join(', ')}`;
  }
  const scope = scopeOf(manifest, request);
  return manifest.requires.find(({ that }) => evaluateNumber(that, scope) === 0)?.otherwise;
}

/** Shape, element type and parts of an output. */
export function outputOf(tensor: ManifestTensor, scope: Scope): { shape: number[]; dtype: string; parts: number } {
  return {
    shape: evaluate(tensor.shape!, scope) as number[],
    dtype: evaluate(tensor.element, scope) as string,
    parts: evaluateNumber(tensor.parts, scope),
  };
}

/** Variants that take the request, and the one that the engine would. */
export function variantsOf(manifest: Manifest, scope: Scope): { allowed: string[]; chosen: string } {
  const allowed = manifest.variants
    .filter(
      ({ features, needs }) =>
        features.every((name) => scope.features.includes(name)) && needs.every(({ that }) => evaluateNumber(that, scope) !== 0),
    )
    .map(({ name }) => name);
  const chosen = manifest.choose.find(({ when, variant }) => allowed.includes(variant) && evaluateNumber(when, scope) !== 0)!.variant;
  return { allowed, chosen };
}

function dispatchOf(pass: ManifestPass, scope: Scope): Dispatch {
  const number = (text: string, more: Readonly<Record<string, Value>> = {}): number =>
    evaluateNumber(text, { ...scope, values: { ...scope.values, ...more } });
  const fields = pass.uniform?.fields ?? [];
  const params = Object.fromEntries(fields.map((field) => [field.name, number(field.value)]));
  const layout = `struct Params { ${fields.map(({ name, type }) => `${name}: ${type}`).join(', ')} }`;
  const count = pass.count === undefined ? {} : { count: number(pass.count) };
  return {
    shader: pass.shader,
    constants: Object.fromEntries(Object.entries(pass.constants).map(([name, text]) => [name, number(text)])),
    params,
    bytes: packParams({ path: pass.shader, text: layout }, params) ?? new Uint8Array(),
    workgroups: pass.workgroups.map((text) => number(text, count)),
    tensors: pass.bindings.map(({ tensor, instead }) =>
      tensor !== undefined && instead !== undefined && !scope.values[`${tensor}.given`] ? instead : tensor,
    ),
  };
}

/** The dispatches of a list of passes, loops unrolled. */
export function dispatchesOf(steps: readonly ManifestStep[], scope: Scope): Dispatch[] {
  return steps.flatMap((step) => {
    if ('variable' in step) {
      const values = evaluate(step.values, scope) as readonly Value[];
      return values.flatMap((each) => dispatchesOf(step.passes, { ...scope, values: { ...scope.values, [step.variable]: each } }));
    }
    if (step.when !== undefined && evaluateNumber(step.when, scope) === 0) return [];
    return [dispatchOf(step, scope)];
  });
}
