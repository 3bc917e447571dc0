import {
  accessOf,
  type BufferSpec,
  coreTraits,
  InputError,
  numel,
  type Pass,
  type Plan,
  requireTraits,
  type Shape,
  type TensorSpec,
  type Traits,
} from '@kindling/core';
import { type ArenaEntry, BLOCK, BLOCK_WORDS, blockTable } from '../optimizer/blocks.js';
import { adamProgram, gradNormProgram, type OptimizerProblem, sgdProgram, squaresSize } from '../optimizer/descriptor.js';
import { requireSizes } from './op.js';

export interface OptimizerOptions {
  /** torch.optim.Adam (default), AdamW, or SGD without dampening. */
  readonly kind?: 'adam' | 'adamw' | 'sgd';
  /** By name, in the order in which they lie in the arena; `parts` as the gradient's plan says. */
  readonly parameters: Readonly<Record<string, Shape | { readonly shape: Shape; readonly parts?: number | undefined }>>;
  /** One for all steps, or one a step, of which the last one goes on. */
  readonly learningRate: number | readonly number[];
  /** Default .9; ignored by SGD. */
  readonly beta1?: number;
  /** Default .999; ignored by SGD. */
  readonly beta2?: number;
  /** Default 1e-8; ignored by SGD. */
  readonly eps?: number;
  /** SGD's, default 0. */
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** Default 0, for AdamW .01. */
  readonly weightDecay?: number;
  /** Largest L2 norm of all gradients together; no clipping by default. */
  readonly clip?: number;
  /** N, values a model in the tensor `loss`, whose mean goes into the history. */
  readonly lossRows: number;
  /** Steps that the history holds before it begins again; 1 by default. */
  readonly capacity?: number;
  /** M; 1 by default. */
  readonly models?: number;
  readonly traits?: Traits;
}

/** Where a parameter lies, in bytes: multiples of 256, so that kernels can bind it there. */
export interface ParameterPlace {
  readonly shape: Shape;
  /** Of one model. */
  readonly bytes: number;
  /** In `arena`: bind `{ buffer: arena, offset }` as a weight. With more models the stride is the plan's `stride`. */
  readonly offset: number;
  /** In `grads`: bind `{ buffer: grads, offset: gradOffset }` as the gradient's output. */
  readonly gradOffset: number;
  /** Elements from one model's gradient to the next. */
  readonly gradStride: number;
}

/**
 * One step of an optimizer over all parameters. Tensors: `arena` f32 [3,M,P] (weights, then both moments, zeros at first), `grads` f32, `loss` f32
 * [M,lossRows], `state` u32 [2] (state[0] is the step, which the dispatch raises; state[1] stays 0), `history` f32 [M,capacity,4] (mean loss,
 * gradient norm or −1, learning rate, 0). Clipping adds the parts of `grads` in place.
 */
export interface OptimizerPlan extends Plan {
  readonly parameters: Readonly<Record<string, ParameterPlace>>;
  /** P: elements from one model's weights to the next. */
  readonly stride: number;
}

const refuse = (field: string, got: string, expected: string, next: string): never => {
  throw new InputError({ subject: `planOptimizer: ${field}`, got, expected, next });
};

const kinds = ['adam', 'adamw', 'sgd'];
const fields = 'kind parameters learningRate beta1 beta2 eps momentum nesterov weightDecay clip lossRows capacity models traits'.split(' ');

function check(options: OptimizerOptions): void {
  const odd = Object.keys(options).find((name) => !fields.includes(name));
  if (odd) refuse(odd, 'an option that there is not', fields.join(', '), 'correct its name or leave it out');
  const { kind = 'adam', traits } = options;
  if (!kinds.includes(kind)) refuse('kind', JSON.stringify(kind), kinds.join(', '), 'choose one of them');
  requireTraits('planOptimizer', traits);
  const { parameters, learningRate, momentum = 0, nesterov = false, clip, weightDecay = 0, lossRows, capacity = 1, models = 1 } = options;
  const rates = [learningRate].flat();
  if (Object.keys(parameters ?? {}).length === 0) refuse('parameters', 'none', 'at least one', 'name what is trained');
  if (rates.length === 0 || !rates.every((rate) => Number.isFinite(rate))) {
    refuse('learningRate', String(learningRate), 'a finite number, or at least one', 'correct the schedule');
  }
  for (const [field, beta] of Object.entries({ beta1: options.beta1 ?? 0.9, beta2: options.beta2 ?? 0.999 })) {
    if (!(beta >= 0 && beta < 1)) refuse(field, String(beta), 'a number from 0, below 1', 'correct it');
  }
  for (const [field, value] of Object.entries({ lossRows, capacity, models })) {
    if (!(Number.isInteger(value) && value >= 1)) refuse(field, String(value), 'a whole number from 1', 'correct it');
  }
  if (clip !== undefined && !(clip > 0)) refuse('clip', String(clip), 'a norm above 0', 'leave it out for no clipping');
  if (!(weightDecay >= 0)) refuse('weightDecay', String(weightDecay), 'a number from 0', 'leave it out for none');
  if (!(momentum < 1 && (momentum > 0 || (momentum === 0 && !nesterov)))) {
    refuse('momentum', `${momentum}${nesterov ? ' with nesterov' : ''}`, 'a number from 0, below 1, above 0 for nesterov', 'correct it');
  }
}

/** Steps after which 1 − βᵗ is 1 in f32, so that a constant learning rate needs no more rows. */
const settled = (beta: number): number => (beta > 0 ? Math.ceil(Math.log(2 ** -25) / Math.log(beta)) : 1);

/** Rows [lr, beta1, 1 − beta1ᵗ, 1 − beta2ᵗ], or SGD's [lr, momentum, 0, 0], computed in f64: WGSL's own pow is too coarse. */
function scheduleOf({ kind, learningRate, momentum = 0, beta1 = 0.9, beta2 = 0.999 }: OptimizerOptions): Float32Array<ArrayBuffer> {
  const adam = kind !== 'sgd';
  const rates = [learningRate].flat();
  const steps = Math.max(rates.length, adam ? settled(Math.max(beta1, beta2)) : 1);
  const rows = new Float32Array(4 * steps);
  for (let step = 0; step < steps; step++) {
    const rate = rates[Math.min(step, rates.length - 1)]!;
    rows.set(adam ? [rate, beta1, 1 - beta1 ** (step + 1), 1 - beta2 ** (step + 1)] : [rate, momentum], 4 * step);
  }
  return rows;
}

/** Places of all parameters, each in whole blocks of 64 elements, in both arenas. */
function layout({ parameters, models = 1 }: OptimizerOptions) {
  const places: Record<string, ParameterPlace> = {};
  const entries: ArenaEntry[] = [];
  let [offset, gradOffset] = [0, 0];
  for (const [name, parameter] of Object.entries(parameters)) {
    const { shape, parts = 1 } = typeof parameter === 'object' && 'shape' in parameter ? parameter : { shape: parameter as Shape };
    requireSizes(`planOptimizer: parameters.${name}`, shape);
    const size = numel(shape);
    if (!(Number.isInteger(size) && size >= 1))
      refuse(`parameters.${name}`, `shape [${shape.join(', ')}]`, 'whole positive sizes', 'correct it');
    const gradStride = Math.ceil((parts * size) / BLOCK) * BLOCK;
    entries.push({ offset, size, gradOffset, gradStride, parts });
    places[name] = { shape, bytes: 4 * size, offset: 4 * offset, gradOffset: 4 * gradOffset, gradStride };
    offset += Math.ceil(size / BLOCK) * BLOCK;
    gradOffset += models * gradStride;
  }
  return { places, entries, stride: offset, gradients: gradOffset };
}

/**
 * Plans one optimizer step: one dispatch, or two with clipping.
 * @throws InputError naming the option
 */
export function planOptimizer(options: OptimizerOptions): OptimizerPlan {
  check(options);
  const {
    kind = 'adam',
    models = 1,
    traits = coreTraits,
    lossRows,
    capacity = 1,
    clip,
    beta2 = 0.999,
    eps = 1e-8,
    nesterov = false,
  } = options;
  const { places, entries, stride, gradients } = layout(options);
  const table = blockTable(entries);
  const schedule = scheduleOf(options);
  const problem: OptimizerProblem = {
    software: traits.software,
    models,
    blocks: table.length / BLOCK_WORDS,
    parametersStride: stride,
    rows: lossRows,
    rowsStride: lossRows,
    steps: schedule.length / 4,
    schedulePerModel: false,
    capacity,
    clip,
    weightDecay: options.weightDecay ?? (kind === 'adamw' ? 0.01 : 0),
  };
  const update =
    kind === 'sgd' ? sgdProgram({ ...problem, nesterov }) : adamProgram({ ...problem, beta2, eps, decoupled: kind === 'adamw' });
  const pass = (program: Pass['program']): Pass => ({
    program,
    resources: Object.fromEntries(program.bindings.filter(({ access }) => access !== 'uniform').map(({ name }) => [name, name])),
  });
  const passes = clip === undefined ? [pass(update)] : [pass(gradNormProgram(problem)), pass(update)];
  const tensor = (name: string, shape: Shape, dtype: TensorSpec['dtype'] = 'f32'): TensorSpec => ({
    name,
    bytes: 4 * numel(shape),
    access: accessOf(passes, name) ?? 'read',
    dtype,
    shape,
  });
  const constant = (name: string, { buffer, byteLength }: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): BufferSpec => ({
    name,
    bytes: byteLength,
    data: new Uint8Array(buffer),
  });
  return {
    parameters: places,
    stride,
    passes,
    tensors: [
      tensor('arena', [3, models, stride]),
      tensor('grads', [gradients]),
      tensor('loss', [models, lossRows]),
      tensor('state', [2], 'u32'),
      tensor('history', [models, capacity, 4]),
    ],
    buffers: [constant('blocks', table), constant('schedule', schedule), { name: 'squares', bytes: 4 * models * squaresSize(problem) }],
  };
}
