import { InputError } from '@kindling/core';
import { describeFamily, type FamilyId, families, type ImageSize, parseRecipe, type Recipe, type RecipeInput } from '@kindling/datagen';

/** One recipe to time: a family's defaults at one size. */
export interface Case {
  /** The family, with what was changed, e.g. `count uniform`. */
  readonly name: string;
  readonly family: FamilyId;
  /** What was asked for, as `planGeneration` and `sample` take it. */
  readonly input: RecipeInput;
  readonly recipe: Recipe;
  readonly image: ImageSize;
}

/** What is timed beside a family's defaults. */
const variants: Readonly<Record<string, { family: FamilyId; params: object }>> = {
  'count uniform': { family: 'count', params: { density: 'uniform' } },
};

export const DEFAULT_SIZES: readonly number[] = [28, 64];

/** Every name that `--families` takes. */
export const caseNames: readonly string[] = (Object.keys(families) as FamilyId[]).flatMap((family) => [
  family,
  ...Object.keys(variants).filter((name) => variants[name]!.family === family),
]);

/** The sides in a comma list, e.g. `28,64`. @throws InputError */
export function parseSizes(text: string): number[] {
  const sizes = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (sizes.every((size) => size >= 1 && size <= 4096)) return [...new Set(sizes)];
  throw new InputError({
    subject: '--sizes',
    got: JSON.stringify(text),
    expected: 'sides in pixels from 1 to 4096, e.g. 28,64',
    next: 'list whole numbers with commas between them',
  });
}

function namesOf(wanted: readonly string[] | undefined): readonly string[] {
  const unknown = (wanted ?? []).filter((name) => !caseNames.includes(name));
  if (unknown.length === 0 && wanted?.length !== 0) return wanted ? [...new Set(wanted)] : caseNames;
  throw new InputError({
    subject: '--families',
    got: unknown.join(', ') || 'none',
    expected: `some of ${caseNames.join(', ')}`,
    next: 'see `kindling datagen list`',
  });
}

/** Sizes that families of vectors have once, whatever was asked for, and images with one channel where the family has such. */
function imagesOf(family: FamilyId, sizes: readonly number[]): { images: Partial<ImageSize>[]; refused: number[] } {
  const { form, sizes: range } = describeFamily(family);
  if (form === 'vector') return { images: [{}], refused: [] };
  const fits = (side: number): boolean => [range.height, range.width].every(([least, most]) => side >= least && side <= most);
  const channels = range.channels.includes(1) ? { channels: 1 } : {};
  const images = sizes.filter(fits).map((side) => ({ height: side, width: side, ...channels }));
  return { images, refused: sizes.filter((side) => !fits(side)) };
}

/**
 * The recipes to time: every family (or those named) with its defaults, images at each size that it takes with one channel, vectors once.
 * @throws InputError for an unknown name
 */
export function generationCases(options: { families?: readonly string[]; sizes?: readonly number[] } = {}): {
  cases: Case[];
  skipped: string[];
} {
  const cases: Case[] = [];
  const skipped: string[] = [];
  for (const name of namesOf(options.families)) {
    const variant = variants[name];
    const family = variant?.family ?? (name as FamilyId);
    const { images, refused } = imagesOf(family, options.sizes ?? DEFAULT_SIZES);
    skipped.push(...refused.map((side) => `${name}: takes no ${side}×${side} images`));
    for (const image of images) {
      const input = { family, image, ...(variant ? { params: variant.params } : {}) } as RecipeInput;
      const recipe = parseRecipe(input);
      cases.push({ name, family, input, recipe, image: recipe.image });
    }
  }
  return { cases, skipped };
}

/** `28×28`, with the channels where there are several. */
export const sizeText = ({ height, width, channels }: ImageSize): string => `${height}×${width}${channels > 1 ? `×${channels}` : ''}`;
