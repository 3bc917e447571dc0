// Plans without a device; that they compute what they should is checked with every op's own test (testing/check-plan.ts) and in test/src/embed-kernels.test.ts.
import { readFileSync } from 'node:fs';
import { coreTraits, type Traits } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import {
  conv2d,
  conv2dGradient,
  conv2dGradWeight,
  gatherGrad,
  linear,
  linearBackward,
  matmul,
  relu,
  reluGrad,
  softmaxCrossEntropy,
  sumPartsOp,
  tanh,
  topkGrad,
} from '../named.js';
import type { Attrs, Op } from '../op.js';
import { gradients, ops } from '../registry.js';
import { planGradient } from './gradient.js';
import { type OpOptions, planOp } from './op.js';
import { planOptimizer } from './optimizer.js';

const attrs = { stride: 1, padding: 1, groups: 1, relu: true };
const inputs = { x: [2, 3, 5, 5], w: [4, 3, 3, 3], b: [4] };

describe('a plan of an op', () => {
  it('lists what to bind, types and sizes included', () => {
    const plan = planOp(softmaxCrossEntropy, { inputs: { logits: [3, 5], labels: [3] }, models: 2, strides: { labels: 0 }, own: ['dz'] });
    expect(plan.tensors).toEqual([
      { name: 'logits', bytes: 120, access: 'read', dtype: 'f32', shape: [3, 5] },
      { name: 'labels', bytes: 12, access: 'read', dtype: 'u32', shape: [3] },
      { name: 'rows', bytes: 24, access: 'read_write', dtype: 'f32', shape: [3] },
    ]);
    expect(plan.buffers).toEqual([{ name: 'dz', bytes: 120 }]);
  });

  it('stores f16 in two bytes, an odd number of them in whole words', () => {
    const traits = { ...coreTraits, features: ['shader-f16' as const] };
    const plan = planOp(relu, { inputs: { x: [7] }, attrs: { storage: 'f16' }, traits });
    expect(plan.tensors.map(({ name, bytes, dtype }) => [name, bytes, dtype])).toEqual([
      ['x', 16, 'f16'],
      ['y', 16, 'f16'],
    ]);
  });

  it('counts parts and the blocks of models that lie apart', () => {
    const plan = planOp(sumPartsOp, {
      inputs: { x: { shape: [10], parts: 3 } },
      attrs: { parts: 3 },
      models: 2,
      strides: { x: 64, y: 16 },
    });
    expect(plan.tensors.map(({ bytes }) => bytes)).toEqual([4 * (64 + 30), 4 * (16 + 10)]);
  });

  it.each([
    [{ inputs: { x: [2] } }, /^relu: inputs: got none for x|^conv2d: inputs: got none for w; expected x, w, b \(optional\)/],
    [{ inputs: { ...inputs, z: [1] }, attrs }, 'conv2d: inputs: got z, which the op does not have; expected x, w, b (optional)'],
    [{ inputs, attrs, models: 0 }, 'conv2d: got models 0'],
    [{ inputs, attrs, own: ['x'] }, 'conv2d: own: got x; expected outputs of the op: y'],
    [{ inputs, attrs, strides: { q: 1 } }, 'conv2d: strides.q: got a tensor that the plan does not have; expected x, w, b, y'],
    [{ inputs, attrs, strides: { y: 0 } }, 'conv2d: strides.y: got 0; expected at least 200 elements'],
    [{ inputs, attrs, strides: { x: 7 } }, 'conv2d: strides.x: got 7; expected 0 (shared) or at least 150 elements'],
    [{ inputs, attrs, variant: 'subgroup' }, 'conv2d: got variant subgroup, which needs the feature subgroups'],
    [{ inputs: { ...inputs, x: { shape: [2, 3, 5, 5], dtype: 'f16' as const } }, attrs }, 'conv2d: got w stored as f32; expected f16'],
  ])('refuses %j by name', (options, message) => {
    expect(() => planOp(conv2d, options)).toThrow(message);
  });
});

describe('attributes and parts', () => {
  const plan = (op: Op, of: object, own: object) => () => planOp(op, { inputs: of as OpOptions['inputs'], attrs: own as Attrs });

  it.each([
    [
      { ...attrs, dilation: 2 },
      'conv2d: attrs: got dilation: 2, which the op does not have; expected stride, padding, groups, relu (optional)',
    ],
    [{ ...attrs, relu: 'yes' }, 'conv2d: attrs: got relu: "yes"; expected relu as a boolean'],
    [{ stride: 1, padding: 1 }, 'conv2d: attrs: got none for groups; expected groups as a number'],
  ])('refuses %j', (own, message) => {
    expect(plan(conv2d, inputs, own)).toThrow(message);
  });

  it('refuses near misses of other ops, in TypeScript too', () => {
    const loss = { logits: [3, 4], labels: [3] };
    // @ts-expect-error the attribute is label_smoothing
    expect(() => planOp(softmaxCrossEntropy, { inputs: loss, attrs: { labelSmoothing: 0.1 } })).toThrow(
      'expected label_smoothing (optional)',
    );
    // @ts-expect-error the attribute is transposeB
    expect(() => planOp(matmul, { inputs: { a: [1, 1], b: [1, 1] }, attrs: { transpose_b: true } })).toThrow('got transpose_b: true');
    expect(plan(tanh, { x: [2] }, { relu: true })).toThrow(
      'tanh: attrs: got relu: true, which the op does not have; expected no attributes',
    );
  });

  it('takes parts from the input, and only where the op adds them', () => {
    expect(planOp(sumPartsOp, { inputs: { x: { shape: [4], parts: 3 } } }).tensors.map(({ bytes }) => bytes)).toEqual([48, 16]);
    expect(plan(sumPartsOp, { x: [4] }, { parts: 3 })).toThrow('sum_parts: inputs.x: got parts 1 beside attrs.parts 3');
    expect(plan(linear, { x: [5, 7], w: { shape: [3, 7], parts: 3 } }, {})).toThrow(
      'linear: inputs.w: got parts 3; expected a tensor without parts',
    );
  });

  it('refuses what is no shape, no inputs, no traits and no op', () => {
    expect(plan(relu, { x: '5x7' }, {})).toThrow('relu: inputs.x: got "5x7"; expected a shape');
    expect(plan(relu, undefined as unknown as object, {})).toThrow('relu: inputs: got none for x');
    expect(plan(undefined as unknown as Op, {}, {})).toThrow('plan: got undefined for an op');
    expect(() => planOp(relu, { inputs: { x: [2] }, traits: { limits: {} } as unknown as Traits })).toThrow(
      'relu: traits: got something else',
    );
  });

  it('refuses what gradients cannot compute', () => {
    const y = { x: [2, 3], w: [4, 3], dy: [2, 4] };
    expect(plan(linearBackward, y, { relu: true, inputGrad: true })).toThrow('linear_backward: got relu without y');
    expect(plan(gatherGrad, { dy: [2, 3], index: [2] }, { rows: 0 })).toThrow('gather_grad: got rows 0');
    expect(plan(topkGrad, { dy: [2, 3], index: [2, 3] }, { n: 2 })).toThrow('topk_grad: got n 2 for dy [2, 3]');
  });

  it('are all in the table of ATTRIBUTES.md', () => {
    const text = readFileSync(new URL('../../ATTRIBUTES.md', import.meta.url), 'utf8');
    for (const [name, op] of Object.entries(ops)) {
      const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
      const cell = row?.split('|')[3] ?? 'no row';
      const listed = [...cell.matchAll(/`(\w+)`/g)].map(([, each]) => each!);
      expect(listed, name).toEqual(Object.keys((op as Op).attrs ?? {}));
    }
  });
});

describe('a plan of a gradient', () => {
  it('reads what the rule reads, owns what lies between, and drops what nobody wants', () => {
    const plan = planGradient(conv2d, conv2dGradient, { inputs, attrs, wanted: ['w'], ops: [conv2dGradWeight, reluGrad] });
    expect(plan.gradients).toEqual({ w: 'dw' });
    expect(plan.passes.map(({ program }) => program.name.split('.')[0])).toEqual(['relu/grad', 'conv2d/grad_weight']);
    expect(plan.tensors.map(({ name, access }) => `${name} ${access}`).sort()).toEqual(['dw read_write', 'dy read', 'x read', 'y read']);
    expect(plan.buffers.map(({ name }) => name)).toEqual(['0.relu_grad.dx', '1.conv2d_grad_weight.db']);
    expect(plan.outputs).toMatchObject({ dw: { shape: [4, 3, 3, 3], parts: 2 } });
  });

  it('names a missing op, an unwanted wish and an unknown output', () => {
    const plan = (options: object) => () =>
      planGradient(conv2d, conv2dGradient, { inputs, attrs, ops: [conv2dGradWeight, reluGrad], ...options });
    expect(plan({ ops: [] })).toThrow('gradient of conv2d: got ops without reluGrad, conv2dGradInput, conv2dGradWeight;');
    expect(plan({})).toThrow('got ops without conv2dGradInput;');
    expect(plan({ wanted: ['w'], incoming: ['z'] })).toThrow('gradient of conv2d: got incoming z; expected outputs: y');
    const rule = gradients.softmax_cross_entropy;
    if (rule === 'none') throw new Error('softmax_cross_entropy has a rule');
    const wish = { inputs: { logits: [2, 3], labels: [2] }, wanted: ['labels'], ops: [] };
    expect(() => planGradient(softmaxCrossEntropy, () => ({ labels: null }), wish)).toThrow(
      'got wanted labels; expected an input that has a gradient',
    );
  });
});

describe('a plan of an optimizer', () => {
  const parameters = { w: { shape: [5, 13], parts: 2 }, b: [5] };

  it('lays parameters and gradients out in multiples of 256 bytes', () => {
    const plan = planOptimizer({ parameters, learningRate: [0.1, 0.2], lossRows: 4, models: 3, capacity: 2 });
    expect(plan.stride).toBe(192);
    expect(plan.parameters).toMatchObject({
      w: { bytes: 260, offset: 0, gradOffset: 0, gradStride: 192 },
      b: { bytes: 20, offset: 512, gradOffset: 4 * 3 * 192, gradStride: 64 },
    });
    const bytes = Object.fromEntries(plan.tensors.map((tensor) => [tensor.name, tensor.bytes]));
    expect(bytes).toEqual({ arena: 4 * 3 * 3 * 192, grads: 4 * 3 * 256, loss: 48, state: 8, history: 96 });
    expect(plan.passes).toHaveLength(1);
    expect(planOptimizer({ parameters, learningRate: 0.1, lossRows: 4, clip: 1 }).passes).toHaveLength(2);
  });

  it.each([
    [{ parameters: {} }, 'planOptimizer: parameters: got none'],
    [{ parameters: { w: [0] } }, 'planOptimizer: parameters.w: got shape [0]'],
    [{ learningRate: Number.NaN }, 'planOptimizer: learningRate: got NaN'],
    [{ learningRate: [] }, 'planOptimizer: learningRate: got '],
    [{ lossRows: 1.5 }, 'planOptimizer: lossRows: got 1.5'],
    [{ beta2: 1 }, 'planOptimizer: beta2: got 1'],
    [{ clip: 0 }, 'planOptimizer: clip: got 0'],
    [{ weightDecay: -1 }, 'planOptimizer: weightDecay: got -1'],
    [{ kind: 'rmsprop' }, 'planOptimizer: kind: got "rmsprop"; expected adam, adamw, sgd'],
    [{ weight_decay: 1 }, 'planOptimizer: weight_decay: got an option that there is not; expected kind, parameters'],
    [{ kind: 'sgd' as const, momentum: 1 }, 'planOptimizer: momentum: got 1'],
    [{ kind: 'sgd' as const, nesterov: true }, 'planOptimizer: momentum: got 0 with nesterov'],
  ])('refuses %j', (options, message) => {
    expect(() => planOptimizer({ parameters, learningRate: 0.1, lossRows: 4, ...(options as object) })).toThrow(message);
  });
});
