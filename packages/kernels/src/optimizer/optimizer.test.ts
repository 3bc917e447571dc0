import { paramFields } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { compare } from '../testing/compare.js';
import { generator, uniform } from '../testing/draw.js';
import { Guarded } from '../testing/guarded.js';
import { optimizerTolerance } from '../testing/tolerance.js';
import { type ArenaEntry, BLOCK, blockTable } from './blocks.js';
import { adamProgram, gradNormProgram, type OptimizerProblem, sgdProgram, squaresSize } from './descriptor.js';

const kinds = await testAdapters();

/** lr and beta1 (SGD: momentum) of one step, and the step's number from 1. */
interface Plan {
  readonly lr: number;
  readonly beta1: number;
  readonly step: number;
}

/** Which optimizer, and what it adds to plain Adam or plain SGD with momentum. */
interface Rule {
  readonly kind: 'adam' | 'sgd';
  readonly weightDecay?: number;
  readonly decoupled?: boolean;
  readonly nesterov?: boolean;
}
const [beta2, eps] = [Math.fround(0.999), Math.fround(1e-8)];

interface Model {
  readonly weights: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** torch.nn.utils.clip_grad_norm_, then torch.optim.Adam, AdamW or SGD in f64 for one model; returns the norm before clipping. */
function torchStep({ weights, first, second }: Model, grads: Float64Array, plan: Plan, clip: number | undefined, rule: Rule): number {
  const norm = Math.hypot(...grads);
  const factor = clip === undefined ? 1 : Math.min(1, clip / (norm + 1e-6));
  const decay = Math.fround(rule.weightDecay ?? 0);
  grads.forEach((raw, i) => {
    const grad = raw * factor + (rule.decoupled ? 0 : decay * weights[i]!);
    if (rule.kind === 'sgd') {
      // torch's first step sets the buffer to the gradient, which 0 · momentum + gradient also does.
      first[i] = plan.beta1 * first[i]! + grad;
      weights[i]! -= plan.lr * (rule.nesterov ? grad + plan.beta1 * first[i]! : first[i]!);
      return;
    }
    if (rule.decoupled) weights[i]! *= 1 - plan.lr * decay;
    first[i] = plan.beta1 * first[i]! + (1 - plan.beta1) * grad;
    second[i] = beta2 * second[i]! + (1 - beta2) * grad * grad;
    const denominator = Math.sqrt(second[i]!) / Math.sqrt(1 - beta2 ** plan.step) + eps;
    weights[i]! -= ((plan.lr / (1 - plan.beta1 ** plan.step)) * first[i]!) / denominator;
  });
  return norm;
}

/** Parameters of awkward sizes one after another in whole blocks; each one's gradients [models, parts, size], without gaps. */
function layout(
  models: number,
  sizes: readonly [size: number, parts: number][],
): { entries: ArenaEntry[]; parameters: number; gradients: number } {
  let [parameters, gradients] = [0, 0];
  const entries = sizes.map(([size, parts]) => {
    const entry = { offset: parameters, size, gradOffset: gradients, gradStride: parts * size, parts };
    parameters += Math.ceil(size / BLOCK) * BLOCK;
    gradients += models * parts * size;
    return entry;
  });
  return { entries, parameters, gradients };
}

const small: [number, number][] = [
  [1, 1],
  [63, 3],
  [64, 3],
  [65, 1],
  [200, 3],
];
interface Case {
  readonly name: string;
  readonly rule?: Rule;
  readonly sizes: [number, number][];
  readonly clip: number | undefined;
  readonly schedulePerModel: boolean;
  readonly gradScale: number;
}
const cases: Case[] = [
  { name: 'without clipping', sizes: small, clip: undefined, schedulePerModel: false, gradScale: 1 },
  { name: 'with clipping that binds', sizes: small, clip: 1, schedulePerModel: true, gradScale: 3 },
  { name: 'with clipping that does not', sizes: small, clip: 1, schedulePerModel: false, gradScale: 1e-3 },
  {
    name: 'with more blocks than workgroups',
    sizes: [
      [64 * 300 + 7, 3],
      [5, 1],
    ] as [number, number][],
    clip: 2,
    schedulePerModel: true,
    gradScale: 1,
  },
  ...Object.entries<Rule>({
    'with weight decay': { kind: 'adam', weightDecay: 0.1 },
    'as AdamW': { kind: 'adam', weightDecay: 0.1, decoupled: true },
    'as SGD with momentum': { kind: 'sgd' },
    'as SGD with weight decay': { kind: 'sgd', weightDecay: 0.1 },
    'as SGD with Nesterov momentum and weight decay': { kind: 'sgd', weightDecay: 0.1, nesterov: true },
  }).flatMap(([name, rule]) => [
    { name, rule, sizes: small, clip: undefined, schedulePerModel: false, gradScale: 1 },
    { name: `${name} and clipping`, rule, sizes: small, clip: 1, schedulePerModel: true, gradScale: 3 },
  ]),
];

describe.each(kinds)('optimizer on %s', (kind) => {
  it.each(cases)('follows torch.optim.Adam $name', async ({ name, rule = { kind: 'adam' }, sizes, clip, schedulePerModel, gradScale }) => {
    const device = await testDevice(kind);
    const random = generator(`optimizer ${name}`);
    // More steps than the schedule has rows (the last row goes on) and than the history holds (it wraps); rows with a gap between models.
    const [models, steps, taken, capacity, rows, rowsStride] = [2, 4, 5, 3, 5, 8];
    const { entries, parameters, gradients } = layout(models, sizes);
    const problem: OptimizerProblem = {
      models,
      blocks: parameters / BLOCK,
      parametersStride: parameters,
      rows,
      rowsStride,
      steps,
      schedulePerModel,
      capacity,
      clip,
    };
    const { kind: family, ...extra } = rule;
    const update = family === 'sgd' ? sgdProgram({ ...problem, ...extra }) : adamProgram({ ...problem, ...extra, beta2, eps });
    const plans = Array.from({ length: schedulePerModel ? models : 1 }, (_, model) =>
      Array.from({ length: steps }, (_, t) => ({
        lr: Math.fround(1e-3 * (t + 1 + model)),
        beta1: Math.fround(0.95 - 0.02 * t),
        step: t + 1,
      })),
    );
    const schedule = plans.flat().flatMap(({ lr, beta1, step }) => [lr, beta1, 1 - beta1 ** step, 1 - beta2 ** step]);

    // Padding between parameters holds 7s that nobody may touch.
    const moments = new Float32Array(models * parameters).fill(7);
    const weights = moments.slice();
    const reference: Model[] = Array.from({ length: models }, (_, model) => {
      const own = entries.flatMap(({ offset, size }) => {
        const values = uniform([size], random);
        weights.set(values, model * parameters + offset);
        moments.fill(0, model * parameters + offset, model * parameters + offset + size);
        return [...values];
      });
      return { weights: Float64Array.from(own), first: new Float64Array(own.length), second: new Float64Array(own.length) };
    });
    const buffers = {
      blocks: new Guarded(device, 'blocks', blockTable(entries)),
      grads: new Guarded(device, 'grads', new Float32Array(gradients)),
      schedule: new Guarded(device, 'schedule', Float32Array.from(schedule)),
      squares: new Guarded(device, 'squares', models * squaresSize(problem)),
      loss: new Guarded(device, 'loss', new Float32Array(models * rowsStride)),
      arena: new Guarded(device, 'arena', Float32Array.of(...weights, ...moments, ...moments)),
      history: new Guarded(device, 'history', models * capacity * 4),
      state: new Guarded(device, 'state', Uint32Array.of(0, 0)),
    };
    const resources = Object.fromEntries(Object.entries(buffers).map(([key, buffer]) => [key, buffer.resource]));
    const history = Array.from({ length: models * capacity }, () => [0, 0, 0, 0]);

    for (let t = 0; t < taken; t++) {
      const grads = uniform([gradients], random, gradScale);
      const loss = uniform([models * rowsStride], random);
      buffers.grads.write(grads);
      buffers.loss.write(loss);
      if (clip !== undefined) device.run(gradNormProgram(problem), resources);
      device.run(update, resources);
      expect([...(await buffers.state.bits())]).toEqual([t + 1, 0]);
      for (let model = 0; model < models; model++) {
        const plan = plans[schedulePerModel ? model : 0]![Math.min(t, steps - 1)]!;
        const summed = entries.flatMap(({ size, gradOffset, gradStride, parts }) =>
          Array.from({ length: size }, (_, i) => {
            let sum = 0;
            for (let part = 0; part < parts; part++) sum += grads[gradOffset + model * gradStride + part * size + i]!;
            return sum;
          }),
        );
        const norm = torchStep(reference[model]!, Float64Array.from(summed), plan, clip, rule);
        const mean = loss.subarray(model * rowsStride, model * rowsStride + rows).reduce((sum, value) => sum + value, 0) / rows;
        history[model * capacity + (t % capacity)] = [mean, clip === undefined ? -1 : norm, plan.lr, 0];
      }
    }

    const arena = await buffers.arena.floats();
    for (let model = 0; model < models; model++) {
      (['weights', 'first', 'second'] as const).forEach((part, index) => {
        const own = arena.subarray((index * models + model) * parameters, (index * models + model + 1) * parameters);
        const found = entries.flatMap(({ offset, size }) => [...own.subarray(offset, offset + size)]);
        compare(`adam ${name} on ${kind}: ${part} of model ${model}`, found, reference[model]![part], [found.length], optimizerTolerance);
        for (const { offset, size } of entries) {
          const padding = own.subarray(offset + size, offset + Math.ceil(size / BLOCK) * BLOCK);
          expect(padding.every((value) => value === 7)).toBe(true);
        }
      });
    }
    compare(`adam ${name} on ${kind}: history`, await buffers.history.floats(), history.flat(), [models, capacity, 4], optimizerTolerance);
    for (const buffer of Object.values(buffers)) buffer.destroy();
  });
});

it('takes 1 − beta2 from the host, because the difference of two f32 numbers near 1 is off by 1e-5 of its value', () => {
  const program = adamProgram({
    models: 1,
    blocks: 1,
    parametersStride: 64,
    rows: 1,
    rowsStride: 0,
    steps: 1,
    schedulePerModel: false,
    capacity: 1,
    beta2: 0.999,
    eps: 1e-8,
  });
  const at = paramFields(program.sources[0]!).findIndex(({ name }) => name === 'fresh');
  expect(new DataView(program.params!.buffer).getFloat32(4 * at, true)).toBe(Math.fround(0.001));
});
