import { joinSources, type Program, type Traits } from '@kindling/core';
import { ops } from '@kindling/kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPackage, type KernelPackage } from './build.js';
import { evaluate } from './expression/evaluate.js';
import { dispatchesOf, outputOf, refusalOf, scopeOf, variantsOf } from './interpret.js';
import type { ManifestPass, ManifestStep } from './manifest.js';
import { adapters, attrsOf, lowerContext, type Situation } from './problem.js';
import { Random } from './random.js';
import type { KernelSpec, Problem } from './spec.js';
import { specs } from './specs/index.js';

/** A problem that the kernel may refuse: one size, axis or number is another. */
function disturbed(problem: Problem, r: Random): Problem {
  const name = r.pick([...Object.keys(problem.shapes)]);
  const shape = [...problem.shapes[name]!];
  const at = r.int(0, Math.max(0, shape.length - 1));
  const changed = r.pick([
    () => (shape.length > 0 ? shape.with(at, Math.max(0, shape[at]! + r.pick([-1, 1]))) : [2]),
    () => [...shape, r.int(1, 3)],
    () => shape.slice(1),
    () => shape,
  ])();
  const numbers = Object.keys(problem.settings).filter((key) => typeof problem.settings[key] === 'number');
  const setting = numbers.length > 0 && r.int(0, 2) === 0 ? r.pick(numbers) : undefined;
  const settings = setting ? { ...problem.settings, [setting]: Number(problem.settings[setting]) + r.pick([-1, 1]) } : problem.settings;
  return { shapes: { ...problem.shapes, [name]: changed }, settings };
}

/** Models, shared inputs and gaps: strides that are multiples of four, and others. */
function situationOf(spec: KernelSpec, problem: Problem, traits: Traits, r: Random): Situation {
  const names = [...Object.keys(spec.inputs), ...Object.keys(spec.outputs)];
  // Tensors that hold all models fix their number.
  const fixed = problem.shapes.arena?.[1] ?? problem.shapes.rows?.[0] ?? problem.shapes.counts?.[0];
  const models = fixed ?? (spec.kind === 'optimizer' ? 1 : r.pick([1, 1, 3]));
  const shared = Object.keys(spec.inputs).filter(() => r.int(0, 3) === 0);
  const gap = r.pick([0, 0, 4, 1]);
  return { problem, models, traits, shared, gaps: Object.fromEntries(names.map((name) => [name, r.bool() ? gap : 0])) };
}

/** `f`'s result, or undefined where it refuses. */
function attempt<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch {
    return undefined;
  }
}

const fileOf = (program: Program): string => program.sources.at(-1)!.path.replace('/', '.');

/** What an array of this WGSL type holds. */
const scalarOf = (type: string): string => (/f16|vec\dh/.test(type) ? 'f16' : /u32|Block|vec\du/.test(type) ? 'u32' : 'f32');

const passesOf = (steps: readonly ManifestStep[]): ManifestPass[] =>
  steps.flatMap((step) => ('variable' in step ? passesOf(step.passes) : [step]));

/** Files whose text was compared: a program's sources do not depend on shapes, so once is enough. */
const compared = new Set<string>();

const facts = (program: Program, args: Readonly<Record<string, string>>) => ({
  shader: fileOf(program),
  constants: program.constants,
  params: Buffer.from(program.params ?? []).toString('hex'),
  workgroups: [...program.workgroups],
  tensors: program.bindings.map(({ name, access }) => (access === 'uniform' ? undefined : (args[name] ?? name))),
});

function check(spec: KernelSpec, { manifest, shaders }: KernelPackage, situation: Situation, seen: Set<string>): void {
  const { problem, models, traits } = situation;
  const attrs = attrsOf(spec, problem.settings);
  const context = attempt(() => lowerContext(spec, situation));
  const shapes = { ...problem.shapes };
  const request = { shapes, strides: {} as Record<string, number>, settings: problem.settings, models, traits };
  const refusal = refusalOf(manifest, request);
  if (refusal !== undefined) {
    const stricter = spec.requires.some(([, otherwise, mark]) => mark === 'stricter' && otherwise === refusal);
    if (!stricter && spec.name in ops) expect(context, `the descriptor takes what the manifest refuses: ${refusal}`).toBeUndefined();
    return;
  }
  expect(context, 'the descriptor refuses what the manifest takes').toBeDefined();
  // Outputs' shapes are in scope once their own expressions are worked out.
  const inferred = spec.descriptor.infer(problem.shapes, attrs, traits);
  const before = scopeOf(manifest, request);
  for (const tensor of manifest.tensors.filter(({ role, per_model }) => role === 'output' && per_model)) {
    const { shape, dtype = 'f32', parts = 1 } = inferred[tensor.name]!;
    expect(outputOf(tensor, before), tensor.name).toEqual({ shape, dtype, parts });
  }
  for (const [name, { modelStride }] of Object.entries(context!.tensors)) request.strides[name] = modelStride;
  const scope = scopeOf(manifest, request);
  const { allowed, chosen } = variantsOf(manifest, scope);
  for (const [name, variant] of Object.entries(spec.variants)) {
    // An export variant that the descriptor chooses by attributes alone is allowed exactly where it is chosen.
    const forced = variant.descriptor === undefined ? { variant: name } : {};
    const launches = attempt(() => spec.descriptor.lower({ ...context!, ...(Object.keys(spec.variants).length > 1 ? forced : {}) }));
    const takes = launches !== undefined && (forced.variant !== undefined || chosen === name);
    if (allowed.includes(name) !== takes)
      expect.fail(`variant ${name} is ${takes ? 'refused by the manifest' : 'refused by the descriptor'}`);
    if (!takes) continue;
    seen.add(name);
    const found = dispatchesOf(manifest.variants.find((own) => own.name === name)!.passes, scope).map((dispatch) => ({
      shader: dispatch.shader,
      constants: dispatch.constants,
      params: Buffer.from(dispatch.bytes).toString('hex'),
      workgroups: dispatch.workgroups,
      tensors: dispatch.tensors,
    }));
    for (const pass of passesOf(manifest.variants.find((own) => own.name === name)!.passes)) {
      for (const { name: binding, tensor, wgsl_type: type } of pass.bindings) {
        const own = manifest.tensors.find((listed) => listed.name === tensor);
        // The forward kernel serves the data gradient without its bias, which it does not read.
        if (!own || `${spec.name} ${binding}` === 'conv2d_grad_input b') continue;
        const element = evaluate(own.element, scope);
        // linear_loss reads f32 targets as bits.
        if (element !== scalarOf(type) && `${spec.name} ${tensor}` !== 'linear_loss labels')
          expect.fail(`${tensor} is ${element}, bound as ${type}`);
      }
    }
    const wanted = launches!.map(({ program, args = {} }) => facts(program, args));
    if (JSON.stringify(found) !== JSON.stringify(wanted)) expect(found, `variant ${name}`).toEqual(wanted);
    for (const { program } of launches!) {
      const file = fileOf(program);
      if (!compared.has(file)) expect(shaders[file]).toBe(joinSources(program.sources).text);
      compared.add(file);
    }
  }
  const own = spec.descriptor.lower(context!).map(({ program }) => fileOf(program));
  const ours = dispatchesOf(manifest.variants.find(({ name }) => name === chosen)!.passes, scope).map(({ shader }) => shader);
  if (ours.join() !== own.join()) expect(ours, 'the default variant').toEqual(own);
}

/** Compares on random problems, half of them disturbed, and on all that cases and benchmarks name; which variants ran. */
function agree(spec: KernelSpec, built: KernelPackage, runs: number): Set<string> {
  const seen = new Set<string>();
  const property = fc.property(fc.nat(), fc.boolean(), fc.constantFrom(...adapters), (seed, disturb, traits) => {
    const r = new Random(seed);
    const drawn = spec.always && r.int(0, 3) === 0 ? r.pick(spec.always) : spec.draw(r);
    check(spec, built, situationOf(spec, disturb ? disturbed(drawn, r) : drawn, traits, r), seen);
  });
  fc.assert(property, { numRuns: runs, seed: 20261122, endOnFailure: true });
  for (const problem of [...spec.bench, ...(spec.always ?? [])])
    for (const traits of adapters) check(spec, built, { problem, models: 1, traits, shared: [], gaps: {} }, seen);
  return seen;
}

describe('formulas agree with the descriptors', () => {
  it('for every op of the registry', () => {
    expect(Object.keys(ops).filter((name) => !(name in specs))).toEqual([]);
  });

  it.each(Object.values(specs).map((spec) => [spec.name, spec] as const))('%s', (_, spec) => {
    expect([...agree(spec, buildPackage(spec, '0'), 120)].sort()).toEqual(Object.keys(spec.variants).sort());
  });

  it.each(['conv2d', 'layernorm_grad_weight', 'permute', 'topk'])('and one that is off by one is found, in %s', (name) => {
    const spec = specs[name]!;
    const built = buildPackage(spec, '0');
    const text = JSON.stringify(built.manifest);
    const places = [...text.matchAll(/"(?:value|count|shape|parts)":"((?:[^"\\\\]|\\\\.)*)"/g)];
    expect(places.length).toBeGreaterThan(8);
    for (const { 0: whole, 1: expression, index } of places) {
      // Of inputs: what runs on a device depends on it, no descriptor does.
      if (whole === '"parts":"1"') continue;
      const other = whole.startsWith('"shape"') ? `cat(${expression}, [1])` : `(${expression}) + 1`;
      const manifest = JSON.parse(text.slice(0, index) + whole.replace(expression!, () => other) + text.slice(index + whole.length));
      expect(() => agree(spec, { ...built, manifest }, 120), `${whole} as ${other}`).toThrow();
    }
  });
});
