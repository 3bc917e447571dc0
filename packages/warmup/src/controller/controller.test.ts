import { pickWeighted, quantiseWeights, sampleKey } from '@kindling/core';
import type { Device } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { actionTable, type ControllerAction } from './actions.js';
import {
  accuracyScale,
  type ControllerProblem,
  controllerProgram,
  decodeLog,
  heldOutStateProgram,
  logWords,
  memoryWords,
} from './programs.js';
import { CONTROLLER_ARMS, type ControllerArm, type ControllerRule, ruleOf } from './rules.js';
import { ControllerTwin, exp3Update, reinforceUpdate } from './twin.js';

const CLASSES = 3;
const FEATURES = CLASSES + 4;

/** Six actions: two parts at three difficulties, every second one weighted. */
const actions: ControllerAction[] = Array.from({ length: 6 }, (_, a) => ({
  part: Math.floor(a / 3),
  family: 'any',
  difficulty: [0.25, 0.5, 1][a % 3]!,
  weighted: a % 2 === 1,
}));

/** A controller by itself, whose observations and rewards are made by hand. */
class Bench {
  readonly problem: ControllerProblem;
  private readonly device: Device;
  private readonly buffers: Readonly<Record<string, GPUBuffer>>;
  private readonly loss: number[];

  constructor(device: Device, rule: ControllerRule, models: number, blocks: number, seeds: readonly number[]) {
    this.problem = { models, classes: CLASSES, actions: actions.length, parts: 2, blocks, rule };
    this.device = device;
    this.loss = new Array(models).fill(1);
    this.buffers = {
      observation: device.buffer('observation', 4 * models * FEATURES),
      seeds: device.upload('seeds', Uint32Array.from(seeds)),
      actions: device.upload('actions', actionTable(actions)),
      memory: device.buffer('memory', 4 * models * memoryWords(this.problem)),
      log: device.buffer('log', 4 * models * (blocks + 1) * logWords(this.problem)),
      family_weights: device.buffer('family weights', 8 * models),
      difficulty: device.buffer('difficulty', 4 * models),
      class_weights: device.buffer('class weights', 4 * models * CLASSES),
    };
  }

  /** One call of the kernel: the loss of model m has fallen by rewards[m] since the last one. Returns the actions drawn. */
  async call(rewards: readonly number[], accuracy: readonly number[], phase: number): Promise<number[]> {
    const { device, buffers, problem } = this;
    const unit = Math.log(CLASSES);
    rewards.forEach((reward, m) => {
      this.loss[m]! -= reward / unit;
    });
    device.write(buffers.observation!, Float32Array.from(this.loss.flatMap((loss) => [...accuracy, loss, 0.25, phase, 1])));
    device.run(controllerProgram(problem), buffers);
    const memory = await device.readF32(buffers.memory!);
    return rewards.map((_, m) => memory[m * memoryWords(problem) + 5]!);
  }

  read(name: string): Promise<Float32Array> {
    return this.device.readF32(this.buffers[name]!);
  }

  destroy(): void {
    for (const buffer of Object.values(this.buffers)) buffer.destroy();
  }
}

describe.each(await testAdapters())('the controller on %s', (kind) => {
  it.each(CONTROLLER_ARMS)('learns and draws in arm %s as its twin in f64 says, for every model', async (arm) => {
    const [models, blocks, seeds] = [3, 9, [5, 6, 0xffffffff]];
    const rule = ruleOf(arm, actions.length, blocks, { gamma: 0.4, learningRate: 2 });
    const bench = new Bench(await testDevice(kind), rule, models, blocks, seeds);
    const twins = seeds.map(() => new ControllerTwin(actions.length, FEATURES, rule));
    const expected: { probabilities: readonly number[]; scaled: number; reward: number }[][] = seeds.map(() => []);
    const taken: number[][] = seeds.map(() => []);
    // Falls and rises of the loss, one a model and block; the first has no meaning.
    const reward = (block: number, m: number): number => Math.sin(3 * block + m) / (1 + block);
    let loss = seeds.map(() => 1);
    for (let block = 0; block <= blocks; block++) {
      const accuracy = [0.25, 0.5, 1 / (1 + block)];
      const drawn = await bench.call(
        seeds.map((_, m) => reward(block, m)),
        accuracy,
        block / blocks,
      );
      loss = loss.map((value, m) => value - reward(block, m) / Math.log(CLASSES));
      for (const [m, twin] of twins.entries()) {
        if (block > 0) {
          const scaled = twin.learn(taken[m]!.at(-1)!, reward(block, m));
          Object.assign(expected[m]!.at(-1)!, { scaled, reward: reward(block, m) });
        }
        const features = [...accuracy.map((value) => value * accuracyScale(CLASSES)), loss[m]!, 0.25, block / blocks, 1];
        expected[m]!.push({ probabilities: twin.decide(features), scaled: 0, reward: 0 });
        taken[m]!.push(drawn[m]!);
      }
    }
    const log = await bench.read('log');
    for (const [m, seed] of seeds.entries()) {
      const { decisions, end } = decodeLog(log, bench.problem, m);
      expect(decisions).toHaveLength(blocks);
      for (const [block, decision] of decisions.entries()) {
        const want = expected[m]![block]!;
        decision.probabilities.forEach((p, a) => {
          expect(Math.abs(p - want.probabilities[a]!), `model ${m}, block ${block}, action ${a}`).toBeLessThan(2e-5);
        });
        expect(decision.reward).toBeCloseTo(want.reward, 5);
        expect(decision.scaledReward).toBeCloseTo(want.scaled, 4);
        // The choice follows from the probabilities as they stand, in every bit.
        const pick = pickWeighted(sampleKey(seed, 'selection', block), 0xffffffff, 0, quantiseWeights(decision.probabilities));
        expect(decision.action).toBe(pick);
        expect(decision.action).toBe(taken[m]![block]);
      }
      expect(end.phase).toBe(1);
      expect(end.loss).toBeCloseTo(loss[m]! * Math.log(CLASSES), 5);
    }
    bench.destroy();
  });

  it('writes family, difficulty and class weights of the action, for each model its own', async () => {
    const seeds = Array.from({ length: 24 }, (_, i) => 100 + i);
    const bench = new Bench(await testDevice(kind), ruleOf('uniform', actions.length, 1), seeds.length, 1, seeds);
    const drawn = await bench.call(
      seeds.map(() => 0),
      [0.25, 0.5, 1],
      0,
    );
    expect(new Set(drawn).size).toBe(6);
    const [families, difficulty, weights] = [
      await bench.read('family_weights'),
      await bench.read('difficulty'),
      await bench.read('class_weights'),
    ];
    for (const [m, a] of drawn.entries()) {
      const action = actions[a]!;
      expect([...families.subarray(2 * m, 2 * m + 2)]).toEqual([action.part === 0 ? 1 : 0, action.part === 1 ? 1 : 0]);
      expect(difficulty[m]).toBe(action.difficulty);
      const want = action.weighted ? [0.85, 0.6, 0.1] : [1, 1, 1];
      weights.subarray(CLASSES * m, CLASSES * (m + 1)).forEach((weight, c) => {
        expect(weight).toBeCloseTo(want[c]!, 6);
      });
    }
    bench.destroy();
  });

  const models = 24;
  /** Share of draws, in the second half of the blocks, of the arm that `best` names for a phase; it pays .9 on average, the others .2. */
  const shareOfBest = async (
    arm: ControllerArm,
    blocks: number,
    phases: readonly number[],
    best: (phase: number) => number,
  ): Promise<number> => {
    const seeds = Array.from({ length: models }, (_, i) => 1 + i);
    const bench = new Bench(await testDevice(kind), ruleOf(arm, actions.length, blocks), models, blocks, seeds);
    let rewards = seeds.map(() => 0);
    let found = 0;
    for (let block = 0; block < blocks; block++) {
      const phase = phases[block % phases.length]!;
      const drawn = await bench.call(rewards, [0.3, 0.3, 0.3], phase);
      // Bernoulli rewards from words that no kernel sees; small, so that the loss, which is a feature too, stays near 1.
      rewards = drawn.map((a, m) => (sampleKey(seeds[m]!, 'dropout', block)[0] / 2 ** 32 < (a === best(phase) ? 0.9 : 0.2) ? 1 / 1024 : 0));
      if (block >= blocks / 2) found += drawn.filter((a) => a === best(phase)).length;
    }
    bench.destroy();
    return found / ((models * blocks) / 2);
  };
  // 960 draws by lot: mean 1/6, deviation .012. A share beyond six deviations has probability 2e-9; 2/6 lies 13.9 above.
  const SIX_DEVIATIONS = 6 * Math.sqrt(5 / 36 / 960);

  it('finds the best of six arms far more often than by lot', async () => {
    expect(Math.abs((await shareOfBest('uniform', 80, [0.5], () => 4)) - 1 / 6)).toBeLessThan(SIX_DEVIATIONS);
    expect(await shareOfBest('exp3', 80, [0.5], () => 4)).toBeGreaterThan(2 / 6);
    expect(await shareOfBest('policy', 80, [0.5], () => 4)).toBeGreaterThan(2 / 6);
  });

  it('looks at the state: the policy finds an arm for each of two phases', async () => {
    const share = await shareOfBest('policy', 240, [0, 1], (phase) => (phase === 0 ? 1 : 4));
    // Whoever does not look is right at most every second time; of 2,880 draws six deviations are .056.
    expect(share).toBeGreaterThan(0.5 + 6 * Math.sqrt(0.25 / (models * 120)));
  });

  it('makes its observation of evaluation rows and gradient norms', async () => {
    const device = await testDevice(kind);
    const [models, total, capacity, window] = [2, 131, 8, 3];
    const labels = Uint8Array.from({ length: 132 }, (_, i) => (i * 7) % CLASSES);
    const rows = Float32Array.from({ length: 2 * models * total }, (_, i) =>
      i % 2 === 0 ? 1 + ((i * 37) % 11) / 10 : ((i * 13) % 5) / 4 > 0.6 ? 1 : 0,
    );
    const history = Float32Array.from({ length: 4 * models * capacity }, (_, i) => i / 10);
    // Model 1 has diverged.
    rows[2 * total] = Number.NaN;
    const buffers = {
      rows: device.upload('rows', rows),
      labels: device.upload('labels', labels),
      history: device.upload('history', history),
      state: device.upload('state', Uint32Array.of(10, 0, 0, 0)),
      observation: device.buffer('observation', 4 * models * FEATURES),
    };
    device.run(heldOutStateProgram({ models, classes: CLASSES, total, capacity, window, steps: 40 }), buffers);
    const got = await device.readF32(buffers.observation);
    for (let m = 0; m < models; m++) {
      const own = got.subarray(FEATURES * m, FEATURES * (m + 1));
      const images = Array.from({ length: total }, (_, i) => ({
        label: labels[i]!,
        loss: rows[2 * (m * total + i)]!,
        right: rows[2 * (m * total + i) + 1]!,
      }));
      for (let c = 0; c < CLASSES; c++) {
        const ofClass = images.filter(({ label }) => label === c);
        expect(own[c]).toBeCloseTo(ofClass.reduce((sum, { right }) => sum + right, 0) / ofClass.length, 6);
      }
      const loss = images.reduce((sum, image) => sum + image.loss, 0) / total / Math.log(CLASSES);
      if (m === 0) expect(own[CLASSES]).toBeCloseTo(loss, 5);
      else expect(own[CLASSES]).toBe(4);
      // Steps 7, 8 and 9 stand in rows 7, 0 and 1 of the ring.
      const norm = [7, 0, 1].reduce((sum, row) => sum + history[4 * (m * capacity + row) + 1]!, 0) / 3;
      expect(own[CLASSES + 1]).toBeCloseTo(norm / (1 + norm), 5);
      expect([...own.subarray(CLASSES + 2)]).toEqual([0.25, 1]);
    }
    for (const buffer of Object.values(buffers)) buffer.destroy();
  });
});

describe('the twins', () => {
  it('EXP3: multiplies the weight of the chosen arm by exp(γ/A · reward/p)', () => {
    expect(exp3Update([0, 1], [0.25, 0.75], 0, 0.5, 0.1)).toEqual([0.2, 1]);
  });

  it('REINFORCE: follows the gradient of the logarithm of the mixed probability', () => {
    const [features, mix, rate] = [[0.5, -1, 1], 0.2, 0.3];
    const theta = [
      [0.1, 0.2, -0.3],
      [0, 0.5, 0.4],
      [-0.7, 0.1, 0.2],
    ];
    const logP = (weights: number[][], action: number): number => {
      const e = weights.map((row) => Math.exp(row.reduce((sum, w, f) => sum + w * features[f]!, 0)));
      return Math.log((1 - mix) * (e[action]! / e.reduce((a, b) => a + b, 0)) + mix / 3);
    };
    const got = reinforceUpdate(theta, features, 1, 0.7, { rate, mix });
    for (let a = 0; a < 3; a++) {
      for (let f = 0; f < 3; f++) {
        const moved = (h: number) => theta.map((row, i) => row.map((w, j) => (i === a && j === f ? w + h : w)));
        const slope = (logP(moved(1e-5), 1) - logP(moved(-1e-5), 1)) / 2e-5;
        expect(got[a]![f]! - theta[a]![f]!).toBeCloseTo(rate * 0.7 * slope, 8);
      }
    }
  });

  it('scales rewards into a range that follows them and forgets', () => {
    const twin = new ControllerTwin(2, 1, { arm: 'uniform', rate: 0, mix: 1, baselineRate: 0.1, forget: 0.1 });
    twin.decide([1]);
    const scaled = [1, 3, 2, 1].map((reward) => twin.learn(0, reward));
    // First no range; then its top; then 2 in [1.2, 2.8]; then the bottom again.
    expect(scaled[0]).toBe(0.5);
    expect(scaled[1]).toBe(1);
    expect(scaled[2]).toBeCloseTo(0.5, 12);
    expect(scaled[3]).toBe(0);
  });

  it('refuses numbers outside their range', () => {
    expect(() => ruleOf('exp3', 6, 10, { gamma: 0 })).toThrow('controller: gamma: got 0');
    expect(() => ruleOf('policy', 6, 10, { forget: 0.5 })).toThrow('controller: forget: got 0.5');
    expect(() => ruleOf('policy', 6, 10, { exploration: Number.NaN })).toThrow('controller: exploration: got NaN');
    expect(ruleOf('exp3', 6, 1)).toMatchObject({ mix: 0.3, rate: 0.3 / 6 });
    expect(ruleOf('exp3', 6, 1000).mix).toBeCloseTo(Math.sqrt((6 * Math.log(6)) / (1000 * (Math.E - 1))), 12);
  });
});
