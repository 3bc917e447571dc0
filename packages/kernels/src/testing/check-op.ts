import { decodeF16, encodeF16, formatShape, type Shape } from '@kindling/core';
import type { Device } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import type { Attrs } from '../op.js';
import type { ReferenceTensor } from '../reference.js';
import { references } from '../references.js';
import { gradients, type OpName, ops } from '../registry.js';
import { quadRefusal } from '../variant.js';
import { compare, compareBits } from './compare.js';
import { type Differences, differences } from './differences.js';
import { generator, uniform } from './draw.js';
import { asStored, dtypeOf, runOp, type Tensor, type Tensors, variantsFor } from './run-op.js';
import { type Played, Tape } from './tape.js';
import { exact, gradientToleranceOf, type Tolerance, toleranceOf } from './tolerance.js';

/** Shapes of the inputs that are there, and attributes. */
export interface Problem {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly attrs?: Attrs;
}

export interface OpCheck {
  /** Problems that are always checked, e.g. one for every variant. */
  readonly always?: readonly Problem[];
  /** More of them at random. */
  readonly problems?: fc.Arbitrary<Problem>;
  readonly runs?: number;
  /** Values of one input; ±1 by default. */
  draw?(name: string, problem: Problem, random: () => number): Float32Array | Uint32Array;
  /** Whether no pool or ReLU is near its kink; inputs are drawn again until it holds. */
  settled?(inputs: Readonly<Record<string, ReferenceTensor>>, attrs: Attrs): boolean;
  /** Gradient coming into the first output; ±1 by default. */
  dy?(shape: Shape, random: () => number): Float32Array;
}

const MODELS = 3;
const exactly = (tensor: Tensor): ReferenceTensor => ({ shape: tensor.shape, data: Float64Array.from(tensor.data) });
const exactInputs = (inputs: Tensors) => Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, exactly(tensor)]));

function drawInputs(op: OpName, check: OpCheck, problem: Problem, random: () => number): Tensors {
  for (let attempt = 0; attempt < 500; attempt++) {
    const drawn = Object.fromEntries(
      Object.entries(problem.shapes).map(([name, shape]) => [
        name,
        { shape, data: check.draw?.(name, problem, random) ?? uniform(shape, random) },
      ]),
    );
    const inputs = asStored(op, drawn, problem.attrs ?? {});
    if (check.settled?.(exactInputs(inputs), problem.attrs ?? {}) ?? true) return inputs;
  }
  throw new Error(`${op}: 500 draws of ${JSON.stringify(problem)} were all near a kink; use a smaller shape`);
}

/** The block of one model: the values moved along, so that labels and taps stay valid, and f32 scaled, so that one value differs too. */
function blockOf(data: Tensor['data'], model: number): Tensor['data'] {
  const moved = data.map((_, i) => data[(i + 5 * model) % data.length]!);
  return moved instanceof Uint32Array ? moved : moved.map((value) => value * (1 - 0.25 * model));
}

/** Several models in one launch: per-model and shared inputs, each model bit-identical to its run alone. */
async function checkModels(device: Device, { op, inputs, attrs, variant, results }: Played, random: () => number): Promise<void> {
  const shared = Object.keys(inputs).filter(() => random() < 0.4);
  const block = (name: string, model: number) => blockOf(inputs[name]!.data, shared.includes(name) ? 0 : model);
  const all = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, data }]) => {
      if (shared.includes(name)) return [name, { shape, data }];
      const blocks = Array.from({ length: MODELS }, (_, model) => [...block(name, model)]).flat();
      return [name, { shape, data: data instanceof Uint32Array ? Uint32Array.from(blocks) : Float32Array.from(blocks) }];
    }),
  );
  if (!variantsFor(device, op, { inputs: all, attrs, models: MODELS }).includes(variant)) return;
  const together = await runOp(device, op, { inputs: all, attrs, models: MODELS, variant });
  for (let model = 0; model < MODELS; model++) {
    const own = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, { shape, data: block(name, model) }]));
    const alone = model === 0 ? results : await runOp(device, op, { inputs: own, attrs, variant });
    for (const [name, { bits }] of Object.entries(alone)) {
      const what = `${op}.${variant} on ${device.info.name}: ${name} of model ${model} of ${MODELS} (shared: ${shared.join(', ') || 'none'})`;
      compareBits(what, together[name]!.bits.slice(model * bits.length, (model + 1) * bits.length), bits);
    }
  }
}

function compareGradient(
  what: string,
  tolerance: Tolerance,
  shape: Shape,
  got: Float64Array,
  { entries, values, along }: Differences,
): void {
  const picked = Float64Array.from(entries, (entry) => got[entry]!);
  compare(what, picked, values, along ? [entries.length] : shape, tolerance);
  if (!along) return;
  // A sum with random signs: its error is that of √size elements of the gradient's typical size.
  const size = Math.hypot(...got);
  const slope = got.reduce((sum, value, i) => sum + value * along.direction[i]!, 0);
  compare(`${what} along a direction`, [slope, size], [along.value, size], [2], { atol: Math.max(1e-6, tolerance.rtol), rtol: 0 });
}

/** An adapter without f16 must say so. */
function requireRefused(op: OpName, { shapes, attrs = {} }: Problem, { info, traits }: Device): void {
  try {
    ops[op].infer(shapes, attrs, traits);
  } catch (error) {
    if (/without the feature shader-f16/.test((error as Error).message)) return;
    throw error;
  }
  throw new Error(`${op}: took f16 storage on ${info.name}, which lacks shader-f16`);
}

async function checkProblem(op: OpName, check: OpCheck, problem: Problem, seen: Set<string>): Promise<void> {
  const random = generator(op + JSON.stringify(problem));
  const attrs = problem.attrs ?? {};
  const inputs = drawInputs(op, check, problem, random);
  const wanted = references[op]!({ inputs: exactInputs(inputs), attrs });

  const tape = new Tape();
  const refs = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, tape.input(tensor, dtypeOf(op, name, attrs, tensor.data))]),
  );
  const outputs = tape.emit(op, refs, attrs);
  const [output] = ops[op].outputs as [string];
  const { shape, dtype } = outputs[output]!;
  const incoming = check.dy?.(shape, random) ?? uniform(shape, random);
  const dy = { shape, data: dtype === 'f16' ? decodeF16(encodeF16(incoming)) : incoming };
  const grads = gradients[op] === 'none' ? {} : tape.gradient(op, outputs, { [output]: tape.input(dy, dtype === 'u32' ? 'f32' : dtype) });
  const half = [...Object.values(refs), ...Object.values(outputs)].some((ref) => ref.dtype === 'f16');
  const slopes = Object.fromEntries(
    Object.keys(grads).map((name) => [
      name,
      differences(references[op]!, exactInputs(inputs), attrs, { name, output, dy: exactly(dy).data, random }),
    ]),
  );

  for (const kind of await testAdapters()) {
    const device = await testDevice(kind);
    if (half && !device.traits.features.includes('shader-f16')) {
      requireRefused(op, problem, device);
      continue;
    }
    // The first pass tells which variants there are; the default one comes first.
    const pending = [ops[op].variants[0]!];
    for (const variant of pending) {
      const { value, played, variants } = await tape.play(device, variant);
      for (const name of variants) if (!pending.includes(name)) pending.push(name);
      for (const step of played) {
        seen.add(`${kind}: ${step.op}.${step.variant}`);
        if (variant === pending[0] || step.variant === variant) await checkModels(device, step, random);
      }
      for (const [name, want] of Object.entries(wanted)) {
        const { shape, sum, data } = value(outputs[name]!);
        const tolerance = data instanceof Uint32Array ? exact : toleranceOf(op, outputs[name]!.dtype);
        compare(`${op}.${variant} on ${kind}: ${name}`, sum, want, shape, tolerance);
      }
      for (const [name, slope] of Object.entries(slopes)) {
        const { sum } = value(grads[name]!);
        compareGradient(
          `${op}.${variant} on ${kind}: d${name}`,
          gradientToleranceOf(op, grads[name]!.dtype),
          refs[name]!.shape,
          sum,
          slope,
        );
      }
    }
  }
}

/**
 * Checks an op on every adapter: outputs of every variant that fits against the f64 reference, gradients by the op's rule against central
 * differences of that reference, and several models at once against each alone.
 * @throws where one does not hold, or where a variant of the op or of its gradient ops never ran on an adapter that could.
 */
export async function checkOp(op: OpName, check: OpCheck): Promise<void> {
  const seen = new Set<string>();
  const checked = async (problem: Problem): Promise<void> => {
    try {
      await checkProblem(op, check, problem, seen);
    } catch (error) {
      const shapes = Object.entries(problem.shapes).map(([name, shape]) => `${name} ${formatShape(shape)}`);
      throw new Error(`${(error as Error).message}\nwith ${shapes.join(', ')}, ${JSON.stringify(problem.attrs ?? {})}`, { cause: error });
    }
  };
  for (const problem of check.always ?? []) await checked(problem);
  if (check.problems) {
    const options = { numRuns: check.runs ?? 6, seed: 20261121, endOnFailure: true };
    await fc.assert(fc.asyncProperty(check.problems, checked), options);
  }
  for (const kind of await testAdapters()) {
    const { traits } = await testDevice(kind);
    const names = new Set(
      [...seen].filter((name) => name.startsWith(`${kind}: `)).map((name) => name.slice(kind.length + 2).split('.')[0]!),
    );
    const subgroups = traits.features.includes('subgroups');
    for (const name of names) {
      const missed = ops[name as OpName].variants.filter(
        (variant) =>
          !seen.has(`${kind}: ${name}.${variant}`) &&
          (variant !== 'subgroup8' || traits.subgroupSize >= 8) &&
          (!/^wide$|swap$/.test(variant) || !quadRefusal(traits)) &&
          (!variant.startsWith('matrix') || traits.features.includes('chromium-experimental-subgroup-matrix')) &&
          (!variant.endsWith('_f16') || traits.features.includes('shader-f16')),
      );
      if (missed.length > 0 && subgroups) throw new Error(`${name} on ${kind}: no problem ran the variant ${missed.join(', ')}`);
    }
  }
}
