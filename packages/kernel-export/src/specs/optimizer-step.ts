import { type ArenaEntry, BLOCK, blockTable } from '@kindling/kernels';
import type { Random } from '../random.js';
import type { Problem, Settings, Values } from '../spec.js';

/** Parameters of awkward sizes, and the parts that their gradients come in. */
export const sizes: readonly (readonly [size: number, parts: number])[] = [
  [1, 1],
  [63, 3],
  [65, 1],
  [200, 2],
];

/** Parameters one after another in whole blocks, each one's gradients [models, parts, size] without gaps. */
export function layout(
  models: number,
  parameters: readonly (readonly [number, number])[],
): { entries: ArenaEntry[]; length: number; grads: number } {
  let [length, grads] = [0, 0];
  const entries = parameters.map(([size, parts]) => {
    const entry = { offset: length, size, gradOffset: grads, gradStride: parts * size, parts };
    length += Math.ceil(size / BLOCK) * BLOCK;
    grads += models * parts * size;
    return entry;
  });
  return { entries, length, grads };
}

export const MODELS = 2;
export const optimizerProblem = (
  settings: Settings,
  models: number,
  parameters: readonly (readonly [number, number])[] = sizes,
): Problem => {
  const { length, grads } = layout(models, parameters);
  return {
    shapes: {
      blocks: [length / BLOCK, 5],
      grads: [grads],
      schedule: [settings.schedulePerModel ? models : 1, 4, 4],
      squares: [models, Math.min(32, length / BLOCK)],
      loss: [models, 8],
      arena: [3, models, length],
      history: [models, 3, 4],
      state: [2],
    },
    settings: { rows: 5, ...settings },
  };
};

interface Step {
  readonly lr: number;
  readonly beta1: number;
  readonly first: number;
  readonly second: number;
}
/** New weight and moments of one parameter. */
export type Update = (
  weight: number,
  moments: readonly [number, number],
  grad: number,
  step: Step,
  settings: Settings,
) => readonly [number, number, number];

/** torch.optim.Adam, or AdamW with decoupled. */
export const adam: Update = (weight, [m, v], raw, { lr, beta1, first, second }, settings) => {
  const beta2 = Math.fround(Number(settings.beta2));
  const decay = Math.fround(Number(settings.weightDecay ?? 0));
  const grad = raw + (settings.decoupled ? 0 : decay * weight);
  const moved = beta1 * m + (1 - beta1) * grad;
  const spread = beta2 * v + (1 - beta2) * grad * grad;
  const kept = settings.decoupled ? weight * (1 - lr * decay) : weight;
  return [kept - ((lr / first) * moved) / (Math.sqrt(spread) / Math.sqrt(second) + Math.fround(Number(settings.eps))), moved, spread];
};
/** torch.optim.SGD without dampening. */
export const sgd: Update = (weight, [velocity, rest], raw, { lr, beta1 }, settings) => {
  const grad = raw + Math.fround(Number(settings.weightDecay ?? 0)) * weight;
  const moved = beta1 * velocity + grad;
  return [weight - lr * (settings.nesterov ? grad + beta1 * moved : moved), moved, rest];
};

/** One step in f64: the sum of the parts, the clip of torch.nn.utils.clip_grad_norm_, the update, loss history and step. */
export function stepped(
  update: Update,
  { settings, shapes }: Problem,
  models: number,
  random: Random,
): { inputs: Values; outputs: Values } {
  const { entries, length, grads: total } = layout(models, sizesOf(shapes));
  const clip = Math.fround(Number(settings.clip ?? 0));
  const draws = (count: number, scale = 1): Float64Array =>
    Float64Array.from({ length: count }, () => Math.fround(scale * (2 * random.unit() - 1)));
  const step = 2;
  const plans = Array.from({ length: settings.schedulePerModel ? models : 1 }, (_, m) =>
    [0, 1, 2, 3].map(
      (t): Step => ({
        lr: Math.fround(1e-3 * (t + 1 + m)),
        beta1: Math.fround(0.9 - 0.02 * t),
        first: Math.fround(1 - 0.9 ** (t + 1)),
        second: Math.fround(1 - 0.999 ** (t + 1)),
      }),
    ),
  );
  const grads = draws(total);
  const arena = draws(3 * models * length);
  // Second moments are never negative.
  for (let i = 2 * models * length; i < arena.length; i++) arena[i] = Math.abs(arena[i]!);
  const loss = draws(models * shapes.loss![1]!);
  const history = new Float64Array(models * 12);
  const groups = shapes.squares![1]!;
  const squares = draws(models * groups).map(Math.abs);
  const [after, past] = [arena.slice(), history.slice()];
  for (let m = 0; m < models; m++) {
    const plan = plans[settings.schedulePerModel ? m : 0]![step]!;
    const norm = Math.sqrt(squares.subarray(m * groups, (m + 1) * groups).reduce((a, b) => a + b, 0));
    const factor = clip > 0 ? Math.min(1, clip / (norm + 1e-6)) : 1;
    for (const { offset, size, gradOffset, gradStride, parts } of entries)
      for (let i = 0; i < size; i++) {
        let grad = 0;
        // grad_norm has left the sum in the first part where something clips.
        for (let part = 0; part < (clip > 0 ? 1 : parts); part++) grad += grads[gradOffset + m * gradStride + part * size + i]!;
        const places = [0, 1, 2].map((copy) => (copy * models + m) * length + offset + i);
        const [weight, first, second] = places.map((at) => arena[at]!) as [number, number, number];
        const found = update(weight, [first, second], grad * factor, plan, settings);
        places.forEach((at, copy) => {
          after[at] = found[copy]!;
        });
      }
    const rows = Number(settings.rows);
    const mean =
      loss
        .subarray(m * shapes.loss![1]!)
        .slice(0, rows)
        .reduce((a, b) => a + b, 0) / rows;
    past.set([mean, clip > 0 ? norm : -1, plan.lr, 0], (m * 3 + (step % 3)) * 4);
  }
  const schedule = Float64Array.from(plans.flat().flatMap(({ lr, beta1, first, second }) => [lr, beta1, first, second]));
  return {
    inputs: {
      blocks: Float64Array.from(blockTable(entries)),
      grads,
      schedule,
      squares,
      loss,
      arena,
      history,
      state: Float64Array.of(step, 0),
    },
    outputs: { arena: after, history: past, state: Float64Array.of(step + 1, 0) },
  };
}
export const BENCHED: readonly (readonly [number, number])[] = [[100_000, 4]];
export const sizesOf = (shapes: Problem['shapes']) => (shapes.blocks![0]! > 100 ? BENCHED : sizes);
