import { bindPasses } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { type ImageSize, pixelsOf } from '../family.js';
import { type GenerateOptions, planGeneration } from '../generate.js';
import { planPosts } from '../posts/plan.js';
import type { PostId, PostInput } from '../posts/registry.js';
import { labelFormat, parseRecipe, type RecipeInput } from '../recipe.js';
import { type FamilyTolerance, type Rendered, render, requireEqual, requireTwin } from './render.js';

export interface PostCheck {
  readonly tolerance: FamilyTolerance;
  /** Lists of posts whose every path the twin is compared on, and images of which size. */
  readonly cases: readonly { readonly post: readonly PostInput[]; readonly image?: ImageSize }[];
}

const small: ImageSize = { height: 12, width: 15, channels: 1 };
/** Images in every grey whose own rounding is small on every adapter: measured 2e-6. */
const recipeOf = (post: readonly PostInput[], image: ImageSize = small): RecipeInput => ({ family: 'noise', image, post });

/**
 * The tests that every post passes, on every adapter present: agreement with the twin, also over a mixture; no bit depends on workgroup size,
 * split, shards or the models beside it; over given images it does the same as over the same images within a generation.
 */
export function checkPost(id: PostId, { tolerance, cases }: PostCheck): void {
  const post = cases[0]!.post;
  const recipe = recipeOf(post);
  const pixels = pixelsOf(small);
  // A partner of mixup is a sample of the same recipe, which given images have not.
  const alone = !post.some(({ kind }) => kind === 'mixup');

  describe(`post ${id}`, async () => {
    it('has a stable recipe and few bindings', () => {
      for (const { post: list, image } of cases) {
        const parsed = parseRecipe(recipeOf(list, image));
        expect(parsed.post?.some(({ kind }) => kind === id)).toBe(true);
        expect(parseRecipe(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
        const { passes } = planGeneration({ recipe: parsed as RecipeInput, batch: 65 });
        for (const { program, resources } of passes) {
          expect(program.bindings.length).toBeLessThanOrEqual(9);
          const written = program.bindings.filter(({ access }) => access === 'read_write').map(({ name }) => resources[name]);
          const read = program.bindings.filter(({ access }) => access === 'read').map(({ name }) => resources[name]);
          expect(written.filter((name, i) => read.includes(name) || written.indexOf(name) !== i)).toEqual([]);
        }
      }
    });

    for (const kind of await testAdapters()) {
      describe(`on ${kind}`, () => {
        const make = async (options: GenerateOptions, seeds: readonly number[], step: number): Promise<Rendered> =>
          render(await testDevice(kind), options, seeds, step);

        it.each(cases)('agrees with the twin: %j', async ({ post: list, image }) => {
          const options = { recipe: recipeOf(list, image), batch: 6 };
          requireTwin(await make(options, [42], 7), options, [42], 7, tolerance);
        });

        it('agrees with the twin over a mixture', async () => {
          const options: GenerateOptions = {
            recipe: {
              family: 'mixture',
              image: small,
              parts: [{ recipe: { family: 'noise' } }, { recipe: { family: 'count' } }],
              post,
            },
            batch: 6,
          };
          requireTwin(await make(options, [4], 2), options, [4], 2, tolerance);
        });

        it('does not depend on the workgroup size', async () => {
          const whole = await make({ recipe, batch: 5 }, [9], 1);
          for (const workgroupSize of [1, 5, 64]) {
            requireEqual(await make({ recipe, batch: 5, workgroupSize }, [9], 1), whole, `workgroup size ${workgroupSize}`);
          }
        });

        it('does not depend on how a batch is split or sharded', async () => {
          const whole = await make({ recipe, batch: 4 }, [5], 3);
          const parts = [await make({ recipe, batch: 1 }, [5], 3), await make({ recipe, batch: 3, firstIndex: 1 }, [5], 3)];
          requireEqual({ x: parts.flatMap(({ x }) => [...x]), y: parts.flatMap(({ y }) => [...y]) }, whole, 'two parts');
          const shards = [
            await make({ recipe, batch: 2, indexStep: 2 }, [5], 3),
            await make({ recipe, batch: 2, firstIndex: 1, indexStep: 2 }, [5], 3),
          ];
          const outputs = whole.y.length / 4;
          const merged = [0, 1, 2, 3].map((b) => {
            const [{ x, y }, at] = [shards[b % 2]!, Math.floor(b / 2)];
            return { x: x.subarray(at * pixels, (at + 1) * pixels), y: y.subarray(at * outputs, (at + 1) * outputs) };
          });
          requireEqual({ x: merged.flatMap(({ x }) => [...x]), y: merged.flatMap(({ y }) => [...y]) }, whole, 'two shards');
        });

        it('gives each model what it gets alone, also with two-word indices', async () => {
          const place = { recipe, batch: 2, firstIndex: 2 ** 32 - 1 };
          const together = await make({ ...place, models: 2 }, [11, 0xffffffff], 0xffffffff);
          const each = [await make(place, [11], 0xffffffff), await make(place, [0xffffffff], 0xffffffff)];
          requireEqual(together, { x: each.flatMap(({ x }) => [...x]), y: each.flatMap(({ y }) => [...y]) }, 'models');
          requireTwin(together, { ...place, models: 2 }, [11, 0xffffffff], 0xffffffff, tolerance);
        });

        it.skipIf(!alone)('does the same to given images', async () => {
          const device = await testDevice(kind);
          for (const { post: list, image = small } of cases) {
            const where = { batch: 4, firstIndex: 3 };
            const plain = await make({ recipe: recipeOf([], image), ...where }, [8], 6);
            const plan = planPosts({
              posts: list,
              image,
              ...where,
              label: labelFormat(parseRecipe(recipeOf([], image))),
              traits: device.traits,
            });
            const buffers = {
              state: device.upload('state', Uint32Array.of(6)),
              seeds: device.upload('seeds', Uint32Array.of(8)),
              x: device.upload('x', plain.x),
            };
            const bound = bindPasses(device, plan, buffers);
            for (const { program, resources } of bound.dispatches) device.run(program, resources);
            const x = await device.readF32(buffers.x);
            bound.destroy();
            for (const buffer of Object.values(buffers)) buffer.destroy();
            const whole = await make({ recipe: recipeOf(list, image), ...where }, [8], 6);
            requireEqual({ x, y: plain.y }, whole, JSON.stringify(list));
          }
        });
      });
    }
  });
}
