import { ForwardPass, ParameterSet } from '@kindling/autograd';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { posterCnn } from '../models.js';
import { PreparedData } from '../natural.js';
import { parseRunRecipe } from '../recipe.js';
import { barsData } from '../testing/bars.js';
import { type PoseMoment, runTrials } from '../trial.js';
import { augmentInputs, NOISE } from './inputs.js';
import { AugmentPhase } from './phase.js';
import { poseSpread } from './pose-watch.js';
import { samplePose, samplerParameters } from './sampler.js';

/** Runs trials of Experiment 1 that differ in their seeds. */
async function train(kind: string, arm: string, seeds: readonly number[], fields: object = {}, watched = false) {
  const device = await testDevice(kind);
  const data = new PreparedData(device, barsData);
  const recipes = seeds.map((seed) => parseRunRecipe({ experiment: 'augment', arm, p: 0.5, steps: 30, batch: 8, seed, ...fields }));
  const poses = seeds.map((): PoseMoment[] => []);
  const onPoses = (moment: PoseMoment, index: number) => poses[index]!.push(moment);
  const results = await runTrials({ device, data, onEvent: () => undefined, ...(watched ? { onPoses } : {}) }, recipes);
  const weights = await Promise.all(results.map(({ parameters, index }) => parameters.read(index)));
  results[0]!.parameters.destroy();
  data.destroy();
  return { results, weights, poses };
}

const trained = new Map<string, ReturnType<typeof train>>();
/** The same trials are trained once for all that is asked of them. */
function trials(kind: string, arm: string, seeds: readonly number[]): ReturnType<typeof train> {
  const key = JSON.stringify([kind, arm, seeds]);
  const found = trained.get(key) ?? train(kind, arm, seeds);
  trained.set(key, found);
  return found;
}

describe.each(await testAdapters())('Experiment 1 on %s', (kind) => {
  it.each(['published', 'random'])('moves no byte from the host in the warm-up of arm %s', async (arm) => {
    const { results } = await train(kind, arm, [1], { p: 0.2, steps: 100, batch: 16 });
    expect(results[0]!.warmup).toMatchObject({ hostBytesPerStep: 0, buffersPerStep: 0, bindGroupsPerStep: 0 });
    expect(results[0]!.accuracy).toBeGreaterThan(0.3);
  });

  it('gives each of several seeds the bits that it gets alone', async () => {
    const [together, first, second] = [
      await trials(kind, 'published', [3, 4]),
      await trials(kind, 'published', [3]),
      await trials(kind, 'published', [4]),
    ];
    expect(together.weights[0]).toEqual(first.weights[0]);
    expect(together.weights[1]).toEqual(second.weights[0]);
    expect(together.results.map(({ testLoss }) => testLoss)).toEqual([first.results[0]!.testLoss, second.results[0]!.testLoss]);
  });

  it('trains a sampler that is not the random arm, and a guarded one that is not the published', async () => {
    const [published, random, guarded] = [
      await trials(kind, 'published', [3, 4]),
      await trials(kind, 'random', [3, 4]),
      await trials(kind, 'guarded', [3]),
    ];
    expect([guarded.results[0]!.teacherSteps, published.results[0]!.teacherSteps]).toEqual([200, undefined]);
    expect(guarded.results[0]!.time.teacher).toBeGreaterThan(0);
    expect(published.results[0]!.time).not.toHaveProperty('teacher');
    expect(published.weights[0]).not.toEqual(random.weights[0]);
    expect(guarded.weights[0]).not.toEqual(published.weights[0]);
  });

  it.each(['published', 'random'])('says how arm %s moves its images, and trains the same net', async (arm) => {
    const plain = await trials(kind, arm, [3, 4]);
    const { results, weights, poses } = await train(kind, arm, [3, 4], {}, true);
    expect(weights).toEqual(plain.weights);
    expect(results[0]!.warmup).toMatchObject({ hostBytesPerStep: 0, buffersPerStep: 0, bindGroupsPerStep: 0 });
    for (const own of poses) expect(own.map(({ step }) => step)).toEqual([5, 10, 15]);
    expect(poses[0]).not.toEqual(poses[1]);
    for (const { step, tx, ty, rotation } of poses.flat()) {
      // The ramp ends after 3 of 15 steps; the last step drawn is one less than those done.
      const ramp = Math.min(1, (step - 1) / 3);
      for (const [{ mean, sd }, reach] of [
        [tx, 6],
        [ty, 6],
        [rotation, 20],
      ] as const) {
        expect(sd).toBeGreaterThan(0);
        expect(Math.hypot(mean, sd)).toBeLessThanOrEqual(ramp * reach * (1 + 1e-6));
      }
    }
  });

  it('reads the poses that the sampler chooses', async () => {
    const device = await testDevice(kind);
    const model = posterCnn();
    const data = new PreparedData(device, barsData);
    const seedValues = [3, 4];
    const parameters = new ParameterSet(device, model.parameters(10), 2);
    parameters.initialise(seedValues);
    const seeds = device.upload('seeds', Uint32Array.from(seedValues));
    const plan = { steps: 2, schedule: () => ({ lr: 1e-3, beta1: 0.9 }), scheduleSteps: 2 };
    const reach = { shift: 6, angle: 20, rampSteps: 1 };
    const common = { model, parameters, base: data.base, classes: 10, batch: 4, seeds, seedValues, plan, reach, watched: true };
    const phase = await AugmentPhase.create(device, { ...common, sampler: 'learned' });
    device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      for (let step = 0; step < 2; step++) {
        phase.encodeData(pass);
        phase.encodeTrain(pass, step);
      }
      pass.end();
    });
    const found = await phase.poses();
    // The same MLP on the host's copy of what the phase left, model by model.
    const [noise, labels] = [await device.readF32(phase.buffers.noise), await device.readU32(phase.labels)];
    const base = await device.readF32(data.base);
    for (const m of [0, 1]) {
      const own = new ParameterSet(device, samplerParameters(784));
      const weights = await phase.samplerParameters!.read(m);
      for (const [name, values] of Object.entries(weights)) own.set(name, values);
      const { pass } = await ForwardPass.compile(device, {
        parameters: own,
        inputs: { image: { shape: [4, 1, 28, 28] }, noise: { shape: [4, NOISE] }, amplitude: { shape: [1, 3] } },
        model: (p, x) => samplePose(p, x.image!, x.noise!, x.amplitude!),
      });
      const image = new Float32Array(4 * 784);
      for (let i = 0; i < 4; i++) image.set(base.subarray(784 * labels[4 * m + i]!, 784 * (labels[4 * m + i]! + 1)), 784 * i);
      device.write(pass.inputs.image!, image);
      device.write(pass.inputs.noise!, noise.slice(4 * NOISE * m, 4 * NOISE * (m + 1)));
      device.write(pass.inputs.amplitude!, Float32Array.of(6, 6, 20));
      pass.run();
      const expected = poseSpread(await device.readF32(pass.output.resource, 0, 12));
      for (const axis of ['tx', 'ty', 'rotation'] as const) {
        expect(found[m]![axis].mean).toBeCloseTo(expected[axis].mean, 4);
        expect(found[m]![axis].sd).toBeCloseTo(expected[axis].sd, 4);
      }
      for (const owner of [pass, own]) owner.destroy();
    }
    for (const owner of [phase, parameters, seeds, data]) owner.destroy();
  });

  it('draws classes uniformly, noise normally, and poses within a reach that grows', async () => {
    const device = await testDevice(kind);
    const batch = 4000;
    const reach = { shift: 6, angle: 20, rampSteps: 10 };
    const run = async (step: number) => {
      const buffers = {
        state: device.upload('state', Uint32Array.of(step)),
        seeds: device.upload('seeds', Uint32Array.of(9)),
        y: device.buffer('y', 4 * batch),
        noise: device.buffer('noise', 4 * batch * NOISE),
        pose: device.buffer('pose', 12 * batch),
        amplitude: device.buffer('amplitude', 12),
      };
      device.run(augmentInputs(batch, 1, 10, reach, device.traits), buffers);
      const read = {
        y: await device.readU32(buffers.y),
        noise: await device.readF32(buffers.noise),
        pose: await device.readF32(buffers.pose),
        amplitude: await device.readF32(buffers.amplitude),
      };
      for (const buffer of Object.values(buffers)) buffer.destroy();
      return read;
    };
    const { y, noise, pose, amplitude } = await run(20);
    const counts = Array.from({ length: 10 }, (_, c) => y.filter((label) => label === c).length);
    // χ² with 9 degrees of freedom exceeds 33.7 with probability 1e-4.
    expect(counts.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0)).toBeLessThan(33.7);
    const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
    const variance = noise.reduce((sum, value) => sum + value ** 2, 0) / noise.length;
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(noise.length));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / noise.length));
    expect([...amplitude]).toEqual([6, 6, 20]);
    const largest = [0, 1, 2].map((axis) => Math.max(...Array.from({ length: batch }, (_, i) => Math.abs(pose[3 * i + axis]!))));
    for (const [axis, bound] of [6, 6, 20].entries()) {
      expect(largest[axis]).toBeLessThanOrEqual(bound);
      expect(largest[axis]).toBeGreaterThan(0.99 * bound);
    }
    expect([...(await run(0)).amplitude]).toEqual([0, 0, 0]);
    expect((await run(5)).amplitude[2]).toBeCloseTo(10, 5);
    expect((await run(0)).pose.every((value) => value === 0)).toBe(true);
  });

  it('chooses a pose as the MLP in f64 does', async () => {
    const device = await testDevice(kind);
    const parameters = new ParameterSet(device, samplerParameters(12));
    parameters.initialise([2]);
    const inputs = { image: [3, 1, 3, 4], noise: [3, NOISE], amplitude: [1, 3] } as const;
    const { pass } = await ForwardPass.compile(device, {
      parameters,
      inputs: Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, { shape }])),
      model: (p, x) => samplePose(p, x.image!, x.noise!, x.amplitude!),
    });
    const image = Float32Array.from({ length: 36 }, (_, i) => Math.abs(Math.sin(i)));
    const noise = Float32Array.from({ length: 30 }, (_, i) => Math.cos(3 * i));
    device.write(pass.inputs.image!, image);
    device.write(pass.inputs.noise!, noise);
    device.write(pass.inputs.amplitude!, Float32Array.of(6, 6, 20));
    pass.run();
    const got = await device.readF32(pass.output.resource, 0, 9);
    const p = await parameters.read();
    const linear = (x: number[], name: string): number[] =>
      Array.from(p[`${name}.bias`]!, (bias, o) => x.reduce((sum, value, i) => sum + value * p[`${name}.weight`]![o * x.length + i]!, bias));
    const normed = (x: number[]): number[] => {
      const mean = x.reduce((a, b) => a + b, 0) / x.length;
      const deviation = Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length + 1e-5);
      return x.map((value) => Math.max(0, (value - mean) / deviation));
    };
    for (let n = 0; n < 3; n++) {
      const x = [...image.subarray(12 * n, 12 * n + 12), ...noise.subarray(NOISE * n, NOISE * (n + 1))];
      linear(normed(linear(normed(linear(x, 'fc1')), 'fc2')), 'fc3').forEach((value, o) => {
        expect(got[3 * n + o]).toBeCloseTo([6, 6, 20][o]! * Math.tanh(value), 4);
      });
    }
    for (const owner of [pass, parameters]) owner.destroy();
    expect(posterCnn().parameters(10)['fc2.weight']!.shape).toEqual([10, 64]);
  });
});

describe('poseSpread', () => {
  it('takes mean and standard deviation along each axis', () => {
    const { tx, ty, rotation } = poseSpread(Float32Array.of(1, 0, -10, 3, 0, 20, 5, 0, 20));
    expect(tx).toEqual({ mean: 3, sd: Math.sqrt(8 / 3) });
    expect(ty).toEqual({ mean: 0, sd: 0 });
    expect(rotation).toEqual({ mean: 10, sd: Math.sqrt(200) });
  });
});
