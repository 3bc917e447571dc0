import type { NaturalData } from '@kindling/data';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { PreparedData } from '../natural.js';
import { barsData } from '../testing/bars.js';
import { worthArm } from './arms.js';
import { runWorth, type WorthPlan, type WorthTrial, worthSteps } from './run.js';

const plan = (arm: string, more: Partial<WorthPlan> = {}): WorthPlan => ({
  arm: worthArm(arm),
  steps: 20,
  warmupSteps: 10,
  lr: 3e-3,
  batch: 16,
  ...more,
});

describe('worthArm', () => {
  it('has one name for each arm, however it is asked for', () => {
    expect(worthArm('none')).toMatchObject({ name: 'none', warmup: null, longer: false });
    expect(worthArm('longer')).toMatchObject({ warmup: null, longer: true });
    expect(worthArm('gratings')).toEqual(worthArm('family:gratings'));
    expect(worthArm('strokes:kept')).toMatchObject({
      name: 'family:strokes:kept',
      warmup: { kept: true, generator: { family: 'strokes' } },
    });
    const generators = { count: { label: { kind: 'standardised' } } };
    expect(worthArm('count', generators)).toMatchObject({ warmup: { generator: { family: 'count', label: { kind: 'standardised' } } } });
  });

  it('refuses what there is not, and a head that cannot stay', () => {
    expect(() => worthArm('plain')).toThrow('--arms: got "plain"; expected none, longer, <family> or <family>:kept');
    expect(() => worthArm('strokes:keep')).toThrow('got "strokes:keep"');
    expect(() => worthArm('count:kept')).toThrow(
      'got family:count:kept, with labels that are no classes; expected a family whose labels are 10',
    );
    expect(() => worthArm('strokes:kept', {}, 7)).toThrow('with 10 classes; expected a family whose labels are 7 classes');
    expect(() => worthArm('count', { count: { label: { kind: 'odd' } } })).toThrow('label');
  });

  it('longer spends the steps of both phases on natural images', () => {
    expect(worthSteps(plan('longer'))).toEqual({ warmup: 0, natural: 30 });
    expect(worthSteps(plan('none'))).toEqual({ warmup: 0, natural: 20 });
    expect(worthSteps(plan('gratings'))).toEqual({ warmup: 10, natural: 20 });
  });
});

for (const kind of await testAdapters()) {
  describe(`runWorth on ${kind}`, () => {
    const run = async (asked: WorthPlan, trials: readonly WorthTrial[], natural: NaturalData = barsData, signal?: AbortSignal) => {
      const device = await testDevice(kind);
      const data = new PreparedData(device, natural);
      try {
        return await runWorth({ device, natural, data, ...(signal ? { signal } : {}) }, asked, trials);
      } finally {
        data.destroy();
      }
    };
    const ends = (results: Awaited<ReturnType<typeof run>>) => results.map(({ time: _, ...result }) => result);

    it('a trial ends with the same bits whichever n and seeds run beside it', async () => {
      // Kept and swapped heads; plain training is the second half of either.
      for (const arm of ['strokes:kept', 'count']) {
        const trials = [
          { seed: 1, n: 10 },
          { seed: 1, n: 300 },
          { seed: 4, n: 37 },
        ];
        const together = ends(await run(plan(arm), trials));
        for (const alone of [1, 2]) expect(ends(await run(plan(arm), [trials[alone]!]))).toEqual([together[alone]]);
        for (const { warmupSteps, naturalSteps } of together) expect([warmupSteps, naturalSteps]).toEqual([10, 20]);
      }
    });

    it('never reads an image outside the subset', async () => {
      // Everything but the first image of each class in the seed’s order is spoilt: what trains on ten images must not notice.
      const { balancedOrder } = await import('@kindling/data');
      const kept = new Set(balancedOrder(barsData.train.labels, 10, 3).subarray(0, 10));
      const images = barsData.train.images.map((value, at) => (kept.has(Math.floor(at / 784)) ? value : 255 - value));
      const spoilt = { ...barsData, train: { ...barsData.train, images } };
      const ten = [{ seed: 3, n: 10 }];
      expect(ends(await run(plan('none'), ten, spoilt))).toEqual(ends(await run(plan('none'), ten)));
      const all = [{ seed: 3, n: 300 }];
      expect(ends(await run(plan('none'), all, spoilt))).not.toEqual(ends(await run(plan('none'), all)));
    });

    it('learns, and a warm-up changes where it begins', async () => {
      const trials = [{ seed: 1, n: 300 }];
      const [plain] = await run(plan('none', { steps: 60 }), trials);
      expect(plain!.accuracy).toBeGreaterThan(0.6);
      const [kept] = await run(plan('strokes:kept', { steps: 60 }), trials);
      const [swapped] = await run(plan('strokes', { steps: 60 }), trials);
      expect(new Set([plain, kept, swapped].map((result) => result!.testLoss)).size).toBe(3);
      for (const part of ['compile', 'generate', 'load', 'train', 'evaluate'] as const) expect(kept!.time[part]).toBeGreaterThan(0);
      expect(plain!.time.generate).toBe(0);
    });

    it('prunes generated batches as they are made, which one candidate an image leaves as they are', async () => {
      const trials = [{ seed: 1, n: 30 }];
      const select = { metric: 'el2n', keep: 'hard', balanced: false } as const;
      const plain = ends(await run(plan('strokes:kept'), trials));
      expect(ends(await run(plan('strokes:kept', { select: { ...select, candidates: 1 } }), trials))).toEqual(plain);
      expect(ends(await run(plan('strokes:kept', { select: { ...select, candidates: 3 } }), trials))).not.toEqual(plain);
      const counting = plan('count', { select: { ...select, candidates: 2 } });
      await expect(run(counting, trials)).rejects.toThrow('select: got a generator whose labels are no classes');
    });

    it('refuses an n that the data cannot give, and stops at a signal', async () => {
      await expect(run(plan('none'), [{ seed: 1, n: 301 }])).rejects.toThrow(
        '--n: got 301 images of bars; expected 10, one a class, to 300',
      );
      await expect(run(plan('none'), [{ seed: 1, n: 9 }])).rejects.toThrow('got 9 images of bars');
      await expect(run(plan('none'), [])).rejects.toThrow('got no trial');
      await expect(run(plan('none'), [{ seed: 1, n: 10 }], barsData, AbortSignal.abort())).rejects.toThrow('a stop after step 0 of 20');
    });
  });
}
