import * as v from 'valibot';
import { imageSchema, realRange, wholeRange } from '../../schema.js';

/** Kinds of noise. `fbm` and `turbulence` sum octaves of Perlin noise, turbulence of its magnitude; `walls` is Worley's F₂ − F₁. */
export const NOISE_TYPES = ['perlin', 'simplex', 'worley', 'walls', 'fbm', 'turbulence'] as const;
export type NoiseType = (typeof NOISE_TYPES)[number];

/**
 * Family `noise`. `types`: which kinds there are, in the order of their classes; `frequency` in cells of the first octave along the longer
 * side; `octaves` summed, each twice as fine; `persistence`, an octave's weight over the one before; `contrast` 0 to 1.
 * `label`: `class` is the type, where all but `fbm` and `turbulence` have one octave; `octaves` is their number mapped from its range to
 * [−1, 1], and every type sums octaves.
 */
export const noiseSchema = v.strictObject({
  family: v.literal('noise'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      types: v.optional(
        v.pipe(
          v.array(v.picklist(NOISE_TYPES)),
          v.minLength(1),
          v.check((types) => new Set(types).size === types.length, 'each type once'),
        ),
        ['perlin', 'simplex', 'worley', 'fbm'],
      ),
      frequency: v.optional(realRange(0.5, 32), [2, 5]),
      octaves: v.optional(wholeRange(1, 8), [2, 5]),
      persistence: v.optional(realRange(0.1, 1), [0.5, 0.8]),
      contrast: v.optional(realRange(0, 1), [0.7, 1]),
    }),
    {},
  ),
  label: v.optional(v.variant('kind', [v.strictObject({ kind: v.literal('class') }), v.strictObject({ kind: v.literal('octaves') })]), {
    kind: 'class',
  }),
});

export type NoiseRecipe = v.InferOutput<typeof noiseSchema>;
export type NoiseRecipeInput = v.InferInput<typeof noiseSchema>;

/** How a type is made: its basis (0 Perlin, 1 simplex, 2 Worley's F₁, 3 F₂ − F₁), whether octaves are folded, and whether it has one only. */
export const NOISE_MAKE: Readonly<Record<NoiseType, { readonly basis: number; readonly folded: boolean; readonly single: boolean }>> = {
  perlin: { basis: 0, folded: false, single: true },
  simplex: { basis: 1, folded: false, single: true },
  worley: { basis: 2, folded: false, single: true },
  walls: { basis: 3, folded: false, single: true },
  fbm: { basis: 0, folded: false, single: false },
  turbulence: { basis: 0, folded: true, single: false },
};
