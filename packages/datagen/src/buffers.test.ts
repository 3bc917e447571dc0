import { coreTraits } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import { planWords } from './digest.js';
import { type GenerateOptions, planGeneration } from './generate.js';
import { planPosts } from './posts/plan.js';
import type { RecipeInput } from './recipe.js';
import { planSelection } from './selection/selection.js';

describe('a buffer beyond what the adapter binds as a whole', () => {
  const image = { height: 8, width: 8, channels: 1 };
  const traits = { ...coreTraits, maxStorageBufferBindingSize: 2 ** 16 };

  const vectors: RecipeInput = {
    family: 'mixture',
    image: { height: 1, width: 2 },
    parts: [{ recipe: { family: 'teacher' } }, { recipe: { family: 'points' } }],
  };

  it.each<[string, GenerateOptions]>([
    ['generate points: buffer rows', { recipe: { family: 'points' }, batch: 8000 }],
    ['generate composite: buffer y', { recipe: { family: 'composite', image, label: { kind: 'multi-label', classes: 100 } }, batch: 200 }],
    ['generate mixture: buffer 1.rows', { recipe: vectors, batch: 8000 }],
  ])('is named: %s', (subject, options) => {
    expect(() => planGeneration({ ...options, traits })).toThrow(subject);
    expect(() => planGeneration({ ...options, batch: 20, traits })).not.toThrow();
  });

  it('is named by the posts, the digest and the selection as well', () => {
    expect(() =>
      planPosts({ posts: [{ kind: 'elastic' }, { kind: 'policy', name: 'trivial-augment' }], image, batch: 250, traits }),
    ).toThrow(/posts: buffer post\..*bytes; expected at most 65536 bytes/);
    expect(() => planWords({ recipe: { family: 'count', image }, batch: 20_000, traits })).toThrow('words of a digest: buffer imageWords');
    expect(() => planSelection({ candidates: 300, keep: 2, row: 64, label: 1, traits })).toThrow('selection: buffer candidates');
  });
});
