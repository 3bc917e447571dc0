// @kindling/kernels inside another engine: what `prepare` creates is what it lists, `encode` only encodes, `destroy` frees what is owned, the caller's
// buffers outside of the regions stay as they are, and the numbers are those of the f64 references.
import { testAdapters, testDevice } from '@kindling/device/testing';
import {
  conv2d,
  conv2dGradient,
  conv2dGradWeight,
  matmul,
  matmulGradient,
  PipelineCache,
  type Prepared,
  planGradient,
  planOp,
  planOptimizer,
  prepare,
  prepareAsync,
  relu,
  reluGrad,
  scaleRows,
  softmaxCrossEntropy,
  softmaxCrossEntropyGradient,
  type Task,
  traitsOf,
} from '@kindling/kernels';
import { references } from '@kindling/kernels/testing';
import { describe, expect, it } from 'vitest';
import { expectClose, Heap, uniform } from './embed-buffers.js';
import { counts, Spy } from './spy.js';

const kinds = await testAdapters();
const [M, N, K, O, LR] = [2, 3, 4, 5, 0.5];
const shapes = { x: [N, 1, 9, 9], w: [K, 1, 3, 3], b: [K], h: [N, K, 9, 9], flat: [N, 81 * K], v: [81 * K, O], logits: [N, O] };
const convAttrs = { stride: 1, padding: 1, groups: 1, relu: true };
const product = { transposeA: false, transposeB: false };
const labels = Uint32Array.of(4, 0, 2);
const x = uniform(N * 81, 1);
/** Weights of both models. */
const start = Array.from({ length: M }, (_, m) => ({
  w: uniform(K * 9, 10 + m, 0.5),
  b: uniform(K, 20 + m, 0.5),
  v: uniform(81 * K * O, 30 + m, 0.1),
}));
type Weights = Record<'w' | 'b' | 'v', ArrayLike<number>>;

/** Forward pass of one model in f64: the losses of the rows. */
function lossesOf(weights: Weights): Float64Array {
  const tensor = (shape: readonly number[], data: ArrayLike<number>) => ({ shape, data: Float64Array.from(data) });
  const inputs = { x: tensor(shapes.x, x), w: tensor(shapes.w, weights.w), b: tensor(shapes.b, weights.b) };
  const h = references.conv2d!({ inputs, attrs: convAttrs }).y!;
  const operands = { a: tensor(shapes.flat, h), b: tensor(shapes.v, weights.v) };
  const logits = references.matmul!({ inputs: operands, attrs: product }).y!;
  const last = { logits: tensor(shapes.logits, logits), labels: tensor([N], labels) };
  return references.softmax_cross_entropy!({ inputs: last, attrs: {} }).rows!;
}

/** A training step as a caller writes it: nine dispatches on his own buffers. */
function step(gpu: GPUDevice) {
  const traits = traitsOf(gpu);
  const common = { models: M, traits };
  const convolution = { inputs: { x: shapes.x, w: shapes.w, b: shapes.b }, attrs: convAttrs, ...common };
  const ops = [conv2dGradWeight, reluGrad];
  const { parts } = planGradient(conv2d, conv2dGradient, { ...convolution, wanted: ['w', 'b'], ops }).outputs.dw!;
  const optimizer = planOptimizer({
    ...common,
    kind: 'sgd',
    parameters: { w: { shape: shapes.w, parts }, b: { shape: shapes.b, parts }, v: shapes.v },
    learningRate: LR,
    lossRows: N,
  });
  const { parameters: at, stride } = optimizer;

  const arena = new Float32Array(3 * M * stride);
  for (const [m, weights] of start.entries()) {
    for (const name of ['w', 'b', 'v'] as const) arena.set(weights[name], m * stride + at[name]!.offset / 4);
  }
  const bytes = (name: string) => optimizer.tensors.find((tensor) => tensor.name === name)!.bytes;
  const heaps = {
    inputs: new Heap(gpu, 'inputs', { x, labels, drows: new Float32Array(N).fill(1 / N) }),
    arena: new Heap(gpu, 'arena', { arena }),
    grads: new Heap(gpu, 'grads', { grads: bytes('grads') }),
    rows: new Heap(gpu, 'rows', { rows: 4 * M * N, dz: 4 * M * N * O }),
    h: new Heap(gpu, 'h', { h: 4 * M * 81 * K * N }),
    dh: new Heap(gpu, 'dh', { dh: 4 * M * 81 * K * N }),
    logits: new Heap(gpu, 'logits', { logits: 4 * M * N * O }),
    dlogits: new Heap(gpu, 'dlogits', { dlogits: 4 * M * N * O }),
    state: new Heap(gpu, 'state', { state: new Uint32Array(2), history: new Float32Array(4 * M) }),
  };
  const { inputs, rows } = heaps;
  const weight = (name: string) => heaps.arena.region('arena', at[name]!.offset);
  const gradient = (name: string) => heaps.grads.region('grads', at[name]!.gradOffset);
  const [h, dh, logits, dlogits] = (['h', 'dh', 'logits', 'dlogits'] as const).map((name) => heaps[name].region(name));
  const strides = { x: 0, w: stride, b: stride };
  const operands = { inputs: { a: shapes.flat, b: shapes.v }, attrs: product, ...common };
  const loss = { inputs: { logits: shapes.logits, labels: [N] }, ...common };
  const tasks = [
    { plan: planOp(conv2d, { ...convolution, strides }), buffers: { x: inputs.region('x'), w: weight('w'), b: weight('b'), y: h } },
    { plan: planOp(matmul, { ...operands, strides: { b: stride } }), buffers: { a: h, b: weight('v'), y: logits } },
    {
      plan: planOp(softmaxCrossEntropy, { ...loss, strides: { labels: 0 } }),
      buffers: { logits, labels: inputs.region('labels'), rows: rows.region('rows'), dz: rows.region('dz') },
    },
    {
      plan: planGradient(softmaxCrossEntropy, softmaxCrossEntropyGradient, { ...loss, strides: { drows: 0 }, ops: [scaleRows] }),
      buffers: { dz: rows.region('dz'), drows: inputs.region('drows'), dlogits },
    },
    {
      plan: planGradient(matmul, matmulGradient, { ...operands, strides: { b: stride, db: at.v!.gradStride }, ops: [matmul] }),
      buffers: { a: h, b: weight('v'), dy: dlogits, da: dh, db: gradient('v') },
    },
    {
      plan: planGradient(conv2d, conv2dGradient, {
        ...convolution,
        wanted: ['w', 'b'],
        strides: { x: 0, dw: at.w!.gradStride, db: at.b!.gradStride },
        ops,
      }),
      buffers: { x: inputs.region('x'), y: h, dy: dh, dw: gradient('w'), db: gradient('b') },
    },
    {
      plan: optimizer,
      buffers: {
        arena: heaps.arena.region('arena'),
        grads: heaps.grads.region('grads'),
        loss: rows.region('rows'),
        state: heaps.state.region('state'),
        history: heaps.state.region('history'),
      },
    },
  ] as Task[];
  return { tasks, heaps, at, stride };
}

/** The list of `created`, as counts of calls on the device. */
function listed({ created }: Prepared, pipelines: 'createComputePipeline' | 'createComputePipelineAsync'): Record<string, number> {
  const filled = created.buffers.filter(({ holds }) => holds !== 'scratch').length;
  return Object.fromEntries(
    Object.entries({
      'device.createShaderModule': created.shaderModules.length,
      'device.createBindGroupLayout': created.bindGroupLayouts.length,
      'device.createPipelineLayout': created.pipelineLayouts.length,
      [`device.${pipelines}`]: created.pipelines.length,
      'device.createBuffer': created.buffers.length,
      'Buffer.getMappedRange': filled,
      'Buffer.unmap': filled,
      'device.createBindGroup': created.bindGroups.length,
    }).filter(([, count]) => count > 0),
  );
}

describe.each(kinds)('kernels in an engine of the caller’s, on %s', (kind) => {
  it('takes a training step on buffers at offsets, and does nothing else', async () => {
    const { gpu } = await testDevice(kind);
    const { tasks, heaps, at, stride } = step(gpu);
    const spy = new Spy();
    const device = spy.proxy(gpu, 'device');
    for (const { buffer } of Object.values(heaps)) spy.watch(buffer, `caller ${buffer.label}`);

    const work = prepare(device, tasks, { label: 'step' });
    const made = spy.take();
    expect(counts(made)).toEqual(listed(work, 'createComputePipeline'));
    expect(made.filter(({ method }) => method === 'createBuffer').map(({ args: [descriptor] }) => descriptor)).toEqual(
      work.created.buffers.map(({ label, bytes, usage, holds }) => ({ label, size: bytes, usage, mappedAtCreation: holds !== 'scratch' })),
    );
    expect(work.created.buffers.filter(({ holds }) => holds === 'uniforms')).toHaveLength(1);
    expect(work.dispatches).toBe(9);

    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    work.encode(spy.proxy(pass, 'pass'));
    pass.end();
    const encoded = counts(spy.take());
    expect(Object.keys(encoded).sort()).toEqual(['pass.dispatchWorkgroups', 'pass.setBindGroup', 'pass.setPipeline']);
    expect(encoded['pass.dispatchWorkgroups']).toBe(work.dispatches);
    gpu.queue.submit([encoder.finish()]);

    const after = Object.assign({}, ...(await Promise.all(Object.values(heaps).map((heap) => heap.read())))) as Record<string, ArrayBuffer>;
    spy.take();
    expect([...new Uint32Array(after.state!)]).toEqual([1, 0]);
    const [rows, history, arena] = [after.rows!, after.history!, after.arena!].map((bytes) => new Float32Array(bytes)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    for (const [m, weights] of start.entries()) {
      const losses = lossesOf(weights);
      const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / N;
      expectClose(`losses of model ${m}`, rows.subarray(m * N, (m + 1) * N), losses);
      expectClose(`history of model ${m}`, history.subarray(4 * m, 4 * m + 1), [mean(losses)]);
      for (const name of ['w', 'b', 'v'] as const) {
        const begin = m * stride + at[name]!.offset / 4;
        const got: number[] = [];
        const want: number[] = [];
        for (const i of [0, 1, Math.floor(weights[name].length / 2), weights[name].length - 1]) {
          const slope = [1e-5, -1e-5].map((by) =>
            mean(lossesOf({ ...weights, [name]: Float64Array.from(weights[name], (v, j) => v + (i === j ? by : 0)) })),
          );
          got.push(arena[begin + i]!);
          want.push(weights[name][i]! - (LR * (slope[0]! - slope[1]!)) / 2e-5);
        }
        expectClose(`${name} of model ${m} after the step`, got, want);
      }
    }

    work.destroy();
    work.destroy();
    expect(counts(spy.take())).toEqual({ 'Buffer.destroy': work.created.buffers.length });
    expect(() => work.encode(pass)).toThrow('step: encode: got work that was destroyed; expected encode before destroy');
    for (const { buffer } of Object.values(heaps)) buffer.destroy();
  });

  it('shares pipelines through a cache, and compiles off the main thread', async () => {
    const { gpu } = await testDevice(kind);
    const plan = planOp(relu, { inputs: { x: [5] }, traits: traitsOf(gpu), own: ['y'] });
    const heap = new Heap(gpu, 'x', { x: Float32Array.of(-1, 2, -3, 4, 0) });
    const spy = new Spy();
    const device = spy.proxy(gpu, 'device');
    const pipelines = new PipelineCache(device);
    const first = await prepareAsync(device, { plan, buffers: { x: heap.region('x') } }, { pipelines });
    const scopes = { 'device.pushErrorScope': 1, 'device.popErrorScope': 1 };
    expect(counts(spy.take())).toEqual({ ...listed(first, 'createComputePipelineAsync'), ...scopes });
    expect(first.created).toMatchObject({
      pipelines: ['relu/forward'],
      buffers: [{ holds: 'uniforms' }, { holds: 'scratch', bytes: 20 }],
    });
    expect(() => first.encode(null as unknown as GPUComputePassEncoder)).toThrow(
      'kindling: encode: got null; expected a GPUComputePassEncoder',
    );
    expect(() => prepare(null as unknown as GPUDevice, [])).toThrow('prepare: device: got null');
    const second = prepare(device, { plan, buffers: { x: heap.region('x') } }, { pipelines });
    expect(counts(spy.take())).toEqual(listed(second, 'createComputePipeline'));
    expect(second.created).toMatchObject({ shaderModules: [], bindGroupLayouts: [], pipelineLayouts: [], pipelines: [] });

    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    second.encode(pass);
    pass.end();
    const result = gpu.createBuffer({ size: 20, usage: 0x1 | 0x8 });
    encoder.copyBufferToBuffer(second.regions[0]!.y!.buffer, 0, result, 0, 20);
    gpu.queue.submit([encoder.finish()]);
    await result.mapAsync(1);
    expect([...new Float32Array(result.getMappedRange())]).toEqual([0, 2, 0, 4, 0]);
    for (const owned of [first, second, result]) owned.destroy();
    heap.buffer.destroy();
  });

  it('refuses by name, before anything is created, what WebGPU would refuse or lose', async () => {
    const { gpu } = await testDevice(kind);
    const plan = planOp(relu, { inputs: { x: [100] }, traits: traitsOf(gpu) });
    const spy = new Spy();
    const device = spy.proxy(gpu, 'device');
    const [buffer, other, plain] = [
      [1024, 0x80],
      [512, 0x80],
      [512, 0x8],
    ].map(([size, usage]) => gpu.createBuffer({ size: size!, usage: usage! }));
    const aligned = gpu.limits.minStorageBufferOffsetAlignment;
    const refusals: [Task['buffers'], string][] = [
      [{ x: buffer! }, 'relu/forward: got no buffer for y; given: x; expected y of 400 bytes'],
      [
        { x: buffer!, y: { buffer: other!, offset: 256 } },
        'relu/forward: y: got 256 bytes at offset 256 of a buffer of 512; expected at least 400',
      ],
      [
        { x: buffer!, y: { buffer: other!, size: 396 } },
        'relu/forward: y: got 396 bytes (size 396) at offset 0 of a buffer of 512; expected at least 400',
      ],
      [{ x: { buffer: buffer!, offset: 4 }, y: other! }, `relu/forward: x: got offset 4; expected a multiple of ${aligned}`],
      [{ x: { buffer: buffer!, offset: -aligned }, y: other! }, `relu/forward: x: got offset -${aligned}`],
      [
        { x: { buffer: buffer!, offset: Number.NaN }, y: other! },
        `relu/forward: x: got offset NaN; expected a multiple of ${aligned} (this device's minStorageBufferOffsetAlignment). Next: begin at 0`,
      ],
      [{ x: { buffer: buffer!, offset: 256, size: 1024 }, y: other! }, 'relu/forward: x: got 768 bytes (size 1024) at offset 256'],
      [{ x: 'x' as unknown as GPUBuffer, y: other! }, 'relu/forward: x: got a string; expected a GPUBuffer'],
      [{ x: new Float32Array(100) as unknown as GPUBuffer, y: other! }, 'relu/forward: x: got Float32Array; expected a GPUBuffer'],
      [undefined as unknown as Task['buffers'], 'prepare: tasks: got plan Object and buffers a undefined'],
      [{ x: buffer!, y: plain! }, 'relu/forward: y: got a buffer without the usage STORAGE'],
      [{ x: buffer!, y: { buffer: buffer!, offset: 512 } }, 'got one GPUBuffer for x (read) and y (read_write); expected two buffers'],
    ];
    for (const [buffers, message] of refusals) {
      expect(() => prepare(device, { plan, buffers })).toThrow(message);
      await expect(prepareAsync(device, { plan, buffers })).rejects.toThrow(message);
    }
    const both = {
      plan: planOp(softmaxCrossEntropy, { inputs: { logits: [2, 3], labels: [2] } }),
      buffers: { logits: other!, labels: other! },
    };
    const overlapping = { ...both.buffers, rows: buffer!, dz: { buffer: buffer!, offset: 0 } };
    expect(() => prepare(device, { ...both, buffers: overlapping })).toThrow(
      'got one GPUBuffer for rows (read_write) and dz (read_write); expected regions',
    );
    const needing = {
      ...plan,
      passes: plan.passes.map((each) => ({ ...each, program: { ...each.program, features: ['subgroups' as const] } })),
    };
    const without = new Proxy(device, { get: (target, name) => (name === 'features' ? new Set() : Reflect.get(target, name)) });
    expect(() => prepare(without, { plan: needing, buffers: { x: buffer!, y: other! } })).toThrow('got a device without subgroups');
    expect(() => prepare(device, { plan, buffers: { x: buffer!, y: other! } }, { pipelines: new PipelineCache(gpu) })).toThrow(
      'a cache of another device',
    );
    expect(spy.take()).toEqual([]);

    const [{ program, resources }] = plan.passes as [(typeof plan.passes)[0]];
    const broken = { ...program, sources: [...program.sources, { path: 'broken.wgsl', text: 'nonsense' }] };
    const attempt = { plan: { ...plan, passes: [{ program: broken, resources }] }, buffers: { x: buffer!, y: other! } };
    gpu.pushErrorScope('validation');
    await expect(prepareAsync(device, attempt)).rejects.toThrow(
      /^relu\/forward: got broken\.wgsl:1:\d+: .*; expected WGSL that this device compiles/s,
    );
    expect(await gpu.popErrorScope()).toBeNull();
    expect(counts(spy.take())['device.createBuffer']).toBeUndefined();
    for (const each of [buffer, other, plain]) each!.destroy();
  });
});
