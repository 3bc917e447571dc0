import { InputError, pickWeighted, quantiseWeights, sampleKey } from '@kindling/core';
import * as v from 'valibot';
import { type ImageSize, type LabelFormat, splitIndex } from './family.js';
import { type FamilyRecipe, type FamilyRecipeInput, familyOf } from './registry.js';
import { imageSchema, parseWith, real } from './schema.js';

/** One part of a mixture: `weight` is relative to the other parts'. */
export interface MixturePart {
  readonly weight: number;
  readonly recipe: FamilyRecipe;
}

/**
 * Several families in one batch: each sample comes from one part, by weight.
 * `label`: `part` (u32, which part), `class` (u32, the parts' classes one after another) or `own` (every part's own label, where all have the same format).
 */
export interface MixtureRecipe {
  readonly family: 'mixture';
  readonly image: ImageSize;
  readonly parts: readonly MixturePart[];
  readonly label: { readonly kind: 'part' | 'class' | 'own' };
}

/** A mixture as a user writes it; its parts take the mixture's image. */
export interface MixtureRecipeInput {
  readonly family: 'mixture';
  readonly image?: Partial<ImageSize>;
  readonly parts: readonly { readonly weight?: number; readonly recipe: FamilyRecipeInput }[];
  readonly label?: { readonly kind: 'part' | 'class' | 'own' };
}

const MAX_PARTS = 16;
const schema = v.strictObject({
  family: v.literal('mixture'),
  // Each part checks the size by its own schema: a mixture of vectors has height 1.
  image: imageSchema({ height: 28, width: 28, channels: 1 }, [1, 4096], [1, 2, 3, 4]),
  parts: v.pipe(
    v.array(v.strictObject({ weight: v.optional(real(0, 1e6), 1), recipe: v.record(v.string(), v.unknown()) })),
    v.minLength(1, 'at least one part'),
    v.maxLength(MAX_PARTS, `at most ${MAX_PARTS} parts`),
  ),
  label: v.optional(v.strictObject({ kind: v.picklist(['part', 'class', 'own']) }), { kind: 'part' }),
});

/** @param parseFamily parses a recipe of one family. @throws InputError naming the field, e.g. `recipe.parts.1.weight` */
export function parseMixture(input: unknown, parseFamily: (input: unknown, subject: string) => FamilyRecipe): MixtureRecipe {
  const { image, parts, ...rest } = parseWith(schema, input);
  if (parts.reduce((sum, { weight }) => sum + weight, 0) <= 0) {
    throw new InputError({
      subject: 'recipe.parts',
      got: 'weights that sum to zero',
      expected: 'at least one positive weight',
      next: 'give one part a weight above 0',
    });
  }
  const quantised = quantiseWeights(parts.map(({ weight }) => weight));
  const lost = parts.findIndex(({ weight }, i) => weight > 0 && quantised[i] === 0);
  if (lost >= 0) {
    throw new InputError({
      subject: `recipe.parts.${lost}.weight`,
      got: String(parts[lost]!.weight),
      expected: '0, or at least 2^-25 of the largest weight and 2^-126: a smaller one would never be drawn',
      next: 'raise the weight, or write 0',
    });
  }
  const parsed = parts.map(({ weight, recipe }, i) => ({
    weight,
    recipe: parseFamily({ ...recipe, image: { ...image, ...(recipe.image as object | undefined) } }, `recipe.parts.${i}.recipe`),
  }));
  const odd = parsed.findIndex(({ recipe }) => recipe.image.height !== image.height || recipe.image.width !== image.width);
  const other = parsed.findIndex(({ recipe }) => recipe.image.channels !== image.channels);
  if (odd >= 0 || other >= 0) {
    const part = odd >= 0 ? odd : other;
    throw new InputError({
      subject: `recipe.parts.${part}.recipe.image`,
      got: JSON.stringify(parsed[part]!.recipe.image),
      expected: `the mixture's image, ${JSON.stringify(image)}`,
      next: 'leave the part’s image out',
    });
  }
  checkExternal(parsed);
  const recipe: MixtureRecipe = { ...rest, image, parts: parsed };
  mixtureLabel(recipe);
  return recipe;
}

/** Parts share a caller's buffer of the same name. @throws InputError where two want different things in it */
function checkExternal(parts: readonly MixturePart[]): void {
  const wanted = new Map<string, { what: string; part: number }>();
  for (const [part, { recipe }] of parts.entries()) {
    for (const [name, what] of Object.entries(familyOf(recipe).external?.(recipe) ?? {})) {
      const before = wanted.get(name);
      if (before && before.what !== what) {
        throw new InputError({
          subject: `recipe.parts.${part}.recipe.params.${name}`,
          got: what,
          expected: `${before.what}, as part ${before.part} has: all parts share the one buffer ${name}`,
          next: 'put the images into one buffer and give both parts its classes and hash, or leave one part out',
        });
      }
      wanted.set(name, { what, part });
    }
  }
}

/** How a mixture's labels are stored. @throws InputError where its parts' labels do not go together */
export function mixtureLabel({ parts, label }: MixtureRecipe): LabelFormat {
  if (label.kind === 'part') return { dtype: 'u32', outputs: parts.length };
  const formats = parts.map(({ recipe }) => familyOf(recipe).labelFormat(recipe));
  const first = formats[0]!;
  const refuse = (part: number, expected: string): never => {
    throw new InputError({
      subject: `recipe.parts.${part}.recipe.label`,
      got: `${formats[part]!.dtype} with ${formats[part]!.outputs} outputs`,
      expected,
      next: 'give the part another label, or use the mixture label {"kind": "part"}',
    });
  };
  if (label.kind === 'own') {
    const odd = formats.findIndex(({ dtype, outputs }) => dtype !== first.dtype || outputs !== first.outputs);
    if (odd >= 0) refuse(odd, `${first.dtype} with ${first.outputs} outputs, as the first part has`);
    return { ...first, integer: formats.every(({ integer }) => integer === true) };
  }
  const odd = formats.findIndex(({ dtype }) => dtype !== 'u32');
  if (odd >= 0) refuse(odd, 'a class label, so that classes can be numbered one part after another');
  const kernel = parts.findIndex(({ recipe }) => familyOf(recipe).labelRule(recipe).from === 'kernel');
  if (kernel > 0) refuse(kernel, 'a drawn class: a label that the kernel computes can only be in the first part');
  return { dtype: 'u32', outputs: formats.reduce((sum, { outputs }) => sum + outputs, 0) };
}

/** The first class of a part where classes are numbered one part after another. */
export const classOffset = ({ parts, label }: MixtureRecipe, part: number): number =>
  label.kind !== 'class' ? 0 : parts.slice(0, part).reduce((sum, { recipe }) => sum + familyOf(recipe).labelFormat(recipe).outputs, 0);

/** The part that a sample comes from, on the CPU: the twin of `shaders/random/categorical.wgsl`. */
export function chosenPart({ parts }: MixtureRecipe, seed: number, step: number, index: number, top = 0): number {
  const { low, high } = splitIndex(index);
  return pickWeighted(sampleKey(seed, 'mixture', step, high + top), low, 0, quantiseWeights(parts.map(({ weight }) => weight)));
}
