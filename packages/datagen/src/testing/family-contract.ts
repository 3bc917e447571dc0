import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { pixelsOf } from '../family.js';
import { type GenerateOptions, planGeneration } from '../generate.js';
import { parseRecipe, type RecipeInput, recipeHash } from '../recipe.js';
import { type FamilyId, familyOf } from '../registry.js';
import { type FamilyTolerance, type Rendered, render, requireEqual, requireTwin } from './render.js';

export interface FamilyCheck {
  readonly tolerance: FamilyTolerance;
  /** Recipes whose every path the twin is compared on: each label kind, each option, odd sizes, 8 and a large side, one and three channels. */
  readonly recipes: readonly RecipeInput[];
  /** Images a comparison renders; 6 by default. */
  readonly batch?: number;
}

/** Joins parts of a batch in the order of their indices. */
function interleave(parts: readonly Rendered[], pixels: number): { x: number[]; y: number[] } {
  const batch = (parts[0]!.x.length / pixels) * parts.length;
  const outputs = parts[0]!.y.length / (parts[0]!.x.length / pixels);
  const places = Array.from({ length: batch }, (_, i) => ({ part: parts[i % parts.length]!, at: Math.floor(i / parts.length) }));
  return {
    x: places.flatMap(({ part, at }) => [...part.x.subarray(at * pixels, (at + 1) * pixels)]),
    y: places.flatMap(({ part, at }) => [...part.y.subarray(at * outputs, (at + 1) * outputs)]),
  };
}

/**
 * The tests that every family passes, on every adapter present: agreement with the twin, and the contract of a pure function (no bit depends
 * on batch size, split, shards, order, workgroup size or the models beside it; other parts of a mixture are left alone).
 */
export function checkFamily(id: FamilyId, { tolerance, recipes, batch = 6 }: FamilyCheck): void {
  const first = recipes[0]!;
  const pixels = pixelsOf(parseRecipe(first).image);

  describe(`family ${id}`, async () => {
    it('has a stable recipe, declares its draws and numbers them once', async () => {
      for (const input of recipes) {
        const recipe = parseRecipe(input);
        if (recipe.family === 'mixture') throw new Error('a family is checked by its own recipes');
        expect(recipe.family).toBe(id);
        expect(parseRecipe(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe);
        expect(await recipeHash(recipe)).toMatch(/^[0-9a-f]{64}$/);
        const family = familyOf(recipe);
        const declared = family.draws(recipe);
        const used = family
          .parameters(recipe)
          .flatMap((p) => [p.draw, ...(p.kind === 'normal' ? [p.draw + 1] : [])].map((d) => `${p.stream} ${d}`));
        expect(new Set(used).size, 'two parameters share a draw').toBe(used.length);
        for (const { stream, draw, kind } of family.parameters(recipe)) {
          expect(draw + (kind === 'normal' ? 1 : 0), `${stream} ${draw}`).toBeLessThan(declared[stream]);
        }
        expect(family.labels).toContain(recipe.label.kind);
      }
    });

    for (const kind of await testAdapters()) {
      describe(`on ${kind}`, () => {
        const make = async (options: GenerateOptions, seeds: readonly number[], step: number): Promise<Rendered> =>
          render(await testDevice(kind), options, seeds, step);

        it.each(recipes)('agrees with the twin: %j', async (recipe) => {
          const options = { recipe, batch };
          requireTwin(await make(options, [42], 7), options, [42], 7, tolerance);
        });

        it('does not depend on the workgroup size', async () => {
          const whole = await make({ recipe: first, batch }, [9], 1);
          for (const workgroupSize of [1, 5, 32, 64]) {
            requireEqual(await make({ recipe: first, batch, workgroupSize }, [9], 1), whole, `workgroup size ${workgroupSize}`);
          }
        });

        it('does not depend on how a batch is split, sharded or ordered', async () => {
          const whole = await make({ recipe: first, batch: 6 }, [5], 3);
          const late = await make({ recipe: first, batch: 3, firstIndex: 3 }, [5], 3);
          const early = await make({ recipe: first, batch: 3 }, [5], 3);
          requireEqual({ x: [...early.x, ...late.x], y: [...early.y, ...late.y] }, whole, 'two halves');
          const shards = [];
          for (let w = 2; w >= 0; w--) shards.unshift(await make({ recipe: first, batch: 2, firstIndex: w, indexStep: 3 }, [5], 3));
          requireEqual(interleave(shards, pixels), whole, 'three shards');
          expect(
            new Set(Array.from({ length: 6 }, (_, i) => whole.x.slice(i * pixels, (i + 1) * pixels).join())).size,
            'images repeat',
          ).toBe(6);
          const next = await make({ recipe: first, batch: 6 }, [5], 4);
          expect(next.x, 'the step changes nothing').not.toEqual(whole.x);
        });

        it('gives each model what it gets alone, also with two-word indices', async () => {
          const firstIndex = 2 ** 32 - 1;
          const together = await make({ recipe: first, batch: 2, models: 2, firstIndex }, [11, 0xffffffff], 0xffffffff);
          const alone = [
            await make({ recipe: first, batch: 2, firstIndex }, [11], 0xffffffff),
            await make({ recipe: first, batch: 2, firstIndex }, [0xffffffff], 0xffffffff),
          ];
          requireEqual(together, { x: alone.flatMap(({ x }) => [...x]), y: alone.flatMap(({ y }) => [...y]) }, 'models');
          const options = { recipe: first, batch: 2, models: 2, firstIndex };
          requireTwin(together, options, [11, 0xffffffff], 0xffffffff, tolerance);
        });

        it('leaves the samples of other families in a mixture alone', async () => {
          const image = parseRecipe(first).image;
          const { label: _, ...plain } = first as RecipeInput & { label?: unknown };
          const recipe = {
            family: 'mixture',
            image,
            parts: [{ recipe: { ...plain, image } }, { recipe: { family: 'count', image } }],
          } as unknown as RecipeInput;
          const other: RecipeInput = { family: 'count', image } as RecipeInput;
          const own = { ...plain, image } as RecipeInput;
          const mixed = await make({ recipe, batch: 8 }, [4], 2);
          const [mine, theirs] = [await make({ recipe: own, batch: 8 }, [4], 2), await make({ recipe: other, batch: 8 }, [4], 2)];
          const parts = [...mixed.y];
          expect(new Set(parts).size).toBe(2);
          parts.forEach((part, i) => {
            const range = [i * pixels, (i + 1) * pixels] as const;
            const want = part === 0 ? mine : theirs;
            requireEqual({ x: mixed.x.slice(...range), y: [] }, { x: want.x.slice(...range), y: [] }, `sample ${i}, part ${part}`);
          });
        });
      });
    }

    it('plans without a device, for real GPUs', () => {
      for (const recipe of recipes) {
        const { passes, rows } = planGeneration({ recipe, batch: 65 });
        expect(passes.length).toBeGreaterThan(0);
        for (const { program } of passes) expect(program.bindings.length).toBeLessThanOrEqual(9);
        expect(rows.length).toBeLessThanOrEqual(1);
      }
    });
  });
}
