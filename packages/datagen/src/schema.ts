import { InputError } from '@kindling/core';
import * as v from 'valibot';

/** A whole number from `least` to `most`. */
export const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** A finite number from `least` to `most`. */
export const real = (least: number, most: number) => v.pipe(v.number(), v.finite(), v.minValue(least), v.maxValue(most));

/** A range `[low, high]` within `least` .. `most`, low ≤ high, of whole or real numbers. */
const rangeOf = <S extends ReturnType<typeof whole> | ReturnType<typeof real>>(value: S) =>
  v.pipe(
    v.tuple([value, value]),
    v.check(([low, high]) => low <= high, 'a range [low, high] with low ≤ high'),
  );
export const wholeRange = (least: number, most: number) => rangeOf(whole(least, most));
export const realRange = (least: number, most: number) => rangeOf(real(least, most));

/**
 * The `image` field of a recipe, with a family's default size.
 * @param sides least and most pixels of a side; @param channels the numbers of channels that the family can render
 */
export const imageSchema = (
  { height, width, channels }: { height: number; width: number; channels: number },
  sides: readonly [number, number] = [8, 256],
  channelCounts: readonly [number, ...number[]] = [1, 3],
) =>
  v.optional(
    v.strictObject({
      height: v.optional(whole(...sides), height),
      width: v.optional(whole(...sides), width),
      channels: v.optional(v.picklist(channelCounts), channels),
    }),
    {},
  );

/** Parses with a schema; the first problem becomes an error that names the field, e.g. `recipe.image.height`. @throws InputError */
export function parseWith<T>(schema: v.GenericSchema<unknown, T>, input: unknown, subject = 'recipe'): T {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  const unknown = issue.type === 'strict_object' && issue.expected === 'never';
  throw new InputError({
    subject: path === null ? subject : `${subject}.${path}`,
    got: unknown ? 'a field that this recipe does not have' : issue.type === 'check' ? JSON.stringify(issue.input) : issue.received,
    expected: unknown ? 'only fields that the family knows' : expectation(issue),
    next: unknown ? 'check the spelling, or remove the field' : 'correct the field, or leave it out for its default',
  });
}

function expectation(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'integer') return 'a whole number';
  return issue.expected ?? issue.message;
}
