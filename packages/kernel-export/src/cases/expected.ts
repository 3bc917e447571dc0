import { InputError, numel, type Shape } from '@kindling/core';
import { references } from '@kindling/kernels/testing';
import { attrsOf } from '../problem.js';
import type { Random } from '../random.js';
import type { Contents, Forward, GradientTruth, KernelSpec, Problem, Settings, Values } from '../spec.js';
import { asStored, draw, elementOf, shapeScope } from './values.js';

/** Inputs as stored, and expected outputs, of one model. */
export interface Made {
  readonly inputs: Values;
  readonly outputs: Values;
}

/** Draws that landed on a kink, where no gradient exists. */
export class Kink extends Error {}

/** Step of the central differences: f64 leaves about 1e-10 of error, and curvature about as much. */
const STEP = 5e-5;
/** Slopes on both sides of a point that differ by more than this share of the largest say that a kink is between. */
const BENT = 2e-3;

type Specs = Readonly<Record<string, KernelSpec>>;
const imageOf = (shapes: Problem['shapes']): Shape => Object.values(shapes).find((shape) => shape.length === 4) ?? [1, 1];

function reference(op: Forward['op'], shapes: Problem['shapes'], attrs: Forward['attrs'], values: Values): Record<string, Float64Array> {
  const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { shape, data: values[name]! }]));
  return references[op]!({ inputs, attrs });
}

/** ∂(Σ dy · output)/∂input by central differences. @throws Kink where the slopes on both sides differ */
function differences(loss: (changed: Values) => number, values: Values, name: string): Float64Array {
  const own = values[name]!;
  const at = (i: number, step: number): number => loss({ ...values, [name]: own.with(i, own[i]! + step) });
  const middle = loss(values);
  const bends = new Float64Array(own.length);
  const slopes = Float64Array.from(own, (_, i) => {
    const [above, below] = [at(i, STEP), at(i, -STEP)];
    bends[i] = Math.abs(above - 2 * middle + below) / STEP;
    return (above - below) / (2 * STEP);
  });
  const largest = slopes.reduce((most, slope) => Math.max(most, Math.abs(slope)), 1e-3);
  if (bends.some((bend) => bend > BENT * largest)) throw new Kink();
  return slopes;
}

/** Values of a kernel's inputs that are the same for every model, drawn once. */
export type Shared = Record<string, Float64Array>;

/** Fresh values; those of the first model where models share them, which an empty list marks. */
function once(shared: Shared, name: string, fresh: () => Float64Array): Float64Array {
  const known = shared[name];
  if (known !== undefined && known.length > 0) return known;
  const values = fresh();
  if (known !== undefined) shared[name] = values;
  return values;
}

function forwardContents(specs: Specs, forward: Forward, name: string): Contents {
  const own = forward.contents?.[name];
  if (own) return own;
  const listed = specs[forward.op]!.inputs[name]?.contents;
  return listed?.kind === 'integers' ? listed : { kind: 'any' };
}

function gradient(specs: Specs, spec: KernelSpec, truth: GradientTruth, problem: Problem, random: Random, shared: Shared): Made {
  const scope = shapeScope(spec, problem);
  const forward = truth.forward(problem);
  const forwardScope = shapeScope(specs[forward.op]!, { shapes: forward.shapes, settings: forward.attrs as Settings });
  const image = imageOf(forward.shapes);
  const names = forward.names ?? {};
  const values: Record<string, Float64Array> = {};
  for (const [name, shape] of Object.entries(forward.shapes)) {
    const stored = spec.inputs[name] ? elementOf(spec, name, scope) : 'f32';
    const fresh = (): Float64Array =>
      asStored(stored, draw(forwardContents(specs, forward, name), numel(shape), random, { scope: forwardScope, shape, image }));
    values[name] = once(shared, name, fresh);
  }
  const outputs = reference(forward.op, forward.shapes, forward.attrs, values);
  const [first] = Object.keys(outputs) as [string];
  const incoming = spec.inputs.dy
    ? asStored(elementOf(spec, 'dy', scope), draw({ kind: 'any' }, outputs[first]!.length, random, { scope, shape: [], image }))
    : new Float64Array(outputs[first]!.length).fill(1 / outputs[first]!.length);
  const loss = (changed: Values): number =>
    reference(forward.op, forward.shapes, forward.attrs, changed)[first]!.reduce((sum, value, i) => sum + value * incoming[i]!, 0);
  const slopes = (wanted: Readonly<Record<string, string>>): Record<string, Float64Array> =>
    Object.fromEntries(Object.entries(wanted).map(([name, input]) => [name, differences(loss, values, input)]));
  const taken = slopes(truth.takes ?? {});
  const inputs = Object.fromEntries(
    Object.keys(problem.shapes).map((name) => {
      const known = names[name] ?? name;
      const value = name === 'dy' ? incoming : (taken[name] ?? values[known] ?? outputs[known]);
      if (!value)
        throw new InputError({
          subject: spec.name,
          got: `no value for ${name}`,
          expected: `a tensor of ${forward.op}`,
          next: 'name it in the truth',
        });
      return [name, asStored(elementOf(spec, name, scope), value)];
    }),
  );
  const listed = Object.keys(spec.outputs).filter((name) => outputs[name] && !truth.gives[name]);
  return { inputs, outputs: { ...slopes(truth.gives), ...Object.fromEntries(listed.map((name) => [name, outputs[name]!])) } };
}

function direct(spec: KernelSpec, problem: Problem, random: Random, shared: Shared): Made {
  if (spec.truth.kind !== 'forward') throw new Error('unreachable');
  const scope = shapeScope(spec, problem);
  const values: Record<string, Float64Array> = {};
  for (const [name, shape] of Object.entries(problem.shapes)) {
    const element = elementOf(spec, name, scope);
    const contents = spec.inputs[name]!.contents ?? { kind: 'any' };
    const fresh = (): Float64Array =>
      asStored(element, draw(contents, numel(shape), random, { scope, shape, image: imageOf(problem.shapes) }));
    values[name] = once(shared, name, fresh);
  }
  const found = reference(spec.truth.op, problem.shapes, attrsOf(spec, problem.settings), values);
  return {
    inputs: values,
    outputs: Object.fromEntries(Object.keys(spec.outputs).flatMap((name) => (found[name] ? [[name, found[name]]] : []))),
  };
}

/** The inputs that several models may share: those that no other input is made from. */
export function shareable(spec: KernelSpec, problem: Problem): string[] {
  if (spec.truth.kind === 'own') return [];
  const own = Object.keys(problem.shapes);
  if (spec.truth.kind === 'forward') return own;
  const forward = spec.truth.forward(problem);
  return own.filter((name) => forward.shapes[name] !== undefined);
}

/** Draws one model's inputs and works out what they become. @throws Kink where a gradient kernel has none there */
export const makeModel = (specs: Specs, spec: KernelSpec, problem: Problem, random: Random, shared: Shared): Made =>
  spec.truth.kind === 'gradient' ? gradient(specs, spec, spec.truth, problem, random, shared) : direct(spec, problem, random, shared);
