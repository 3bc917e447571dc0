import * as v from 'valibot';
import { imageSchema, whole } from '../../schema.js';

/**
 * Family `count`. `density`: every pixel is 1 with probability 1/2 (`half`, as published), or with a probability that each image draws
 * from U(0, 1) (`uniform`). `label`: the number of ones (`count`, f32), that number standardised by the recipe's own mean and deviation
 * (`standardised`, f32), or that number modulo `classes` (`class`, u32).
 */
export const countSchema = v.strictObject({
  family: v.literal('count'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }, [1, 4096], [1, 2, 3, 4]),
  params: v.optional(v.strictObject({ density: v.optional(v.picklist(['half', 'uniform']), 'half') }), {}),
  label: v.optional(
    v.variant('kind', [
      v.strictObject({ kind: v.literal('count') }),
      v.strictObject({ kind: v.literal('standardised') }),
      v.strictObject({ kind: v.literal('class'), classes: v.optional(whole(2, 65_536), 10) }),
    ]),
    { kind: 'count' },
  ),
});

export type CountRecipe = v.InferOutput<typeof countSchema>;
export type CountRecipeInput = v.InferInput<typeof countSchema>;
