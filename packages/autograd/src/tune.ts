import { decodeF16, encodeF16, InputError, numel } from '@kindling/core';
import type { Device } from '@kindling/device';
import { type Launch, type LowerContext, type OpName, type OutputSpec, ops, outputSize } from '@kindling/kernels';
import { type Choices, choiceKey } from './choices.js';
import type { GraphNode } from './graph.js';
import { Recording } from './lower.js';
import { type TrainingOptions, trainingNodes } from './step.js';
import { fingerprint, type TuneEntries, type TuneEntry } from './tune-cache.js';

export interface TuneOptions {
  /** Choices that stand, e.g. those of the run that is repeated: their problems are not measured. */
  readonly pinned?: Choices | undefined;
  /** Earlier measurements in this `tuningScope`: a problem that has one is not measured again unless a candidate kernel has changed. */
  readonly known?: TuneEntries;
  /** A variant replaces the op's own choice only when it is faster by more than this share; default .05. */
  readonly margin?: number;
  /** Least milliseconds of one sample; default 10. */
  readonly sampleMs?: number;
  /** Samples a variant, interleaved with the others'; default 7. */
  readonly samples?: number;
  readonly onResult?: (result: TuneResult) => void;
}

/** What was measured for the problem `key`. */
export interface TuneResult extends TuneEntry {
  readonly key: string;
}

/** Largest relative difference from the readable variant that counts as the same result; f16 results may round to neighbours. */
const AGREEMENT = { f32: 1e-4, f16: 2 ** -10 };

/** Names an adapter and its candidate kernels: choices must not outlive either. */
export function tuningScope(device: Device): string {
  const { info, traits } = device;
  const variants = Object.values(ops).map((op) => `${op.name}:${op.variants.join('|')}`);
  return `${info.name} [${[...traits.features].sort().join(',')}] ${fingerprint(variants.join(';'))}`;
}

/** The dispatches of a variant, or undefined where it cannot take the problem. */
function lowered(op: OpName, context: LowerContext, variant: string): Launch[] | undefined {
  try {
    return ops[op].lower({ ...context, variant });
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

/** Names the kernels that compete for a problem by their WGSL and the constants it is specialised with. */
function candidatesOf(op: OpName, context: LowerContext): string {
  const kernels = ops[op].variants.map((variant) =>
    lowered(op, context, variant)?.map(({ program }) => [variant, program.constants, ...program.sources.map(({ text }) => text)]),
  );
  return fingerprint(JSON.stringify(kernels));
}

/** One variant of a problem, ready to run. */
interface Contender {
  readonly name: string;
  readonly recording: Recording;
}

/** Buffers of one problem, filled with values that every variant can take. */
class Bench {
  private readonly device: Device;
  private readonly buffers = new Map<string, GPUBuffer>();
  private readonly specs: Readonly<Record<string, OutputSpec>>;
  private readonly context: LowerContext;
  private readonly op: OpName;

  constructor(device: Device, op: OpName, context: LowerContext, specs: Readonly<Record<string, OutputSpec>>) {
    this.device = device;
    this.op = op;
    this.context = context;
    this.specs = specs;
    for (const [name, { shape, dtype }] of Object.entries(context.tensors)) {
      const size = context.models * (specs[name] ? outputSize(specs[name]) : numel(shape));
      // Labels, winners and indices are 0, which every op accepts; floats are spread evenly around 0.
      const spread = Float32Array.from({ length: size }, (_, i) => ((i * 40503) % 65536) / 32768 - 1);
      const data = dtype === 'f32' ? spread : dtype === 'f16' ? encodeF16(spread) : new Uint32Array(size);
      this.buffers.set(name, device.upload(`tune ${name}`, data));
    }
  }

  record(variant: string): Contender | undefined {
    const launches = lowered(this.op, this.context, variant);
    if (!launches) return undefined;
    const programs = launches.map(({ program, args = {} }) => {
      const names = program.bindings.filter(({ access }) => access !== 'uniform').map(({ name }) => name);
      return { program, resources: Object.fromEntries(names.map((name) => [name, this.buffers.get(args[name] ?? name)!])) };
    });
    return { name: variant, recording: new Recording(this.device, programs) };
  }

  /** Milliseconds of `count` runs with one wait. */
  async time({ recording }: Contender, count: number): Promise<number> {
    const started = performance.now();
    this.device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      for (let i = 0; i < count; i++) recording.encode(pass);
      pass.end();
    });
    await this.device.wait();
    return performance.now() - started;
  }

  async outputs(contender: Contender): Promise<Float32Array[]> {
    await this.time(contender, 1);
    const floats = Object.entries(this.specs).filter(([, { dtype = 'f32' }]) => dtype === 'f32' || dtype === 'f16');
    return Promise.all(
      floats.map(async ([name, spec]) => {
        const buffer = this.buffers.get(name)!;
        if (spec.dtype === 'f16') return decodeF16(new Uint16Array(await this.device.read(buffer)));
        const values = await this.device.readF32(buffer);
        const { parts = 1 } = spec;
        if (parts === 1) return values;
        // Variants may split a sum differently: compare the totals of the first model.
        const size = numel(spec.shape);
        return Float32Array.from({ length: size }, (_, i) => {
          let sum = 0;
          for (let part = 0; part < parts; part++) sum += values[part * size + i]!;
          return sum;
        });
      }),
    );
  }

  destroy(): void {
    for (const buffer of this.buffers.values()) buffer.destroy();
  }
}

function agrees(got: readonly Float32Array[], want: readonly Float32Array[], agreement: number): boolean {
  return want.every((values, index) => {
    const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1e-6);
    return values.every((value, i) => Math.abs(got[index]![i]! - value) <= agreement * scale);
  });
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

async function tuneProblem(
  device: Device,
  op: OpName,
  context: LowerContext,
  specs: Record<string, OutputSpec>,
  options: TuneOptions,
): Promise<TuneResult> {
  const bench = new Bench(device, op, context, specs);
  const contenders = ops[op].variants.flatMap((variant) => bench.record(variant) ?? []);
  const truth = await bench.outputs(contenders[0]!);
  const milliseconds: Record<string, number | null> = {};
  const counts = new Map<Contender, number>();
  for (const contender of contenders) {
    if (!agrees(await bench.outputs(contender), truth, AGREEMENT[context.attrs.storage === 'f16' ? 'f16' : 'f32'])) {
      milliseconds[contender.name] = null;
      continue;
    }
    // Enough runs that a sample is longer than the clock's and the scheduler's noise.
    const once = Math.max(0.001, await bench.time(contender, 1));
    counts.set(contender, Math.max(1, Math.ceil((options.sampleMs ?? 10) / once)));
  }
  const samples = new Map([...counts.keys()].map((contender) => [contender, [] as number[]]));
  for (let round = 0; round < (options.samples ?? 7); round++)
    for (const [contender, count] of counts) samples.get(contender)!.push((await bench.time(contender, count)) / count);
  for (const [contender, times] of samples) milliseconds[contender.name] = median(times);
  bench.destroy();

  const own = ops[op].lower(context)[0]!.program.name;
  const incumbent = contenders.find(({ recording }) => recording.names[0] === own)?.name ?? contenders[0]!.name;
  const bar = (milliseconds[incumbent] ?? Number.POSITIVE_INFINITY) * (1 - (options.margin ?? 0.05));
  const faster = [...counts.keys()].filter(({ name }) => milliseconds[name]! < bar);
  const best = faster.sort((a, b) => milliseconds[a.name]! - milliseconds[b.name]!)[0];
  return { key: choiceKey(op, context), chosen: best?.name ?? incumbent, candidates: candidatesOf(op, context), milliseconds };
}

/**
 * Measures every op of a training step that has more than one kernel, each variant first checked against the readable one on this device,
 * and returns the choices to pass to `TrainingStep.compile`. Costs seconds; off unless asked for. Keep the choices with the run: another
 * variant adds in another order, and so gives other bits.
 */
export async function tuneStep(device: Device, training: TrainingOptions, options: TuneOptions = {}): Promise<Choices> {
  const { models } = training.parameters;
  const choices: Record<string, string> = { ...options.pinned };
  for (const node of trainingNodes(device, training)) {
    const problem = problemOf(device, node, models);
    const key = problem && choiceKey(problem.op, problem.context);
    if (!key || choices[key] !== undefined) continue;
    const known = options.known?.[key];
    if (known?.candidates === candidatesOf(problem.op, problem.context)) {
      choices[key] = known.chosen;
      continue;
    }
    const result = await tuneProblem(device, problem.op, problem.context, problem.specs, options);
    choices[result.key] = result.chosen;
    options.onResult?.(result);
  }
  return choices;
}

function problemOf(device: Device, { op, inputs, outputs, attrs }: GraphNode, models: number) {
  if (op === 'reshape' || ops[op].variants.length < 2) return undefined;
  const { traits } = device;
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
  const specs = ops[op].infer(shapes, attrs, traits);
  const tensors = Object.fromEntries(
    Object.entries({ ...inputs, ...outputs }).map(([name, { shape, storage }]) => {
      const size = specs[name] ? outputSize(specs[name]) : numel(shape);
      return [name, { shape, dtype: storage.dtype, modelStride: models === 1 ? 0 : size }];
    }),
  );
  const context: LowerContext = { attrs, models, traits, tensors };
  return { op, context, specs };
}
