import { defineProgram, foldWorkgroups, formatShape, InputError, numel, requirePositive, requireShape, type Shape } from '@kindling/core';
import exchange from '@kindling/shaders/topk/exchange';
import grad from '@kindling/shaders/topk/grad';
import keysText from '@kindling/shaders/topk/keys';
import local from '@kindling/shaders/topk/local';
import take from '@kindling/shaders/topk/take';
import takeIndex from '@kindling/shaders/topk/take_index';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type Launch, type LowerContext } from '../op.js';

/** Pairs that topk/local.wgsl keeps in workgroup memory. */
const BLOCK = 1024;

export interface TopkAttrs extends Attrs {
  readonly k: number;
  /** False takes the smallest. */
  readonly largest: boolean;
}

export interface ArgsortAttrs extends Attrs {
  readonly descending: boolean;
}

function requireRows(name: string, x: Shape): { n: number; rows: number; padded: number; scratch: Shape } {
  requirePositive(name, 'x', x);
  const n = x[x.length - 1];
  if (n === undefined) {
    throw new InputError({ subject: name, got: 'x of shape []', expected: 'at least one axis', next: 'reshape x to [1]' });
  }
  const padded = 2 ** Math.ceil(Math.log2(n));
  return { n, rows: numel(x) / n, padded, scratch: [numel(x) / n, padded] };
}

/** The launches that leave `order` sorted, row by row: log²(n) steps, those within 1,024 neighbours joined. */
function sortLaunches<A extends Attrs>(context: LowerContext<A>, name: string, descending: boolean): Launch[] {
  const { n, rows, padded } = requireRows(name, context.tensors.x!.shape);
  const size = rows * padded;
  const models = modelStrides(context, ['keys', 'order']);
  const launches: Launch[] = [];
  const launch = (step: string, text: string, params: Record<string, number>, workgroups: number) => {
    const source = { path: `topk/${step}.wgsl`, text };
    const program = defineProgram({
      name: `topk/${step}`,
      source,
      params: { ...params, ...models },
      workgroups: foldWorkgroups(workgroups, context.models),
    });
    launches.push({ program });
  };
  const within = (first: number, last: number) =>
    launch('local', local, { size, padded, k_first: first, k_last: last }, Math.ceil(size / BLOCK));

  launch('keys', keysText, { size, n, padded, descending: descending ? 1 : 0, ...modelStrides(context, ['x']) }, Math.ceil(size / 64));
  if (padded > 1) within(2, Math.min(padded, BLOCK));
  for (let k = 2 * BLOCK; k <= padded; k *= 2) {
    for (let j = k / 2; j >= BLOCK; j /= 2) launch('exchange', exchange, { couples: size / 2, padded, k, j }, Math.ceil(size / 128));
    within(k, k);
  }
  return launches;
}

/**
 * topk: the k largest (or smallest) along the last axis in order, x [..., n] → y [..., k], index u32 [..., k]; torch.topk(x, k), with equal
 * elements in the order of their places and NaN as the largest. keys and order u32 [rows, 2^m ≥ n] are scratch.
 */
export const topk = /* @__PURE__ */ defineOp<TopkAttrs>({
  name: 'topk',
  attrs: { k: 'number', largest: 'boolean' },
  inputs: ['x'],
  outputs: ['y', 'index', 'keys', 'order'],
  variants: ['bitonic'],
  infer({ x }, { k }) {
    const { n, scratch } = requireRows('topk', x!);
    if (!Number.isInteger(k) || k < 1 || k > n) {
      throw new InputError({
        subject: 'topk',
        got: `k ${k} for x ${formatShape(x!)}`,
        expected: `a whole k from 1 to ${n}, the size of the last axis`,
        next: 'choose a smaller k',
      });
    }
    const shape = x!.with(-1, k);
    return {
      y: { shape },
      index: { shape, dtype: 'u32' },
      keys: { shape: scratch, dtype: 'u32' },
      order: { shape: scratch, dtype: 'u32' },
    };
  },
  lower(context) {
    const { n, rows, padded } = requireRows('topk', context.tensors.x!.shape);
    const { k, largest } = context.attrs;
    const program = defineProgram({
      name: 'topk/take',
      source: { path: 'topk/take.wgsl', text: take },
      params: { size: rows * k, n, padded, take: k, ...modelStrides(context, ['x', 'order', 'y', 'index']) },
      workgroups: foldWorkgroups(Math.ceil((rows * k) / 64), context.models),
    });
    return [...sortLaunches(context, 'topk', largest), { program }];
  },
});

/**
 * argsort: places of the elements in sorted order along the last axis, x [..., n] → index u32 [..., n]; torch.argsort(x, -1, descending,
 * stable=True), NaN as the largest. No gradient. keys and order are scratch, as in topk.
 */
export const argsort = /* @__PURE__ */ defineOp<ArgsortAttrs>({
  name: 'argsort',
  attrs: { descending: 'boolean' },
  inputs: ['x'],
  outputs: ['index', 'keys', 'order'],
  variants: ['bitonic'],
  infer({ x }) {
    const { scratch } = requireRows('argsort', x!);
    return { index: { shape: x!, dtype: 'u32' }, keys: { shape: scratch, dtype: 'u32' }, order: { shape: scratch, dtype: 'u32' } };
  },
  lower(context) {
    const { n, padded } = requireRows('argsort', context.tensors.x!.shape);
    const size = numel(context.tensors.x!.shape);
    const program = defineProgram({
      name: 'topk/take_index',
      source: { path: 'topk/take_index.wgsl', text: takeIndex },
      params: { size, n, padded, ...modelStrides(context, ['order', 'index']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [...sortLaunches(context, 'argsort', context.attrs.descending), { program }];
  },
});

/** Gradient of topk's values: dx [..., n] = dy at the chosen places, 0 elsewhere. */
export const topkGrad = /* @__PURE__ */ defineOp<Attrs & { readonly n: number }>({
  name: 'topk_grad',
  attrs: { n: 'number' },
  inputs: ['dy', 'index'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ dy, index }, { n }) {
    requirePositive('topk_grad', 'dy', dy!);
    requireShape('topk_grad', 'index', index!, dy!, 'the shape of dy');
    const k = dy!.at(-1) ?? Number.NaN;
    if (!(Number.isInteger(n) && n >= k)) {
      throw new InputError({
        subject: 'topk_grad',
        got: `n ${n} for dy ${formatShape(dy!)}`,
        expected: `a whole n from ${k}`,
        next: 'give the last size of x',
      });
    }
    return { dx: { shape: dy!.with(-1, n) } };
  },
  lower(context) {
    const size = numel(context.tensors.dx!.shape);
    const program = defineProgram({
      name: 'topk/grad',
      source: { path: 'topk/grad.wgsl', text: grad },
      params: {
        size,
        n: context.attrs.n,
        take: context.tensors.dy!.shape.at(-1)!,
        ...modelStrides(context, ['dy', 'index', 'dx']),
      },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
