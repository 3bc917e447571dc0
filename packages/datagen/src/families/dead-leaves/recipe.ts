import * as v from 'valibot';
import { imageSchema, realRange, wholeRange } from '../../schema.js';

/** The shapes in the order of their numbers in the kernel; all have the area of a disc of their radius. */
export const LEAF_SHAPES = ['disc', 'square', 'triangle', 'bar', 'cross', 'ring'] as const;
export type LeafShape = (typeof LEAF_SHAPES)[number];

/**
 * Family `dead-leaves`. `shapes`: which there are, in the order of their classes; `leaves`: how many are laid; `radius` as a share of the
 * longer side, with density 1/r³ within the range. `label`: `class` (all leaves of an image have one shape, the class), `count` (shapes are
 * mixed; y is the number of leaves that show in at least one of the 2×2 samples of a pixel), or `standardised`: that count mapped from
 * 0 .. the most leaves to [−1, 1].
 */
export const deadLeavesSchema = v.strictObject({
  family: v.literal('dead-leaves'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      shapes: v.optional(
        v.pipe(
          v.array(v.picklist(LEAF_SHAPES)),
          v.minLength(1),
          v.check((shapes) => new Set(shapes).size === shapes.length, 'each shape once'),
        ),
        [...LEAF_SHAPES],
      ),
      leaves: v.optional(wholeRange(1, 255), [30, 120]),
      radius: v.optional(realRange(0.005, 1), [0.03, 1]),
    }),
    {},
  ),
  label: v.optional(
    v.variant('kind', [
      v.strictObject({ kind: v.literal('class') }),
      v.strictObject({ kind: v.literal('count') }),
      v.strictObject({ kind: v.literal('standardised') }),
    ]),
    { kind: 'class' },
  ),
});

export type DeadLeavesRecipe = v.InferOutput<typeof deadLeavesSchema>;
export type DeadLeavesRecipeInput = v.InferInput<typeof deadLeavesSchema>;

export const ANGLES = 256;
export const QUANTILES = 4096;

/**
 * Cosine and sine of 256 angles in 1/4096, then the radius at 4096 quantiles in 1/65536 of the longer side. The density 1/r³ between a and b has
 * the distribution function (a⁻² − r⁻²) / (a⁻² − b⁻²).
 */
export function leafTable({ params: { radius } }: DeadLeavesRecipe): Int32Array<ArrayBuffer> {
  const [most, least] = radius.map((r) => r ** -2) as [number, number];
  const angles = Array.from({ length: ANGLES }, (_, i) => (2 * Math.PI * i) / ANGLES);
  const radii = Array.from({ length: QUANTILES }, (_, i) => (most + ((i + 0.5) / QUANTILES) * (least - most)) ** -0.5);
  return Int32Array.from([
    ...angles.flatMap((angle) => [Math.round(4096 * Math.cos(angle)), Math.round(4096 * Math.sin(angle))]),
    ...radii.map((r) => Math.round(65_536 * r)),
  ]);
}

/** (count − shift)·scale is the label, as f32. */
export function countMap({ params, label }: DeadLeavesRecipe): { shift: number; scale: number } {
  if (label.kind !== 'standardised') return { shift: 0, scale: 1 };
  const half = params.leaves[1] / 2;
  return { shift: half, scale: Math.fround(1 / half) };
}
