import { InputError } from '@kindling/core';
import type { ImageSize } from './family.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { type FamilyId, families } from './registry.js';

/** A family as lists show it. */
export interface FamilyDescription {
  readonly id: FamilyId;
  readonly title: string;
  /** `vector`: x is a row of `width` numbers, not a picture. */
  readonly form: 'image' | 'vector';
  readonly labels: readonly string[];
  /** Least and most pixels of a side, and the numbers of channels, that its recipes take. */
  readonly sizes: {
    readonly height: readonly [number, number];
    readonly width: readonly [number, number];
    readonly channels: readonly number[];
  };
  /** The recipe {"family": id} with its defaults filled in. */
  readonly defaults: Recipe;
}

/** Whether the default recipe with other image fields is accepted. */
function takes(family: FamilyId, image: Partial<ImageSize>): boolean {
  try {
    parseRecipe({ family, image });
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

/** The least and most side that is accepted around one that is: bisection, as what a schema accepts is an interval. */
function sideRange(family: FamilyId, side: 'height' | 'width', known: number): [number, number] {
  const bisect = (inside: number, outside: number): number => {
    let [good, bad] = [inside, outside];
    while (Math.abs(good - bad) > 1) {
      const middle = Math.floor((good + bad) / 2);
      if (takes(family, { [side]: middle })) good = middle;
      else bad = middle;
    }
    return good;
  };
  return [bisect(known, 0), bisect(known, 65_536)];
}

/** What a family is and takes, found by trying its recipe: nothing here can disagree with what `parseRecipe` accepts. */
export function describeFamily(id: FamilyId): FamilyDescription {
  const { title, form, labels } = families[id];
  const defaults = parseRecipe({ family: id });
  return {
    id,
    title,
    form,
    labels,
    sizes: {
      height: sideRange(id, 'height', defaults.image.height),
      width: sideRange(id, 'width', defaults.image.width),
      channels: [1, 2, 3, 4].filter((channels) => takes(id, { channels })),
    },
    defaults,
  };
}
