import { InputError } from '@kindling/core';
import * as v from 'valibot';

/** A whole number from `least` to `most`. */
export const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** The `image` field of a recipe, with a family's default size. A side is at most 4,096 pixels. */
export const imageSchema = ({ height, width, channels }: { height: number; width: number; channels: number }) =>
  v.optional(
    v.strictObject({
      height: v.optional(whole(1, 4096), height),
      width: v.optional(whole(1, 4096), width),
      channels: v.optional(whole(1, 4), channels),
    }),
    {},
  );

/** Parses with a schema; the first problem becomes an error that names the field, e.g. `recipe.image.height`. @throws InputError */
export function parseWith<T>(schema: v.GenericSchema<unknown, T>, input: unknown): T {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  const unknown = issue.type === 'strict_object' && issue.expected === 'never';
  throw new InputError({
    subject: path === null ? 'recipe' : `recipe.${path}`,
    got: unknown ? 'a field that this recipe does not have' : issue.received,
    expected: unknown ? 'only fields that the family knows' : expectation(issue),
    next: unknown ? 'check the spelling, or remove the field' : 'correct the field, or leave it out for its default',
  });
}

function expectation(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'integer') return 'a whole number';
  return issue.expected ?? issue.message;
}
