import { bindPasses } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pickTwin, planSelection, type SelectionOptions } from './selection.js';

/** Runs a selection on rows that hold their own number, and reads back what was kept. */
async function select(
  kind: string,
  options: Omit<SelectionOptions, 'row' | 'label'>,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
) {
  const device = await testDevice(kind);
  const { candidates, keep, models = 1 } = options;
  const row = 3;
  const buffers = {
    scores: device.upload('scores', Float32Array.from(scores)),
    candidates: device.upload(
      'candidates',
      Float32Array.from({ length: models * candidates * row }, (_, i) => i),
    ),
    candidateLabels: device.upload('labels', Uint32Array.from(labels)),
    chosen: device.upload('chosen', new Uint32Array(models * keep).fill(0xffffffff)),
    x: device.buffer('x', 4 * models * keep * row),
    y: device.buffer('y', 4 * models * keep),
  };
  const bound = bindPasses(device, planSelection({ ...options, row, label: 1, traits: device.traits }), buffers);
  for (const { program, resources } of bound.dispatches) device.run(program, resources);
  const [chosen, x, y] = [await device.readU32(buffers.chosen), await device.readF32(buffers.x), await device.readU32(buffers.y)];
  for (const buffer of Object.values(buffers)) buffer.destroy();
  return { chosen: [...chosen], x: [...x], y: [...y] };
}

const special = [0, -0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 3.4e38, 1.2e-38];

describe.each(await testAdapters())('online selection on %s', (kind) => {
  it('keeps what the twin keeps, of scores with ties, infinities and NaN', async () => {
    const score = fc.oneof(fc.constantFrom(...special), fc.double({ min: -3, max: 3, noNaN: true }));
    const problem = fc.record({
      scores: fc.array(score, { minLength: 1, maxLength: 150 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      order: fc.constantFrom('highest' as const, 'lowest' as const),
      classes: fc.integer({ min: 0, max: 7 }),
      salt: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(problem, async ({ scores, share, order, classes, salt }) => {
        const candidates = scores.length;
        const keep = Math.max(1, Math.round(share * candidates));
        const labels = scores.map((_, i) => ((i + salt) * 2654435761) % 7);
        const got = await select(kind, { candidates, keep, order, classes }, scores, labels);
        expect(got.chosen).toEqual(pickTwin(scores, keep, { order, classes, labels }));
        expect(got.x).toEqual(got.chosen.flatMap((i) => [3 * i, 3 * i + 1, 3 * i + 2]));
        expect(got.y).toEqual(got.chosen.map((i) => labels[i]));
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('selects for each model by its own scores, also of many candidates', async () => {
    const candidates = 1100;
    const scores = Array.from({ length: 2 * candidates }, (_, i) => Math.sin(i * i));
    const labels = Array.from({ length: 2 * candidates }, (_, i) => i % 10);
    const got = await select(kind, { candidates, keep: 64, models: 2, classes: 10 }, scores, labels);
    for (const model of [0, 1]) {
      const range = [model * candidates, (model + 1) * candidates] as const;
      const wanted = pickTwin(scores.slice(...range), 64, { classes: 10, labels: labels.slice(...range) });
      expect(got.chosen.slice(64 * model, 64 * model + 64)).toEqual(wanted);
      expect(got.y.slice(64 * model, 64 * model + 64)).toEqual(wanted.map((i) => labels[range[0] + i]));
    }
  });
});

describe('selection', () => {
  it('knows what it keeps', () => {
    expect(pickTwin([3, 1, Number.NaN, 2, 3], 3)).toEqual([0, 3, 4]);
    expect(pickTwin([3, 1, Number.NaN, 2, 3], 2, { order: 'lowest' })).toEqual([1, 3]);
    expect(pickTwin([9, 8, 7, 1, 0], 4, { classes: 2, labels: [0, 0, 0, 1, 1] })).toEqual([0, 1, 3, 4]);
    // Class 1 has one candidate only: its second place goes to the best of the rest.
    expect(pickTwin([9, 8, 7, 1], 4, { classes: 2, labels: [0, 0, 0, 1] })).toEqual([0, 1, 2, 3]);
  });

  it.each([
    [{ candidates: 4, keep: 5 }, 'keep 5'],
    [{ candidates: 0, keep: 0 }, 'candidates 0'],
    [{ candidates: 16_385, keep: 1 }, 'candidates 16385'],
    [{ candidates: 4, keep: 2, label: 3, classes: 2 }, 'label 3'],
  ])('refuses %j', (fields, message) => {
    expect(() => planSelection({ row: 1, label: 1, ...fields })).toThrow(message);
  });
});
