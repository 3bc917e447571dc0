import * as v from 'valibot';
import { imageSchema, real, realRange } from '../../schema.js';

/**
 * Family `garments`. Lengths in 28ths of the shorter side: `box` that the longer side of the garment fits, `shift` of its middle, `softness` of
 * the edge. `aspect` (stretch of the width), `rotation` in radians, `scale` after fitting, `variety` (how far the modes of a cut go), `jitter` of each
 * control point in sizes of the garment. `brightness` of the cloth, `shade` towards the edges, `folds` and `grain` of the cloth, and where it has a
 * pattern, its `frequency` in stripes a 28th and its `strength`; all relative to the brightness.
 */
export const garmentsSchema = v.strictObject({
  family: v.literal('garments'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      aspect: v.optional(realRange(0.25, 4), [0.8, 1.15]),
      rotation: v.optional(realRange(-Math.PI, Math.PI), [-0.04, 0.04]),
      variety: v.optional(real(0, 2), 1),
      jitter: v.optional(realRange(0, 0.2), [0, 0.02]),
      shift: v.optional(realRange(-8, 8), [-0.4, 0.4]),
      scale: v.optional(realRange(0.3, 1.2), [0.95, 1]),
      box: v.optional(real(10, 28), 27),
      softness: v.optional(realRange(0.5, 8), [1, 1.4]),
      brightness: v.optional(realRange(0.1, 1), [0.3, 1]),
      shade: v.optional(realRange(0, 0.9), [0, 0.3]),
      folds: v.optional(realRange(0, 0.9), [0, 0.25]),
      grain: v.optional(realRange(0, 0.9), [0, 0.15]),
      frequency: v.optional(realRange(0.02, 1), [0.12, 0.4]),
      strength: v.optional(realRange(0, 1), [0.2, 0.7]),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('class') }), { kind: 'class' }),
});

export type GarmentsRecipe = v.InferOutput<typeof garmentsSchema>;
export type GarmentsRecipeInput = v.InferInput<typeof garmentsSchema>;
