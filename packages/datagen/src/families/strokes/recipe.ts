import * as v from 'valibot';
import { imageSchema, real, realRange } from '../../schema.js';

/**
 * Family `strokes`. Lengths in 28ths of the shorter side: `thickness` of the pen (times .92 to 1.2 by digit), `softness` (width of the edge from black to white), `shift` of the
 * centre of mass, `box` that the digit's longer side fits. `slant` (horizontal per vertical, to the right; normal), `aspect` (stretch of the width),
 * `rotation` in radians, `scale` after fitting, `pressure` (relative change of the thickness), `variety` (how far the modes of a
 * way of writing go), `jitter` of each control point and `warp` of the page in heights of the digit, `ink` the brightness.
 * `label`: the digit, or `values`: slant in standard deviations, aspect, rotation and thickness, each mapped from its range to [−1, 1].
 */
export const strokesSchema = v.strictObject({
  family: v.literal('strokes'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      slant: v.optional(v.strictObject({ mean: v.optional(real(-1, 1), 0.17), deviation: v.optional(real(0, 1), 0.23) }), {}),
      aspect: v.optional(realRange(0.25, 4), [0.6, 1.45]),
      rotation: v.optional(realRange(-Math.PI, Math.PI), [-0.2, 0.2]),
      thickness: v.optional(realRange(0.5, 8), [1.4, 3.8]),
      softness: v.optional(realRange(0.5, 8), [0.9, 1.7]),
      pressure: v.optional(realRange(0, 0.9), [0, 0.3]),
      variety: v.optional(real(0, 2), 1.5),
      jitter: v.optional(realRange(0, 0.3), [0.03, 0.13]),
      warp: v.optional(realRange(0, 0.3), [0, 0.1]),
      balance: v.optional(realRange(-0.9, 0.9), [-0.5, 0.5]),
      taper: v.optional(realRange(-0.9, 0.9), [-0.45, 0.45]),
      roughness: v.optional(realRange(0, 3), [0, 0.7]),
      tension: v.optional(realRange(0, 1), [0, 0.75]),
      shift: v.optional(realRange(-8, 8), [-0.6, 0.6]),
      scale: v.optional(realRange(0.3, 1.4), [0.96, 1.04]),
      box: v.optional(real(10, 28), 20),
      ink: v.optional(realRange(0.1, 1), [0.94, 1]),
    }),
    {},
  ),
  label: v.optional(v.variant('kind', [v.strictObject({ kind: v.literal('class') }), v.strictObject({ kind: v.literal('values') })]), {
    kind: 'class',
  }),
});

export type StrokesRecipe = v.InferOutput<typeof strokesSchema>;
export type StrokesRecipeInput = v.InferInput<typeof strokesSchema>;
