import { InputError } from '@kindling/core';
import * as v from 'valibot';
import { type Family, pixelsOf } from '../../family.js';
import type { Parameter } from '../../parameter.js';
import { warpTwin } from '../../posts/warp/twin.js';
import {
  affineFields,
  elasticFields,
  paddingField,
  thicknessFields,
  type Warp,
  warpDraws,
  warpParameters,
  warpPasses,
  warpScratch,
} from '../../posts/warp/warp.js';
import { imageSchema, whole } from '../../schema.js';
import { BASE_CLASSES, baseImages } from './base.js';

/**
 * Family `augment`. `base`: `digits` or `garments` (the plain form of each class, so that no natural image is needed), or `external`: the
 * caller binds buffer `base` f32 [classes, C·H·W] of values in [0, 1]; `hash` names its contents in the recipe (hex digits). The fields of the warp
 * are those of the posts affine, elastic and thickness: `rotation` (radians), `scale`, `shear`, `translate` (shares of the sides), `flip`, `alpha` and
 * `sigma` (pixels of a 28-pixel image), `amount` and `radius` of the change of thickness, and the `padding` of what lies outside.
 */
const schema = v.strictObject({
  family: v.literal('augment'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      base: v.optional(
        v.union([
          v.picklist(['digits', 'garments']),
          v.strictObject({
            external: v.strictObject({
              classes: whole(2, 4096),
              hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{8,64}$/, '8 to 64 hex digits')),
            }),
          }),
        ]),
        'digits',
      ),
      ...affineFields,
      ...elasticFields,
      ...thicknessFields,
      padding: paddingField,
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('class') }), { kind: 'class' }),
});

export type AugmentRecipe = v.InferOutput<typeof schema>;
export type AugmentRecipeInput = v.InferInput<typeof schema>;

const classesOf = ({ params: { base } }: AugmentRecipe): number => (typeof base === 'string' ? BASE_CLASSES : base.external.classes);

function warpOf({ params }: AugmentRecipe): Warp {
  const { base: _, alpha, sigma, amount, radius, padding, ...affine } = params;
  // What cannot move or thicken anything costs nothing.
  return {
    affine,
    ...(alpha[1] > 0 ? { elastic: { alpha, sigma } } : {}),
    ...(amount[0] === 0 && amount[1] === 0 ? {} : { thickness: { amount, radius } }),
    padding,
  };
}

/** One image a class, seen through random warps: what augmentation alone can teach. */
export const augment: Family<AugmentRecipe, AugmentRecipeInput> = {
  id: 'augment',
  title: 'one image a class, turned, sheared, bent and thickened, labelled by class',
  form: 'image',
  labels: ['class'],
  schema,
  check: () => undefined,
  labelFormat: (recipe) => ({ dtype: 'u32', outputs: classesOf(recipe) }),
  parameters(recipe) {
    const easy: Readonly<Record<string, number>> = {
      rotation: 0,
      scale: 1,
      shear: 0,
      translateX: 0,
      translateY: 0,
      alpha: 0,
      thickness: 0,
    };
    const warp = warpParameters(warpOf(recipe)).map((p): Parameter => {
      const near = easy[p.name];
      return { ...p, stream: 'image', ...(near === undefined ? {} : { easy: near }) };
    });
    return [{ name: 'class', stream: 'label', draw: 0, kind: 'class', classes: classesOf(recipe) }, ...warp];
  },
  labelRule: () => ({ from: 'class', parameter: 'class' }),
  draws: (recipe) => ({ label: 1, image: warpDraws(recipe.image, warpOf(recipe)) }),
  external({ params: { base } }): Record<string, string> {
    return typeof base === 'string' ? {} : { base: `${base.external.classes} images of hash ${base.external.hash}` };
  },
  externalShapes: ({ params: { base }, image }): Record<string, number[]> =>
    typeof base === 'string' ? {} : { base: [base.external.classes, image.channels, image.height, image.width] },
  tables({ params: { base }, image }) {
    const { height, width, channels } = image;
    return typeof base === 'string' ? { base: baseImages(base, { height, width, channels }) } : {};
  },
  scratch: (recipe, launch) => warpScratch(recipe.image, warpOf(recipe), launch),
  render: (recipe, launch) =>
    warpPasses(recipe.image, warpOf(recipe), launch, {
      stream: 'image',
      firstCall: 0,
      firstWord: 2,
      source: 'base',
      byClass: { word: 1, classes: classesOf(recipe) },
    }),
  twin(recipe, draws, parameters, external = {}) {
    const { base } = recipe.params;
    const size = pixelsOf(recipe.image);
    const images = typeof base === 'string' ? baseImages(base, recipe.image) : external.base;
    if (images?.length !== classesOf(recipe) * size) {
      throw new InputError({
        subject: 'sample: external.base',
        got: images ? `${images.length} values` : 'none',
        expected: `${classesOf(recipe)} images of ${size} values`,
        next: 'pass the base images, as the buffer on the GPU has them',
      });
    }
    const own = images.subarray(parameters.class! * size, (parameters.class! + 1) * size);
    return { image: warpTwin(recipe.image, warpOf(recipe), own, parameters, (draw) => draws.word('image', draw)) };
  },
};
