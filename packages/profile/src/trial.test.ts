import { type Device, openDevice } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { PreparedData, parseRunRecipe, type RunRecipeInput, runTrial, type TrialMark } from '@kindling/warmup';
import { describe, expect, it } from 'vitest';
import { Profiler, type ProfilerOptions } from './profiler.js';
import { checkTrace } from './testing/check-trace.js';
import { smallData } from './testing/data.js';
import { here } from './testing/here.js';
import { traceOf } from './trace.js';

const quick: ProfilerOptions = {
  ceilings: { rounds: 1, sampleSeconds: 0.002, bytes: 2 ** 20 },
  differences: { rounds: 2, sampleSeconds: 0.002 },
};

interface Run {
  readonly recipe?: RunRecipeInput;
  readonly options?: ProfilerOptions;
  readonly onMark?: (mark: TrialMark, device: Device) => void;
}

/** A profiled trial of eight steps on noise, and the losses of its steps. */
async function profiled(device: Device, { recipe = {}, options = {}, onMark }: Run = {}) {
  const profiler = await Profiler.open(device, { ...quick, ...options });
  const data = smallData();
  const disk =
    recipe.dataSource === 'disk'
      ? { fill: (_seed: number, _at: number, x: Float32Array, y: Uint32Array) => void [x.fill(0.5), y.fill(1)] }
      : undefined;
  const prepared = new PreparedData(device, data, disk as never);
  const losses: (number | null)[] = [];
  const { parameters, accuracy } = await runTrial(
    {
      device,
      data: prepared,
      onEvent: (event) => event.type === 'train' && losses.push(...event.losses),
      observer: {
        pause: profiler.pause,
        mark(mark) {
          profiler.mark(mark);
          onMark?.(mark, device);
        },
      },
    },
    parseRunRecipe({ steps: 8, p: 0.5, batch: 16, ...recipe }),
  );
  const { report, recording } = await profiler.finish();
  parameters.destroy();
  prepared.destroy();
  return { report, recording, losses, accuracy };
}

async function plain(device: Device) {
  const data = new PreparedData(device, smallData());
  const losses: (number | null)[] = [];
  const onEvent = (event: { type: string; losses?: readonly (number | null)[] }) => void losses.push(...(event.losses ?? []));
  const { parameters, accuracy } = await runTrial({ device, data, onEvent }, parseRunRecipe({ steps: 8, p: 0.5, batch: 16 }));
  parameters.destroy();
  data.destroy();
  return { losses, accuracy };
}

describe.each(await testAdapters())('a profiled trial on %s', (kind) => {
  it('trains to the same bits, and has every kernel with its time, bytes and operations', async () => {
    const device = await testDevice(kind);
    const expected = await plain(device);
    const { report, recording, losses, accuracy } = await profiled(device);
    expect({ losses, accuracy }).toEqual(expected);
    expect(report.timing).toBe('timestamps');
    expect(report.phases.map(({ phase, steps, profiled: timed, plain: whole }) => [phase, steps, timed, whole])).toEqual([
      ['warmup', 4, 2, 2],
      ['evaluation', 2, 2, 0],
      ['natural', 4, 2, 2],
    ]);
    const steps = report.kernels.filter(({ phase }) => phase !== 'evaluation');
    expect(steps.filter(({ phase }) => phase === 'warmup')).toHaveLength(10);
    for (const row of steps) {
      expect(row).toMatchObject({ calls: 2, callsPerStep: 1 });
      expect(row.usMedian).toBeGreaterThanOrEqual(0);
      expect(row.bytes).toBeGreaterThan(0);
      if (row.usMedian! > 0) expect(row.gbPerSecond).toBeCloseTo(row.bytes! / (1000 * row.usMedian!), 9);
    }
    for (const phase of ['warmup', 'natural', 'evaluation']) {
      const shares = report.kernels.filter((row) => row.phase === phase).map(({ share }) => share!);
      expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    }
    // By hand: 16 images of 28×28 with one channel, 8 filters of 3×3, and their biases.
    const conv = report.kernels.find(
      ({ phase, op, shape }) => phase === 'natural' && op === 'conv_relu_pool/forward' && shape.includes(' c1 '),
    )!;
    expect(conv.flops).toBe(16 * 784 * 8 * (2 * 9 + 1));
    expect(conv.bytes).toBe(4 * (16 * 784 + 72 + 8 + 16 * 8 * 196 + 16 * 196));
    // A batch of bytes in, of f32 out; one label each.
    const gather = report.kernels.find(({ phase, name }) => phase === 'natural' && name === 'data/gather')!;
    expect([gather.part, gather.bytes]).toEqual(['data', 16 * 785 + 4 * 16 * 785]);
    expect(report.ledger.zeroCopy).toEqual({
      passed: true,
      violations: [],
      phases: ['warmup', 'natural'].map((phase) => ({ phase, toGpu: 0, toHost: 0, passed: true })),
    });
    expect(checkTrace(JSON.parse(JSON.stringify(traceOf(recording, { adapter: kind }))))).toEqual([]);
  });

  it('fails zero copy for an upload that somebody slips into a step, and names the line', async () => {
    const device = await testDevice(kind);
    const extra = device.buffer('extra', 256);
    let line = 0;
    const { report } = await profiled(device, {
      onMark: ({ phase, part, step }) => {
        if (phase === 'warmup' && part === 'train' && step === 2) {
          line = here().line + 1;
          device.write(extra, new Float32Array(10));
        }
      },
    });
    const { zeroCopy, steps } = report.ledger;
    expect(zeroCopy.passed).toBe(false);
    expect(zeroCopy.phases[0]).toEqual({ phase: 'warmup', toGpu: 40, toHost: 0, passed: false });
    expect(zeroCopy.violations).toHaveLength(1);
    expect(zeroCopy.violations[0]!.site).toMatch(new RegExp(`:${line}$`));
    expect(zeroCopy.violations[0]).toMatchObject({ part: 'step', labels: ['extra'], bytes: 40 });
    expect(steps).toEqual([{ phase: 'warmup', step: 2, toGpu: 40, toHost: 0 }]);
    extra.destroy();
  });

  it('fails zero copy on the disk source, batch by batch', async () => {
    const device = await testDevice(kind);
    const { report } = await profiled(device, { recipe: { dataSource: 'disk' } });
    const [warmup, natural] = report.ledger.zeroCopy.phases;
    expect(warmup!.passed).toBe(true);
    // Sixteen images of f32 and their labels, four times.
    expect(natural).toEqual({ phase: 'natural', toGpu: 4 * 16 * (4 * 784 + 4), toHost: 0, passed: false });
    expect(report.ledger.steps.map(({ step, toGpu }) => [step, toGpu])).toEqual([0, 1, 2, 3].map((step) => [step, 16 * (4 * 784 + 4)]));
    for (const { site } of report.ledger.zeroCopy.violations) expect(site).toMatch(/warmup\/src\/group\.ts:\d+$/);
  });

  it('times by differences where the device has no timestamps, and trains to the same bits', async () => {
    const expected = await plain(await testDevice(kind));
    const features = [...(await testDevice(kind)).gpu.features].filter((name) => name !== 'timestamp-query' && !name.startsWith('core-'));
    const device = await openDevice({ adapter: kind, features, notice: () => undefined });
    expect(device.gpu.features.has('timestamp-query')).toBe(false);
    const { report, losses, accuracy } = await profiled(device);
    device.destroy();
    expect({ losses, accuracy }).toEqual(expected);
    expect(report).toMatchObject({ timing: 'differences', timestampStepNs: null });
    expect(report.warnings[0]).toMatch(/no timestamp-query/);
    const rows = report.kernels.filter(({ phase }) => phase === 'warmup');
    expect(rows).toHaveLength(10);
    for (const row of rows) expect(Number.isFinite(row.usMedian)).toBe(true);
    expect(report.phases.map(({ phase, stepMs }) => [phase, stepMs === null])).toEqual([
      ['warmup', false],
      ['evaluation', false],
      ['natural', false],
    ]);
    expect(report.ledger.zeroCopy.passed).toBe(true);
  });

  it('profiles a warm-up of Experiment 1, whose phase is made of two steps', async () => {
    const device = await testDevice(kind);
    const { report } = await profiled(device, { recipe: { experiment: 'augment', arm: 'published', steps: 6, p: 0.5 } });
    const names = report.kernels.filter(({ phase }) => phase === 'warmup').map(({ name }) => name);
    expect(names).toContain('experiments/augment_inputs');
    expect(report.ledger.zeroCopy.passed).toBe(true);
  });
});
