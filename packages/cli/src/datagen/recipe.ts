import { existsSync } from 'node:fs';
import { InputError } from '@kindling/core';
import { externalOf, families, parseRecipe, type Recipe } from '@kindling/datagen';
import { readJson } from '../run-folder.js';

/** The forms in which a command takes a recipe. */
const EXPECTED = 'a family’s name, a JSON file, or JSON such as {"family": "count"}';
const NEXT = 'see `kindling datagen list` for families and their recipes';

/** Parses `--recipe`: a family's name, JSON, or the path of a JSON file. @throws InputError that names the option, the file or the field. */
export function recipeFrom(text: string, option = '--recipe'): Recipe {
  const trimmed = text.trim();
  if (Object.hasOwn(families, trimmed)) return parseRecipe({ family: trimmed });
  if (!trimmed.startsWith('{')) {
    if (!existsSync(text)) throw new InputError({ subject: option, got: JSON.stringify(text), expected: EXPECTED, next: NEXT });
    return within(text, () => parseOwn(readJson(text)));
  }
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch (cause) {
    throw new InputError({ subject: option, got: (cause as Error).message, expected: EXPECTED, next: NEXT }, 2, { cause });
  }
  return within(option, () => parseOwn(value));
}

/** A recipe, or that of an exported dataset's card. */
const recipeIn = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !('family' in value) && 'recipe' in value ? value.recipe : value;

/** A recipe that a command can render. @throws InputError naming the field, or the buffer that only a program can bind */
function parseOwn(value: unknown): Recipe {
  const recipe = parseRecipe(recipeIn(value));
  const [buffer] = Object.entries(externalOf(recipe));
  if (!buffer) return recipe;
  const [name, what] = buffer;
  throw new InputError({
    subject: recipe.family === 'mixture' ? 'recipe.parts' : `recipe.params.${name}`,
    got: `external (${what}), which a program binds as the buffer ${name}`,
    expected: 'a recipe that needs no images from outside, e.g. {"family": "augment", "params": {"base": "digits"}}',
    next: 'use digits or garments, or render it from a program with planGeneration (docs/families/augment.md)',
  });
}

/** Names the file or option in errors about a recipe's field. */
function within<T>(subject: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError) || !error.parts.subject.startsWith('recipe')) throw error;
    throw new InputError({ ...error.parts, subject: `${subject}: ${error.parts.subject}` }, 2, { cause: error });
  }
}

/** The recipe that `--family` and `--recipe` name together. @throws InputError where there is none, or two that differ. */
export function recipeOf(options: { readonly family?: string; readonly recipe?: string }): Recipe {
  const { family, recipe } = options;
  if (recipe === undefined) {
    if (family === undefined)
      throw new InputError({ subject: 'command line', got: 'no --family or --recipe', expected: 'one of them', next: NEXT });
    if (Object.hasOwn(families, family)) return parseRecipe({ family });
    const expected = `one of ${Object.keys(families).join(', ')}`;
    throw new InputError({ subject: '--family', got: JSON.stringify(family), expected, next: NEXT });
  }
  const parsed = recipeFrom(recipe);
  if (family !== undefined && family !== parsed.family) {
    const expected = `${family}, as --family says`;
    throw new InputError({
      subject: '--recipe',
      got: `a recipe of family ${parsed.family}`,
      expected,
      next: 'leave one of the two options out',
    });
  }
  return parsed;
}

/** An option's whole number within a range. @throws InputError naming the option */
export function wholeOption(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  const expected = `a whole number from ${least} to ${most.toLocaleString('en')}`;
  throw new InputError({ subject: option, got: String(value), expected, next: `write e.g. ${option} ${least}` });
}

const WORD = 2 ** 32 - 1;
export const seedOption = (value = 1): number => wholeOption('--seed', value, 0, WORD);
export const stepOption = (value = 0): number => wholeOption('--step', value, 0, WORD);
