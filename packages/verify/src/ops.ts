import {
  affineWarp,
  avgPool2d,
  batchedMatmul,
  conv2d,
  crossEntropy,
  type Eager,
  layerNorm,
  linear,
  matmul,
  maxPool2d,
  mseLoss,
  reshape,
  type Tensor,
} from '@kindling/autograd';
import { InputError, numel } from '@kindling/core';
import type { CaseAttrs } from './attrs.js';
import type { Values } from './cases.js';
import { LONG_REDUCTION } from './compare.js';

/** What an op's case needs: its inputs as tensors, and its values. */
export interface OpInputs {
  readonly eager: Eager;
  readonly attrs: CaseAttrs;
  /** An input by name. @throws InputError when the case lacks it */
  tensor(name: string): Tensor;
  /** An input by name, or undefined. */
  optional(name: string): Tensor | undefined;
}

/** How one op of the format is run, and how many terms the sums behind each of its tensors have. */
export interface OpCase {
  /** Inputs that are integers. */
  readonly integers?: readonly string[];
  run(inputs: OpInputs): Tensor;
  terms(values: Values): Readonly<Record<string, number>>;
}

const shapeOf = (values: Values, name: string): readonly number[] => values[name]?.shape ?? [];
const sizeOf = (values: Values, name: string): number => numel(shapeOf(values, name));

/** [.., in] as rows [N, in]: torch.nn.Linear takes any leading axes. */
const rows = (x: Tensor): Tensor => (x.shape.length === 2 ? x : reshape(x, [numel(x.shape) / x.shape.at(-1)!, x.shape.at(-1)!]));

export const opCases: Readonly<Record<string, OpCase>> = {
  conv2d: {
    run({ tensor, optional, attrs }) {
      attrs.choice('layout', ['NCHW'], 'NCHW');
      attrs.choice('weight', ['KCRS'], 'KCRS');
      attrs.neutral('dilation', 1);
      const options = { stride: attrs.square('stride', 1), padding: attrs.square('padding', 0), groups: attrs.number('groups', 1) };
      return conv2d(tensor('x'), tensor('w'), optional('b'), options);
    },
    terms(values) {
      const [n = 1, k = 1, p = 1, q = 1] = shapeOf(values, 'y');
      const [, , r = 1, s = 1] = shapeOf(values, 'w');
      return { y: sizeOf(values, 'w') / k, dx: k * r * s, dw: n * p * q, db: n * p * q };
    },
  },
  matmul: {
    run({ tensor }) {
      const [a, b] = [tensor('a'), tensor('b')];
      return (a.shape.length === 2 && b.shape.length === 2 ? matmul : batchedMatmul)(a, b);
    },
    terms(values) {
      const [i = 1, j = 1] = shapeOf(values, 'y').slice(-2);
      return { y: shapeOf(values, 'a').at(-1) ?? 1, da: j, db: i };
    },
  },
  linear: {
    run({ tensor, optional }) {
      const x = tensor('x');
      const y = linear(rows(x), tensor('w'), optional('b'));
      return x.shape.length === 2 ? y : reshape(y, [...x.shape.slice(0, -1), y.shape[1]!]);
    },
    terms(values) {
      const [out = 1, features = 1] = shapeOf(values, 'w');
      const n = sizeOf(values, 'x') / features;
      return { y: features, dx: out, dw: n, db: n };
    },
  },
  maxpool2d: {
    run({ tensor, attrs }) {
      const kernel = attrs.square('kernel');
      return maxPool2d(tensor('x'), kernel, attrs.square('stride', kernel), attrs.square('padding', 0));
    },
    terms: () => ({}),
  },
  avgpool2d: {
    run({ tensor, attrs }) {
      const kernel = attrs.square('kernel');
      return avgPool2d(tensor('x'), kernel, { stride: attrs.square('stride', kernel), padding: attrs.square('padding', 0) });
    },
    terms: () => ({}),
  },
  softmax_cross_entropy: {
    integers: ['labels'],
    run({ tensor, attrs }) {
      attrs.choice('reduction', ['mean'], 'mean');
      return crossEntropy(tensor('logits'), tensor('labels'), { labelSmoothing: attrs.number('label_smoothing', 0) });
    },
    terms: (values) => ({ y: sizeOf(values, 'logits') }),
  },
  layernorm: {
    run: ({ tensor, attrs }) => layerNorm(tensor('x'), tensor('weight'), tensor('bias'), { eps: attrs.number('eps', 1e-5) }),
    terms(values) {
      const features = shapeOf(values, 'x').at(-1) ?? 1;
      const rowCount = sizeOf(values, 'x') / features;
      return { y: features, dx: features, dweight: rowCount, dbias: rowCount };
    },
  },
  affine_grid_sample: {
    run({ tensor, attrs }) {
      attrs.choice('interpolation', ['bilinear'], 'bilinear');
      attrs.text('params');
      if (attrs.boolean('align_corners', false)) attrs.fail('align_corners', true, 'false');
      return affineWarp(tensor('image'), tensor('params'), { padding: attrs.choice('padding_mode', ['border', 'zeros'], 'border') });
    },
    terms(values) {
      const [n = 1, , h = 1, w = 1] = shapeOf(values, 'image');
      // A place of up to W pixels is rounded to W·2⁻²⁴ before its fraction is taken: beyond 64 that alone reaches 1e-5.
      const place = Math.max(h, w) > 64 ? LONG_REDUCTION + 1 : 4;
      return { y: place, dimage: place, dparams: Math.max(place, sizeOf(values, 'image') / n) };
    },
  },
  mse: {
    run({ tensor, attrs }) {
      attrs.choice('reduction', ['mean'], 'mean');
      const [pred, labels] = [tensor('pred'), tensor('target')];
      const column = [numel(pred.shape), 1];
      return mseLoss(reshape(pred, column), reshape(labels, column));
    },
    terms: (values) => ({ y: sizeOf(values, 'pred') }),
  },
};

/** @throws InputError for a name that the format does not have */
export function opCase(op: string): OpCase {
  const found = Object.hasOwn(opCases, op) ? opCases[op] : undefined;
  if (found) return found;
  throw new InputError({
    subject: `op ${op}`,
    got: 'an unknown op',
    expected: `${Object.keys(opCases).join(', ')} or train_trace`,
    next: 'correct the case, or add the op to @kindling/verify',
  });
}
