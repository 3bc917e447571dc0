import { checkChoices } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import * as v from 'valibot';
import { EXPERIMENTS, planTrial } from './arms.js';
import { selectSchema } from './online/selected.js';

/** Names of models: they stand in files and on command lines. */
export const MODEL_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

const whole = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

/** The JSON of a trial: everything that its result depends on, apart from the adapter. */
const schema = v.strictObject({
  /** count, augment or family:<id>. */
  experiment: v.optional(v.string(), 'count'),
  arm: v.optional(v.string(), 'published'),
  /** Proportion of the steps that are warm-up. */
  p: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.3),
  steps: v.optional(v.pipe(whole(1), v.maxValue(10_000_000)), 500),
  batch: v.optional(v.pipe(whole(1), v.maxValue(65_536)), 64),
  seed: v.optional(v.pipe(whole(0), v.maxValue(0xffffffff)), 1),
  dataSource: v.optional(v.picklist(['disk', 'resident']), 'resident'),
  /** `poster` as published; `notebook`: the authors' notebooks, 200 steps, an evaluation every 5, and smaller moves in Experiment 1. */
  preset: v.optional(v.picklist(['poster', 'notebook'])),
  /** Of `family:<id>`: the generator's recipe, where it differs from the family's defaults. */
  generator: v.optional(v.record(v.string(), v.unknown())),
  /** Of `family:<id>` with class labels: the stream is pruned as it is made; `{metric, keep, candidates, balanced}`. */
  select: v.optional(selectSchema),
  /** Hash of the keep list whose examples alone the natural phase trains on; without it on all. */
  keepList: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  /** Evaluate every so many natural steps; 0 evaluates once after each phase. */
  evalEvery: v.optional(whole(0), 0),
  /** Name of the model: built in, or what a module of the user's calls itself. */
  model: v.optional(v.pipe(v.string(), v.regex(MODEL_NAME)), 'poster-cnn'),
  /** Kernel variants that a tuner measured, by problem: they decide the order of sums, and so bits. Without them each op chooses. */
  choices: v.optional(v.record(v.string(), v.string())),
});

/** What each field may hold, for messages. */
const fields: Readonly<Record<keyof typeof schema.entries, string>> = {
  experiment: `${EXPERIMENTS.join(', ')} or family:<id>`,
  preset: 'poster or notebook',
  generator: 'an object with fields of the family’s recipe',
  select: 'an object {metric: el2n or margin, keep: hard or easy, candidates: 1 to 256, balanced: true or false}',
  keepList: 'the hash of a keep list: 64 hexadecimal digits',
  arm: 'the name of an arm',
  p: 'a number from 0 to 1',
  steps: 'a whole number from 1 to 10000000',
  batch: 'a whole number from 1 to 65536',
  seed: 'a whole number from 0 to 4294967295',
  dataSource: 'disk or resident',
  evalEvery: 'a whole number from 0',
  model: 'a model’s name: letters, digits, dots, dashes and underscores, 64 at most',
  choices: 'an object that gives a variant to each tuned problem',
};

export type RunRecipe = v.InferOutput<typeof schema>;
export type RunRecipeInput = v.InferInput<typeof schema>;

/**
 * Checks a trial's recipe and fills in the defaults.
 * @throws InputError naming the field, what it got and what it expected
 */
export function parseRunRecipe(input: unknown): RunRecipe {
  const notebook = typeof input === 'object' && input !== null && 'preset' in input && input.preset === 'notebook';
  const result = v.safeParse(schema, notebook ? { steps: 200, evalEvery: 5, ...input } : input);
  if (!result.success) {
    const issue = result.issues[0];
    const field = issue.path?.map((part) => String(part.key)).join('.') ?? '(the whole recipe)';
    throw new InputError({
      subject: `recipe.${field}`,
      got: issue.received,
      expected: fields[field.split('.')[0] as keyof typeof fields] ?? `an object with the fields ${Object.keys(fields).join(', ')}`,
      next: `correct ${field} in the recipe or on the command line`,
    });
  }
  planTrial(result.output);
  checkChoices(result.output.choices ?? {}, 'recipe.choices');
  return result.output;
}
