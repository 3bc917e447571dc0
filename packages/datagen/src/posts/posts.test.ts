import { bindPasses } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { type GenerateOptions, planGeneration, sample } from '../generate.js';
import { canonicalJson, labelFormat, parseRecipe, type RecipeInput, recipeHash } from '../recipe.js';
import { render } from '../testing/render.js';
import { betaQuantiles } from './mixup/beta.js';
import { mixing } from './mixup/post.js';
import { planPosts } from './plan.js';
import { OPERATIONS } from './policy/operations.js';

const image = { height: 8, width: 8, channels: 1 };
const plain: RecipeInput = { family: 'gratings', image };

describe('recipe.post', () => {
  it('is no part of a recipe that has none', async () => {
    expect(canonicalJson(parseRecipe({ ...plain, post: [] }))).toBe(canonicalJson(parseRecipe(plain)));
    expect(canonicalJson(parseRecipe(plain))).not.toContain('post');
    expect(await recipeHash({ ...plain, post: [{ kind: 'affine' }] })).not.toBe(await recipeHash(plain));
    const [noise] = parseRecipe({ ...plain, post: [{ kind: 'noise' }] }).post!;
    expect(noise).toEqual({ kind: 'noise', type: 'gaussian', sigma: [0, 0.15] });
  });

  it.each([
    ['affine', 'recipe.post: got "affine"; expected a list of at most 16 posts'],
    [[{ kind: 'blur' }], 'recipe.post.0.kind: got "blur"; expected one of affine, elastic'],
    [[{}], 'recipe.post.0.kind: got none'],
    [[{ kind: 'affine' }, { kind: 'noise', sigma: [0, 2] }], 'recipe.post.1.sigma.1: got 2; expected <=1'],
    [[{ kind: 'noise', type: 'gaussian', amount: [0, 1] }], 'recipe.post.0.amount: got a field that this recipe does not have'],
    [[{ kind: 'elastic', alpha: [5, 4] }], 'recipe.post.0.alpha: got [5,4]'],
    [[{ kind: 'policy', name: 'rand-augment', n: 0 }], 'recipe.post.0.n: got 0'],
    [[{ kind: 'policy', name: 'auto' }], 'recipe.post.0.name: got "auto"'],
    [[{ kind: 'normalise', mean: [0, 0, 0], deviation: [1] }], 'recipe.post.0.mean: got 3 numbers; expected 1, one a channel'],
    [[{ kind: 'normalise', mean: [0], deviation: [1] }, { kind: 'noise' }], 'recipe.post.0: got normalise before {"kind":"noise"}'],
    [[{ kind: 'mixup' }, { kind: 'mixup' }], 'recipe.post.1: got a second mixup'],
    [[{ kind: 'cutout', size: [0, 2] }], 'recipe.post.0.size.1: got 2'],
  ])('refuses %j', (post, message) => {
    expect(() => parseRecipe({ ...plain, post })).toThrow(message);
  });

  it('is refused where it makes no sense', () => {
    expect(() => parseRecipe({ family: 'points', post: [{ kind: 'affine' }] })).toThrow(
      'recipe.post: got family points, which makes vectors',
    );
    const values = { ...plain, label: { kind: 'values' } };
    expect(() => parseRecipe({ ...values, post: [{ kind: 'mixup', labels: 'soft' }] })).toThrow(
      'recipe.post.0.labels: got soft, with a label of 3',
    );
    const within = { family: 'mixture', image, parts: [{ recipe: { family: 'gratings', post: [{ kind: 'affine' }] } }] };
    expect(() => parseRecipe(within)).toThrow('recipe.parts.0.recipe.post: got a field');
    expect(() => planPosts({ posts: [{ kind: 'mixup', labels: 'soft' }], image, batch: 1 })).toThrow(
      'posts.0.labels: got soft, without a label',
    );
    expect(() => planPosts({ posts: [{ kind: 'noise', sigma: [0, 3] }], image, batch: 1 })).toThrow('posts.0.sigma.1: got 3');
  });

  it('draws what it draws whatever stands before it in the list', () => {
    // Post 1 has draws of its own: they change neither with the post before it nor with that post's settings.
    const drawn = (first: object) =>
      sample({ ...plain, post: [first, { kind: 'affine' }] } as RecipeInput, 5, 1, 2).parameters['1.rotation'];
    expect(drawn({ kind: 'noise' })).toBe(drawn({ kind: 'policy', name: 'rand-augment', n: 4 }));
    expect(sample({ ...plain, post: [{ kind: 'affine' }] }, 5, 1, 2).parameters['0.rotation']).not.toBe(drawn({ kind: 'noise' }));
  });
});

describe('mixup', async () => {
  it('has the quantiles of the Beta distribution', () => {
    // α = 1 is uniform; at α = ½ the quantile of p is sin²(πp/2); at α = 2 the distribution function is 3λ² − 2λ³.
    for (const i of [1, 100, 512, 1023, 1024]) {
      const p = i / 2048;
      expect(betaQuantiles(1)[i]).toBeCloseTo(p, 5);
      expect(betaQuantiles(0.5)[i]).toBeCloseTo(Math.sin((Math.PI * p) / 2) ** 2, 5);
      const q = betaQuantiles(2)[i]!;
      expect(3 * q ** 2 - 2 * q ** 3).toBeCloseTo(p, 5);
    }
    const table = betaQuantiles(0.2);
    for (const word of [0, 1, 5000, 2 ** 24 - 1]) expect(mixing(table, word) + mixing(table, word + 2 ** 24)).toBeCloseTo(1, 12);
  });

  it('blends with the sample of index + 2^63, and its soft labels add up to 1', () => {
    const soft = parseRecipe({ ...plain, post: [{ kind: 'mixup', labels: 'soft' }] }) as RecipeInput;
    expect(labelFormat(parseRecipe(soft))).toEqual({ dtype: 'f32', outputs: 8 });
    for (let index = 0; index < 20; index++) {
      const { labels, parameters } = sample(soft, 1, 0, index);
      expect(labels.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
      expect(labels.filter((value) => value > 0).length).toBeLessThanOrEqual(2);
      const own = sample(plain, 1, 0, index).label;
      const hard = sample({ ...plain, post: [{ kind: 'mixup' }] }, 1, 0, index).label;
      expect(labels[hard]).toBe(Math.max(...labels));
      if (parameters['0.mixing']! >= 2 ** 24) expect(hard).toBe(own);
    }
  });

  for (const kind of await testAdapters()) {
    it(`blends given images on ${kind}`, async () => {
      const device = await testDevice(kind);
      for (const labels of ['dominant', 'soft'] as const) {
        const format = { dtype: 'u32', outputs: 3 } as const;
        const plan = planPosts({ posts: [{ kind: 'mixup', labels }], image, batch: 4, label: format, traits: device.traits });
        const hard = Uint32Array.of(0, 1, 2, 0);
        const others = Uint32Array.of(1, 1, 0, 2);
        const buffers = {
          state: device.upload('state', Uint32Array.of(0)),
          seeds: device.upload('seeds', Uint32Array.of(5)),
          x: device.upload('x', new Float32Array(4 * 64).fill(1)),
          partner: device.upload('partner', new Float32Array(4 * 64)),
          partnerLabels: device.upload('partnerLabels', others),
          labels: device.upload('labels', hard),
          y: device.upload('y', labels === 'soft' ? new Uint32Array(12) : hard),
        };
        const bound = bindPasses(device, plan, buffers);
        for (const { program, resources } of bound.dispatches) device.run(program, resources);
        const [x, y] = [await device.readF32(buffers.x), await device.readU32(buffers.y)];
        bound.destroy();
        for (const buffer of Object.values(buffers)) buffer.destroy();
        for (let b = 0; b < 4; b++) {
          // The own image is white and the other black: each pixel is λ.
          const share = x[64 * b]!;
          expect(new Set(x.subarray(64 * b, 64 * (b + 1))).size).toBe(1);
          const want = Array.from({ length: 3 }, (_, c) => (hard[b] === c ? share : 0) + (others[b] === c ? 1 - share : 0));
          if (labels === 'dominant') expect(y[b]).toBe(share >= 0.5 ? hard[b] : others[b]);
          else for (let c = 0; c < 3; c++) expect(new Float32Array(y.buffer)[3 * b + c]).toBeCloseTo(want[c]!, 6);
        }
      }
    });

    it(`takes its partners from the same control as the batch on ${kind}`, async () => {
      const device = await testDevice(kind);
      const options: GenerateOptions = {
        recipe: { ...plain, post: [{ kind: 'mixup', labels: 'soft' }] },
        batch: 16,
        control: { classWeights: true },
      };
      const { y } = await render(device, options, [1], 0, { classWeights: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 0) });
      for (let i = 0; i < y.length; i++) expect(y[i]).toBeCloseTo(i % 8 === 3 ? 1 : 0, 6);
    });
  }
});

describe('policy', async () => {
  for (const kind of await testAdapters()) {
    it(`does each operation as its twin does on ${kind}`, async () => {
      const colour: RecipeInput = {
        family: 'noise',
        image: { height: 8, width: 11, channels: 3 },
        post: [{ kind: 'policy', name: 'trivial-augment' }],
      };
      const got = await render(await testDevice(kind), { recipe: colour, batch: 96 }, [2], 0);
      const seen = new Map<number, number>();
      const pixels = 3 * 88;
      for (let b = 0; b < 96; b++) {
        const { image: want, parameters } = sample(colour, 2, 0, b);
        const off = want.filter((value, i) => !(Math.abs(value - got.x[pixels * b + i]!) < 3e-4)).length;
        const operation = parameters['0.operation0']!;
        seen.set(operation, (seen.get(operation) ?? 0) + off);
      }
      expect([...seen.keys()].sort((a, b) => a - b)).toEqual(OPERATIONS.map((_, i) => i));
      // Only what rounds to 8 bits may jump, at single pixels.
      for (const [operation, off] of seen) expect(off, OPERATIONS[operation]).toBeLessThanOrEqual([9, 10, 12].includes(operation) ? 5 : 0);
    });
  }
});

it('plans the same whole for every batch: constants are shared with the partners, nothing else', () => {
  const recipe: RecipeInput = { family: 'augment', post: [{ kind: 'affine' }, { kind: 'mixup' }] };
  const { buffers } = planGeneration({ recipe, batch: 2 });
  const names = buffers.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => name.endsWith('base'))).toEqual(['base']);
  expect(names.filter((name) => name.endsWith('lattice'))).toHaveLength(2);
});
