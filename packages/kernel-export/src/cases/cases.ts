import { encodeF16, InputError, numel } from '@kindling/core';
import type { OpName } from '@kindling/kernels';
import { gradientToleranceOf, optimizerTolerance, type Tolerance, toleranceOf } from '@kindling/kernels/testing';
import { problemsOf } from '../build.js';
import { evaluateNumber } from '../expression/evaluate.js';
import { outputOf, refusalOf, scopeOf, variantsOf } from '../interpret.js';
import type { Manifest } from '../manifest.js';
import { adapters, blockSize, lowerContext, withDefaults } from '../problem.js';
import { Random } from '../random.js';
import type { KernelSpec, Problem, Settings, Values } from '../spec.js';
import { Kink, type Made, makeModel, type Shared, shareable } from './expected.js';
import { type Element, elementOf, shapeScope } from './values.js';

/** One tensor of a case: raw little-endian values in a file beside cases.json. */
export interface CaseTensor {
  readonly role: 'input' | 'output';
  readonly element: Element | 'f64';
  readonly shape: readonly number[];
  /** Inputs: elements from one model's block to the next in the file; 0 where all models share the block. */
  readonly model_stride?: number;
  readonly file: string;
  readonly tolerance?: { readonly absolute: number; readonly relative: number; readonly floor: number };
}

export interface Case {
  readonly name: string;
  readonly models: number;
  readonly attrs: Settings;
  readonly tensors: Readonly<Record<string, CaseTensor>>;
}

export interface CaseFiles {
  readonly cases: readonly Case[];
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Values of one problem and all models: [models, parts, …shape], one block where models share it. */
interface Filled {
  readonly inputs: Readonly<Record<string, { values: Float64Array; shared: boolean }>>;
  readonly outputs: Values;
}

const MODELS = 3;
/** Elements of a case's inputs and outputs at most, so that the export stays small; the cases in `always` may be larger. */
const LARGEST = 2500;

export function bytesOf(element: Element | 'f64', values: ArrayLike<number>): Uint8Array {
  const array =
    element === 'f64'
      ? Float64Array.from(values)
      : element === 'f32'
        ? Float32Array.from(values)
        : element === 'u32'
          ? Uint32Array.from(values)
          : encodeF16(values);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * The bound of `testing/tolerance.ts` in @kindling/kernels. The floor is what finite differences in f64 leave, and for outputs of a few values,
 * which may all be what is left of sums that cancel, two roundings of terms of size 1.
 */
function toleranceFor(spec: KernelSpec, element: Element, problem: Problem, size: number) {
  const { truth } = spec;
  const base: Tolerance =
    truth.kind === 'forward'
      ? toleranceOf(truth.op, element)
      : truth.kind === 'gradient'
        ? gradientToleranceOf(truth.forward(problem).op as OpName, element)
        : optimizerTolerance;
  const exact = element === 'u32' || base.atol + base.rtol === 0;
  return element === 'u32'
    ? { absolute: 0, relative: 0, floor: 0 }
    : { absolute: base.atol, relative: base.rtol, floor: exact ? 0 : size < 16 ? 2e-7 : 1e-8 };
}

function concatenated(blocks: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(blocks.reduce((sum, block) => sum + block.length, 0));
  blocks.reduce((at, block) => {
    all.set(block, at);
    return at + block.length;
  }, 0);
  return all;
}

function attempt(specs: Readonly<Record<string, KernelSpec>>, spec: KernelSpec, problem: Problem, models: number, random: Random): Filled {
  if (spec.truth.kind === 'own') {
    const { inputs, outputs } = spec.truth.make(problem, models, random);
    return { inputs: Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, { values, shared: false }])), outputs };
  }
  const shared: Shared = {};
  if (models > 1) for (const name of shareable(spec, problem)) if (random.int(0, 2) === 0) shared[name] = new Float64Array();
  const made: Made[] = Array.from({ length: models }, () => makeModel(specs, spec, problem, random, shared));
  const inputs = Object.keys(problem.shapes).map((name) => {
    const one = name in shared;
    return [name, { values: concatenated((one ? made.slice(0, 1) : made).map((model) => model.inputs[name]!)), shared: one }] as const;
  });
  const outputs = Object.keys(made[0]!.outputs).map((name) => [name, concatenated(made.map((model) => model.outputs[name]!))] as const);
  return { inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) };
}

function fill(specs: Readonly<Record<string, KernelSpec>>, spec: KernelSpec, problem: Problem, models: number, seed: number): Filled {
  for (let round = 0; round < 200; round++) {
    try {
      return attempt(specs, spec, problem, models, new Random(1000 * seed + round));
    } catch (error) {
      if (!(error instanceof Kink)) throw error;
    }
  }
  throw new InputError({ subject: spec.name, got: '200 draws near a kink', expected: 'one that is not', next: 'draw smaller problems' });
}

/** Variants that take a problem on some adapter. */
function reached(spec: KernelSpec, manifest: Manifest, problem: Problem, models: number): Set<string> {
  const found = new Set<string>();
  for (const traits of adapters) {
    const request = { shapes: problem.shapes, strides: {} as Record<string, number>, settings: problem.settings, models, traits };
    if (refusalOf(manifest, request) !== undefined) continue;
    const { tensors } = lowerContext(spec, { problem, models, traits, shared: [], gaps: {} });
    for (const [name, { modelStride }] of Object.entries(tensors)) request.strides[name] = modelStride;
    for (const name of variantsOf(manifest, scopeOf(manifest, request)).allowed) found.add(name);
  }
  return found;
}

const elements = (problem: Problem): number => Object.values(problem.shapes).reduce((sum, shape) => sum + numel(shape), 0);

/** Problems that between them run every variant, two at least: the second with several models. */
function choose(spec: KernelSpec, manifest: Manifest): { problem: Problem; models: number }[] {
  const chosen: { problem: Problem; models: number }[] = [];
  const pending = new Set(manifest.variants.map(({ name }) => name));
  const small = (problem: Problem): boolean => spec.truth.kind === 'own' || elements(problem) <= LARGEST;
  const candidates = problemsOf(spec, 120).filter((problem, i) => i < (spec.always?.length ?? 0) || small(problem));
  for (const [i, problem] of candidates.entries()) {
    const fixed = problem.shapes.arena?.[1] ?? problem.shapes.rows?.[0] ?? problem.shapes.counts?.[0];
    const models = fixed ?? (spec.name === 'grad_norm' ? 2 : chosen.length === 1 ? MODELS : 1);
    const variants = reached(spec, manifest, problem, models);
    const news = [...variants].filter((name) => pending.has(name));
    if (i >= (spec.always?.length ?? 0) && news.length === 0 && chosen.length >= 2) continue;
    if (variants.size === 0) continue;
    chosen.push({ problem, models });
    for (const name of news) pending.delete(name);
    if (pending.size === 0 && chosen.length >= 2 && i >= (spec.always?.length ?? 0) - 1) return chosen;
  }
  if (pending.size === 0) return chosen;
  throw new InputError({
    subject: spec.name,
    got: `no case for ${[...pending].join(', ')}`,
    expected: 'a small problem for every variant',
    next: 'add one to always',
  });
}

/** Cases of a kernel: the shapes are awkward, the inputs drawn, the outputs from f64. */
export function casesOf(specs: Readonly<Record<string, KernelSpec>>, spec: KernelSpec, manifest: Manifest): CaseFiles {
  const files: Record<string, Uint8Array> = {};
  const cases = choose(spec, manifest).map(({ problem, models }, seed): Case => {
    const name = `case-${seed}`;
    const scope = shapeScope(spec, problem, models);
    const filled = fill(specs, spec, problem, models, seed);
    const tensors: Record<string, CaseTensor> = {};
    for (const [key, { values, shared }] of Object.entries(filled.inputs)) {
      const element = elementOf(spec, key, scope);
      const whole = spec.inputs[key]!.perModel === false;
      files[`${name}/${key}.bin`] = bytesOf(element, values);
      tensors[key] = {
        ...{ role: 'input', element, shape: problem.shapes[key]! },
        ...(whole ? {} : { model_stride: shared ? 0 : blockSize(spec, key, problem) }),
        file: `${name}/${key}.bin`,
      };
    }
    for (const [key, values] of Object.entries(filled.outputs)) {
      const output = manifest.tensors.find((tensor) => tensor.name === key && tensor.role === 'output');
      const from = spec.outputs[key] ?? spec.inputs[key]!;
      if (from.written && evaluateNumber(from.written, scope) === 0) continue;
      const element = elementOf(spec, key, scope);
      const shape = output ? outputOf(output, scope).shape : problem.shapes[key]!;
      const file = `${name}/expected-${key}.bin`;
      files[file] = bytesOf(element === 'u32' ? 'u32' : 'f64', values);
      const tolerance = toleranceFor(spec, element, problem, values.length);
      tensors[output ? key : `${key}.after`] = { role: 'output', element: element === 'u32' ? 'u32' : 'f64', shape, file, tolerance };
    }
    return { name, models, attrs: withDefaults(spec, problem.settings), tensors };
  });
  return { cases, files };
}
