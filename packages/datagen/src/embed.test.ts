// Which buffers a batch wants, without a device; what is written into them is checked in test/src/embed-datagen.test.ts.
import { describe, expect, it } from 'vitest';
import { type BatchOptions, planBatch } from './embed.js';
import { families } from './registry.js';

const image = { height: 8, width: 8 };
const list = (options: BatchOptions) =>
  planBatch(options).tensors.map(({ name, dtype, shape, bytes }) => `${name} ${dtype} [${shape}] ${bytes}`);

describe('the tensors of a batch', () => {
  it('are state, seeds, x and y, whatever the family', () => {
    for (const family of Object.keys(families) as (keyof typeof families)[]) {
      const plan = planBatch({ recipe: { family } as BatchOptions['recipe'], batch: 3, models: 2 });
      expect(
        plan.tensors.map(({ name, access }) => `${name} ${access}`),
        family,
      ).toEqual(['state read', 'seeds read', 'x read_write', 'y read_write']);
      const bound = new Set(plan.passes.flatMap(({ resources }) => Object.values(resources)));
      const known = new Set([...plan.tensors, ...plan.buffers].map(({ name }) => name));
      expect(
        [...bound].filter((name) => !known.has(name)),
        family,
      ).toEqual([]);
    }
  });

  it.each([
    [{ batch: 2, byte: true }, 'planBatch: got the option byte; expected recipe, batch'],
    [{ bach: 2 }, 'planBatch: got the option bach'],
    [{}, 'planBatch: got no batch'],
    [{ batch: 2, traits: { limits: {} } }, 'planBatch: traits: got something else'],
  ])('are not planned for %j', (options, message) => {
    expect(() => planBatch({ recipe: { family: 'strokes' }, ...options } as unknown as BatchOptions)).toThrow(message);
  });

  it('hold labels as the recipe has them', () => {
    const values = { family: 'gratings', image, label: { kind: 'values' } } as const;
    expect(list({ recipe: values, batch: 3, models: 2 })).toEqual([
      'state u32 [1] 4',
      'seeds u32 [2] 8',
      'x f32 [2,3,1,8,8] 1536',
      'y f32 [2,3,3] 72',
    ]);
    expect(list({ recipe: { family: 'gratings', image }, batch: 3, bytes: true, seedsShared: true, models: 2 }).slice(1)).toEqual([
      'seeds u32 [1] 4',
      'packed u32 [96] 384',
      'y u32 [2,3] 24',
    ]);
  });

  it('include what control leaves to another kernel', () => {
    const control = { classWeights: true, difficulty: true, given: ['phase'] };
    const recipe = { family: 'gratings', image, label: { kind: 'class', classes: 5 } } as const;
    expect(list({ recipe, batch: 3, models: 2, control })).toEqual([
      'state u32 [1] 4',
      'seeds u32 [2] 8',
      'x f32 [2,3,1,8,8] 1536',
      'y u32 [2,3] 24',
      'classWeights f32 [2,5] 40',
      'difficulty f32 [2] 8',
      expect.stringMatching(/^rows u32 \[2,3,\d+\] \d+$/),
    ]);
    expect(list({ recipe, batch: 3, models: 2, control: { classWeights: true, shared: true } })).toContain('classWeights f32 [1,5] 20');
  });
});
