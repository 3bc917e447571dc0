import { InputError, joinSources, type Program, paramFields } from '@kindling/core';
import type { Manifest, ManifestPass, ManifestStep, ManifestTensor } from './manifest.js';
import { adapters, lowerContext } from './problem.js';
import { Random } from './random.js';
import type { KernelSpec, PassSpec, Problem, StepSpec, TensorSpec, VariantSpec } from './spec.js';
import { type Needs, needsOf, typedBindings } from './wgsl-facts.js';

/** A kernel's manifest and its shaders by file name. */
export interface KernelPackage {
  readonly manifest: Manifest;
  readonly shaders: Readonly<Record<string, string>>;
}

const SEEDS = 60;
const isLoop = (step: StepSpec): step is Extract<StepSpec, { variable: string }> => 'variable' in step;
const entryOf = (program: Program): string => program.sources.at(-1)!.path.replace(/\.wgsl$/, '');

const shadersOf = (steps: readonly StepSpec[]): string[] =>
  steps.flatMap((step) => (isLoop(step) ? shadersOf(step.passes) : [step.shader]));

function refuse(spec: KernelSpec, got: string, expected: string): never {
  throw new InputError({ subject: `formulas of ${spec.name}`, got, expected, next: 'correct packages/kernel-export/src/specs' });
}

/**
 * The descriptor's programs of a variant by entry module, from the first problem that it takes: one for each adapter that makes its constants
 * others, since a workgroup's size may depend on them.
 */
function programsOf(spec: KernelSpec, name: string, variant: VariantSpec, problems: readonly Problem[]): Map<string, Program[]> {
  const found = new Map<string, Program[]>();
  const wanted = new Set(shadersOf(variant.passes));
  for (const problem of problems) {
    for (const traits of adapters) {
      try {
        const context = lowerContext(spec, { problem, models: 1, traits, shared: [], gaps: {} });
        for (const { program } of spec.descriptor.lower({ ...context, variant: variant.descriptor ?? name })) {
          const entry = entryOf(program);
          const known = found.get(entry) ?? [];
          const news = known.every(({ constants }) => JSON.stringify(constants) !== JSON.stringify(program.constants));
          if (wanted.has(entry) && news) found.set(entry, [...known, program]);
        }
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
      }
    }
    if (found.size === wanted.size) return found;
  }
  const missing = [...wanted].filter((shader) => !found.has(shader));
  return refuse(
    spec,
    `no problem on which ${name} runs ${missing.join(', ')}`,
    `a draw that reaches it within ${SEEDS}, or an entry in always`,
  );
}

/** The expression of a uniform field: the spec's own, a tensor's stride, or a definition of the same name. */
function fieldValue(spec: KernelSpec, pass: PassSpec, field: string): string {
  const own = pass.params?.[field];
  if (own !== undefined) return own;
  const stride = /^(.*)_model$/.exec(field)?.[1];
  if (stride !== undefined && (spec.inputs[stride] || spec.outputs[stride])) return `${stride}.model_stride`;
  if (spec.definitions[field] !== undefined) return field;
  return refuse(spec, `no expression for the field ${field} of ${pass.shader}`, 'one in params, or a definition of that name');
}

function passOf(spec: KernelSpec, pass: PassSpec, programs: readonly Program[]): ManifestPass {
  const program = programs[0]!;
  const fields = paramFields(program.sources.at(-1)!).map(({ name, type }, i) => ({
    name,
    type,
    offset: 4 * i,
    value: fieldValue(spec, pass, name),
  }));
  const needs = programs.map(needsOf);
  const most = (key: keyof Needs): number => Math.max(...needs.map((own) => own[key]));
  const unknown = Object.keys(pass.params ?? {}).filter((name) => !fields.some((field) => field.name === name));
  if (unknown.length > 0)
    refuse(spec, `${unknown.join(', ')} for ${pass.shader}`, `fields of its struct Params: ${fields.map(({ name }) => name).join(', ')}`);
  return {
    shader: `${entryOf(program).replace('/', '.')}.wgsl`,
    entry_point: program.entryPoint,
    ...(pass.when === undefined ? {} : { when: pass.when }),
    constants: pass.constants ?? {},
    bindings: typedBindings(program).map(({ name, access, type }, index) => ({
      index,
      name,
      access,
      wgsl_type: type,
      ...(access === 'uniform' ? {} : { tensor: pass.tensors?.[name] ?? name }),
      ...(pass.instead?.[name] === undefined ? {} : { instead: pass.instead[name] }),
    })),
    ...(fields.length > 0 ? { uniform: { bytes: 16 * Math.ceil(fields.length / 4), fields } } : {}),
    ...(pass.count === undefined ? {} : { count: pass.count }),
    workgroups: pass.groups ? [pass.groups, '1', 'models'] : ['min(count, 65535)', 'ceil(count / min(count, 65535))', 'models'],
    limits: {
      storage_buffers: most('storageBuffers'),
      workgroup_invocations: most('invocations'),
      workgroup_bytes: most('workgroupBytes'),
    },
  };
}

const tensorOf = (name: string, role: 'input' | 'output', spec: TensorSpec): ManifestTensor => ({
  name,
  role,
  axes: spec.axes,
  element: spec.element ?? "'f32'",
  ...(spec.shape && role === 'output' ? { shape: spec.shape } : {}),
  parts: spec.parts ?? '1',
  per_model: spec.perModel ?? true,
  optional: spec.optional ?? false,
  changed: spec.changed ?? false,
  scratch: spec.scratch ?? false,
  written: spec.written ?? '1',
  contents: spec.contents ?? { kind: 'any' },
});

/** Random problems of a kernel, those that cases always have first. */
export const problemsOf = (spec: KernelSpec, count: number): Problem[] => [
  ...(spec.always ?? []),
  ...Array.from({ length: count }, (_, seed) => spec.draw(new Random(seed))),
];

/** The manifest and shaders of a kernel: formulas from its spec, everything else from the programs that its descriptor makes. */
export function buildPackage(spec: KernelSpec, version: string): KernelPackage {
  const problems = problemsOf(spec, SEEDS);
  const shaders: Record<string, string> = {};
  const variants = Object.entries(spec.variants).map(([name, variant]) => {
    const programs = programsOf(spec, name, variant, problems);
    const steps = (list: readonly StepSpec[]): ManifestStep[] =>
      list.map((step) =>
        isLoop(step)
          ? { variable: step.variable, values: step.values, passes: steps(step.passes) }
          : passOf(spec, step, programs.get(step.shader)!),
      );
    const passes = steps(variant.passes);
    const firsts = [...programs.values()].map(([program]) => program!);
    for (const program of firsts) shaders[`${entryOf(program).replace('/', '.')}.wgsl`] = joinSources(program.sources).text;
    const features = [...new Set(firsts.flatMap((program) => program.features))];
    return { name, features, needs: (variant.needs ?? []).map(([that, otherwise]) => ({ that, otherwise })), passes };
  });
  const manifest: Manifest = {
    $schema: '../kernel-package.schema.json',
    format: 'kindling-kernel',
    version: 1,
    name: spec.name,
    kind: spec.kind,
    summary: spec.summary,
    license: 'MIT',
    source: { package: '@kindling/kernels', version },
    attributes: spec.attributes,
    tensors: [
      ...Object.entries(spec.inputs).map(([name, tensor]) => tensorOf(name, 'input', tensor)),
      ...Object.entries(spec.outputs).map(([name, tensor]) => tensorOf(name, 'output', tensor)),
    ],
    definitions: spec.definitions,
    requires: spec.requires.map(([that, otherwise]) => ({ that, otherwise })),
    variants,
    choose: spec.choose.map(([when, variant]) => ({ when, variant })),
    cases: 'cases/cases.json',
    bench: 'bench/bench.json',
  };
  return { manifest, shaders };
}
