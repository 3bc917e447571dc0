// @kindling/datagen inside another engine: what embed-kernels.test.ts shows of kernels, for batches. The CPU twins are the reference.
import { type BatchOptions, packTwin, planBatch, prepare, type RecipeInput, sample, traitsOf } from '@kindling/datagen';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { Heap } from './embed-buffers.js';
import { counts, Spy } from './spy.js';

const kinds = await testAdapters();
const [STEP, SEEDS] = [5, [11, 12]];
const base = Float32Array.from({ length: 2 * 64 }, (_, i) => (i % 7) / 7);

interface Case extends Omit<BatchOptions, 'batch' | 'traits'> {
  readonly name: string;
  readonly tensors: readonly string[];
  readonly owned: readonly string[];
  /** Buffers of the caller's beside state, seeds and the batch. */
  readonly more?: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  /** Largest difference of a pixel from the twin. */
  readonly tolerance: number;
}
const image = { height: 8, width: 8 };
const cases: Case[] = [
  { name: 'count', recipe: { family: 'count', image }, models: 2, tensors: ['state', 'seeds', 'x', 'y'], owned: [], tolerance: 0 },
  {
    name: 'count as bytes',
    recipe: { family: 'count', image },
    models: 2,
    bytes: true,
    tensors: ['state', 'seeds', 'packed', 'y'],
    owned: [],
    tolerance: 0,
  },
  {
    name: 'a mixture with a post and weights of the caller’s',
    recipe: {
      family: 'mixture',
      image,
      parts: [{ recipe: { family: 'gratings' } }, { recipe: { family: 'count' } }],
      post: [{ kind: 'cutout' }],
    } as RecipeInput,
    models: 2,
    control: { familyWeights: true, shared: true },
    tensors: ['state', 'seeds', 'x', 'y', 'familyWeights'],
    owned: [
      '0.parameterTable',
      '0.rows',
      '1.parameterTable',
      '1.rows',
      '1.y',
      'choice',
      'partWeights',
      'post.none',
      'post.rows',
      'post.table',
    ],
    more: { familyWeights: Float32Array.of(1, 1) },
    tolerance: 1e-4,
  },
  {
    name: 'augmented images of the caller’s',
    recipe: {
      family: 'augment',
      image,
      params: { base: { external: { classes: 2, hash: '0123456789abcdef' } } },
    } as unknown as RecipeInput,
    tensors: ['state', 'seeds', 'x', 'y', 'base'],
    owned: ['lattice', 'parameterTable', 'rows'],
    more: { base },
    tolerance: 1e-4,
  },
];

describe.each(kinds)('batches in an engine of the caller’s, on %s', (kind) => {
  it.each(cases)('$name', async ({ name: _, tensors, owned, more = {}, tolerance, ...options }) => {
    const { gpu } = await testDevice(kind);
    const { models = 1 } = options;
    const batch = 6;
    const plan = planBatch({ ...options, batch, traits: traitsOf(gpu) });
    expect(plan.tensors.map(({ name }) => name)).toEqual(tensors);
    const bytes = Object.fromEntries(plan.tensors.map((tensor) => [tensor.name, tensor.bytes]));
    const pixels = options.bytes ? 'packed' : 'x';
    const reads = { state: Uint32Array.of(STEP), seeds: Uint32Array.from(SEEDS.slice(0, models)), ...more };
    for (const [name, data] of Object.entries(reads)) expect(bytes[name]).toBe(data.byteLength);
    const heaps = { read: new Heap(gpu, 'read', reads), written: new Heap(gpu, 'written', { [pixels]: bytes[pixels]!, y: bytes.y! }) };
    const spy = new Spy();
    for (const { buffer } of Object.values(heaps)) spy.watch(buffer, `caller ${buffer.label}`);

    const buffers = {
      ...Object.fromEntries(Object.keys(reads).map((name) => [name, heaps.read.region(name)])),
      [pixels]: heaps.written.region(pixels),
      y: heaps.written.region('y'),
    };
    const work = prepare(spy.proxy(gpu, 'device'), { plan, buffers });
    const { created } = work;
    expect(
      created.buffers
        .filter(({ holds }) => holds !== 'uniforms')
        .map(({ label }) => label.slice('kindling: '.length))
        .sort(),
    ).toEqual(owned);
    const filled = created.buffers.filter(({ holds }) => holds !== 'scratch').length;
    const made = counts(spy.take());
    expect(made).toEqual({
      'device.createShaderModule': created.shaderModules.length,
      'device.createBindGroupLayout': created.bindGroupLayouts.length,
      'device.createPipelineLayout': created.pipelineLayouts.length,
      'device.createComputePipeline': created.pipelines.length,
      'device.createBuffer': created.buffers.length,
      'Buffer.getMappedRange': filled,
      'Buffer.unmap': filled,
      'device.createBindGroup': created.bindGroups.length,
    });

    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    work.encode(spy.proxy(pass, 'pass'));
    pass.end();
    const encoded = counts(spy.take());
    expect(Object.keys(encoded).sort()).toEqual(['pass.dispatchWorkgroups', 'pass.setBindGroup', 'pass.setPipeline']);
    expect(encoded['pass.dispatchWorkgroups']).toBe(plan.passes.length);
    gpu.queue.submit([encoder.finish()]);
    await heaps.read.read();
    const written = await heaps.written.read();
    spy.take();

    const twins = Array.from({ length: models * batch }, (_, i) =>
      sample(options.recipe, SEEDS[Math.floor(i / batch)]!, STEP, i % batch, { base }),
    );
    const images = Float32Array.from(twins.flatMap((twin) => [...twin.image]));
    if (options.bytes) expect(new Uint32Array(written.packed!)).toEqual(packTwin(images));
    else {
      const found = new Float32Array(written.x!);
      expect(found.length).toBe(images.length);
      const worst = images.findIndex((value, i) => !(Math.abs(found[i]! - value) <= tolerance));
      expect(worst, `x[${worst}] is ${found[worst]}, not ${images[worst]}`).toBe(-1);
    }
    const labels = plan.label.dtype === 'u32' ? new Uint32Array(written.y!) : new Float32Array(written.y!);
    expect([...labels]).toEqual(twins.flatMap((twin) => [...twin.labels]));

    work.destroy();
    expect(counts(spy.take())).toEqual({ 'Buffer.destroy': created.buffers.length });
    for (const { buffer } of Object.values(heaps)) buffer.destroy();
  });

  it('takes scratch of the caller’s, checked as his other buffers are', async () => {
    const { gpu } = await testDevice(kind);
    const plan = planBatch({ recipe: { family: 'gratings', image }, batch: 2, traits: traitsOf(gpu) });
    const rows = plan.buffers.find(({ name }) => name === 'rows')!;
    const buffer = (size: number) => gpu.createBuffer({ size, usage: 0x80 | 0x4 | 0x8 });
    const given = Object.fromEntries(plan.tensors.map(({ name, bytes }) => [name, buffer(bytes)]));
    const [small, large] = [buffer(rows.bytes - 4), buffer(rows.bytes)];
    expect(() => prepare(gpu, { plan, buffers: { ...given, rows: small } })).toThrow(`rows: got ${small.size} bytes`);
    const work = prepare(gpu, { plan, buffers: { ...given, rows: large } });
    expect(work.created.buffers.map(({ label }) => label)).not.toContain('kindling: rows');
    expect(work.regions[0]!.rows!.buffer).toBe(large);
    work.destroy();
    for (const each of [small, large, ...Object.values(given)]) each.destroy();
  });
});
