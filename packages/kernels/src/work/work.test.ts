import { type Feature, type Program, paramsOf, type Traits, type Work } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import { type Attrs, type Op, outputSize, type TensorInfo } from '../op.js';
import { adamProgram, gradNormProgram, sgdProgram } from '../optimizer/descriptor.js';
import { type OpName, ops } from '../registry.js';
import { kernelWork } from './index.js';

const traits = (features: readonly Feature[]): Traits => ({
  ...{ software: true, subgroupSize: 8, features },
  ...{ maxStorageBufferBindingSize: 2 ** 27, maxStorageBuffersPerShaderStage: 8 },
  ...{ maxComputeWorkgroupStorageSize: 16384, maxComputeInvocationsPerWorkgroup: 256 },
});

const ruleOf = ({ name }: Program) => kernelWork[name] ?? kernelWork[name.slice(0, name.indexOf('.'))] ?? kernelWork[name.split('/')[0]!];
const workOf = (program: Program, bound: Readonly<Record<string, number>> = {}): Work =>
  ruleOf(program)!({ p: paramsOf(program), models: program.workgroups[2], program, bound: (name) => bound[name] ?? 0 });

interface Problem {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly attrs?: Attrs;
  readonly models?: number;
  /** Inputs that all models share. */
  readonly shared?: readonly string[];
  readonly variant?: string;
}

function programsOf(name: OpName, { shapes, attrs = {}, models = 1, shared = [], variant }: Problem): Program[] {
  const op: Op = ops[name];
  const all = traits(['subgroups', 'shader-f16']);
  const specs = op.infer(shapes, attrs, all);
  const half = attrs.storage === 'f16' ? (op.f16 ?? []) : [];
  const tensors: Record<string, TensorInfo> = {};
  for (const [key, shape] of Object.entries(shapes)) {
    const modelStride = models === 1 || shared.includes(key) ? 0 : shape.reduce((a, b) => a * b, 1);
    tensors[key] = { shape, dtype: half.includes(key) ? 'f16' : 'f32', modelStride };
  }
  for (const [key, spec] of Object.entries(specs)) {
    tensors[key] = { shape: spec.shape, dtype: spec.dtype ?? 'f32', modelStride: models === 1 ? 0 : outputSize(spec) };
  }
  const context = { attrs, models, traits: all, tensors, ...(variant === undefined ? {} : { variant }) };
  return op.lower(context).map(({ program }) => program);
}

const total = (works: readonly Work[]) => ({
  flops: works.reduce((sum, { flops }) => sum + flops!, 0),
  readBytes: works.reduce((sum, { readBytes }) => sum + readBytes, 0),
  writtenBytes: works.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0),
});

/** Each number written out as a person would count it. */
const cases: readonly (Problem & { readonly op: OpName; readonly work: Work; readonly bound?: Readonly<Record<string, number>> })[] = [
  {
    op: 'conv_relu_pool',
    // 2 images, 4 → 8 channels, 6×4 pixels: 2·24·8 outputs of 4·9 products, and a bias each.
    shapes: { x: [2, 4, 6, 4], w: [8, 4, 3, 3], b: [8] },
    work: { flops: 384 * 36 * 2 + 384, readBytes: 4 * (192 + 288 + 8), writtenBytes: 4 * (96 + 12) },
  },
  {
    op: 'conv_relu_pool_grad_weight',
    // The same convolution; one part an image.
    shapes: { dy: [2, 8, 3, 2], tap: [2, 1, 3, 2], x: [2, 4, 6, 4] },
    work: { flops: 384 * 36 * 2 + 384, readBytes: 4 * (96 + 12 + 192), writtenBytes: 4 * 2 * (288 + 8) },
  },
  {
    op: 'conv2d',
    // One image 5×7, 2 → 3 channels, 3×3, stride 2, padding 1: 3×4 places.
    shapes: { x: [1, 2, 5, 7], w: [3, 2, 3, 3] },
    attrs: { stride: 2, padding: 1, groups: 1, relu: false },
    work: { flops: 36 * 18 * 2, readBytes: 4 * (70 + 54), writtenBytes: 4 * 36 },
  },
  {
    op: 'conv2d',
    // Two groups: half of the channels a filter.
    shapes: { x: [1, 4, 4, 4], w: [2, 2, 3, 3], b: [2] },
    attrs: { stride: 1, padding: 1, groups: 2, relu: true },
    work: { flops: 32 * 18 * 2 + 32, readBytes: 4 * (64 + 36 + 2), writtenBytes: 4 * 32 },
  },
  {
    op: 'linear',
    shapes: { x: [3, 5], w: [7, 5], b: [7] },
    attrs: { relu: false },
    work: { flops: 2 * 105 + 21, readBytes: 4 * (15 + 35 + 7), writtenBytes: 84 },
  },
  {
    op: 'linear_backward',
    shapes: { x: [3, 5], w: [7, 5], dy: [3, 7] },
    attrs: { relu: false, inputGrad: true },
    work: { flops: 4 * 105 + 21, readBytes: 4 * (15 + 35 + 21), writtenBytes: 4 * (35 + 7 + 15) },
  },
  {
    op: 'linear_backward',
    shapes: { x: [3, 5], w: [7, 5], dy: [3, 7] },
    attrs: { relu: false, inputGrad: false },
    work: { flops: 2 * 105 + 21, readBytes: 4 * (15 + 21), writtenBytes: 4 * (35 + 7) },
  },
  {
    op: 'linear_loss',
    // Six rows: two parts of four. Three products, bias and its sum, and the loss 5·18 + 3·6.
    shapes: { x: [6, 4], w: [3, 4], b: [3], labels: [6] },
    attrs: { kind: 'softmax_cross_entropy', label_smoothing: 0 },
    work: { flops: 6 * 72 + 2 * 18 + 90 + 18, readBytes: 4 * (24 + 12 + 3 + 6), writtenBytes: 4 * (6 + 24 + 24 + 6) },
  },
  {
    op: 'matmul',
    shapes: { a: [3, 5], b: [5, 2] },
    attrs: { transposeA: false, transposeB: false },
    work: { flops: 60, readBytes: 4 * 25, writtenBytes: 24 },
  },
  {
    op: 'matmul',
    // Stored in two bytes.
    shapes: { a: [3, 5], b: [5, 2] },
    attrs: { transposeA: false, transposeB: false, storage: 'f16' },
    work: { flops: 60, readBytes: 2 * 25, writtenBytes: 12 },
  },
  {
    op: 'batched_matmul',
    // b broadcasts over four matrices of a.
    shapes: { a: [4, 3, 5], b: [1, 5, 2] },
    attrs: { transposeA: false, transposeB: false, summed: 0 },
    work: { flops: 240, readBytes: 4 * (60 + 10), writtenBytes: 4 * 24 },
  },
  {
    op: 'linear',
    // Three models that share x.
    shapes: { x: [3, 5], w: [7, 5], b: [7] },
    attrs: { relu: false },
    models: 3,
    shared: ['x'],
    work: { flops: 3 * 231, readBytes: 4 * (15 + 3 * 42), writtenBytes: 3 * 84 },
  },
  {
    op: 'sum',
    shapes: { x: [4, 6] },
    attrs: { axes: '1', keepdim: false },
    work: { flops: 20, readBytes: 96, writtenBytes: 16 },
  },
  { op: 'mean', shapes: { x: [4, 6] }, attrs: { axes: '1', keepdim: false }, work: { flops: 24, readBytes: 96, writtenBytes: 16 } },
  { op: 'add', shapes: { a: [4, 6], b: [4, 6] }, bound: { a: 96, b: 96 }, work: { flops: 24, readBytes: 192, writtenBytes: 96 } },
  {
    op: 'add',
    shapes: { a: [4, 6], b: [6] },
    bound: { a: 96, b: 24 },
    work: { flops: 24, readBytes: 120, writtenBytes: 96 },
  },
  { op: 'relu', shapes: { x: [4, 6] }, work: { flops: 0, readBytes: 96, writtenBytes: 96 } },
  {
    op: 'layernorm',
    shapes: { x: [4, 6], weight: [6], bias: [6] },
    attrs: { eps: 1e-5 },
    work: { flops: 192, readBytes: 144, writtenBytes: 128 },
  },
  {
    op: 'avgpool2d',
    shapes: { x: [1, 2, 4, 4] },
    attrs: { kernel: 2, stride: 2, padding: 0 },
    work: { flops: 32, readBytes: 128, writtenBytes: 32 },
  },
];

describe('kernelWork', () => {
  it.each(cases)('$op $shapes $attrs: every variant has the hand count', ({ op, work, bound = {}, ...problem }) => {
    const taken: string[] = [];
    for (const variant of ops[op].variants) {
      let programs: Program[];
      try {
        programs = programsOf(op, { ...problem, variant });
      } catch {
        continue;
      }
      taken.push(variant);
      expect({ variant, ...total(programs.map((program) => workOf(program, bound))) }).toEqual({ variant, ...work });
    }
    expect(taken.length).toBeGreaterThan(0);
  });

  const common = {
    software: true,
    models: 2,
    blocks: 3,
    parametersStride: 192,
    rows: 4,
    rowsStride: 4,
    steps: 9,
    schedulePerModel: false,
    capacity: 8,
  };

  it('adam: 14 operations a parameter, one for each part that is added, and the mean loss', () => {
    // Two models of 192 parameters whose gradients lie in 500 elements each.
    const work = workOf(adamProgram({ ...common, beta2: 0.999, eps: 1e-8 }), { grads: 4 * 1000 });
    expect(work).toEqual({
      flops: 2 * (14 * 192 + 308 + 4),
      readBytes: 4 * (15 + 1000 + 8 + 2 * 3 * 192),
      writtenBytes: 4 * (2 * 3 * 192 + 8),
    });
  });

  it('adam after clipping reads the sums that grad_norm left, and scales', () => {
    const clipped = { ...common, clip: 1 };
    const adam = workOf(adamProgram({ ...clipped, beta2: 0.999, eps: 1e-8 }), { grads: 4 * 1000 });
    expect(adam.flops).toBe(2 * (15 * 192 + 4));
    expect(adam.readBytes).toBe(4 * (15 + 384 + 8 + 1152));
    expect(workOf(gradNormProgram(clipped), { grads: 4 * 1000 })).toEqual({
      flops: 2 * (2 * 192 + 308),
      readBytes: 4 * (15 + 1000),
      writtenBytes: 4 * 384,
    });
  });

  it('sgd: 4 operations a parameter, 6 with Nesterov, and one moment', () => {
    expect(workOf(sgdProgram(common), { grads: 4 * 384 }).flops).toBe(2 * (4 * 192 + 4));
    expect(workOf(sgdProgram({ ...common, nesterov: true }), { grads: 4 * 384 }).flops).toBe(2 * (6 * 192 + 4));
    expect(workOf(sgdProgram(common), { grads: 4 * 384 }).writtenBytes).toBe(4 * (2 * 2 * 192 + 8));
  });
});
