import * as v from 'valibot';
import { imageSchema, realRange, wholeRange } from '../../schema.js';

const ELEMENTARY = /^(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])$/;
const LIFE_LIKE = /^B0?1?2?3?4?5?6?7?8?\/S0?1?2?3?4?5?6?7?8?$/;

/** Rules that look different from one another at 28 pixels, and that leave next to no image blank on small tori. */
const ELEMENTARY_DEFAULTS = ['30', '54', '57', '62', '73', '105', '106', '110'];
const LIFE_LIKE_DEFAULTS = ['B3/S23', 'B3/S12345', 'B3678/S34678', 'B36/S125', 'B2/S', 'B45678/S2345', 'B34/S34', 'B3/S012345678'];

/**
 * Family `automata`. `rules` in the order of their classes: an elementary rule's number (`"110"`), or the neighbours with which a cell of a
 * life-like rule is born and survives (`"B3/S23"`); `steps`: generations before the picture (before its first row for elementary rules);
 * `density` of live cells at the start in sixteenths; `cell`: pixels along a cell's side; `contrast` 0 to 1.
 */
export const automataSchema = v.strictObject({
  family: v.literal('automata'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      rules: v.optional(
        v.pipe(
          v.array(
            v.pipe(
              v.string(),
              v.check((rule) => ELEMENTARY.test(rule) || LIFE_LIKE.test(rule), 'a number 0 to 255, or B…/S… with digits 0 to 8 in order'),
            ),
          ),
          v.minLength(1),
          v.maxLength(256),
          v.check((rules) => new Set(rules).size === rules.length, 'each rule once'),
        ),
        [...ELEMENTARY_DEFAULTS, ...LIFE_LIKE_DEFAULTS],
      ),
      steps: v.optional(wholeRange(0, 256), [8, 24]),
      density: v.optional(wholeRange(1, 15), [6, 9]),
      cell: v.optional(wholeRange(1, 8), [1, 2]),
      contrast: v.optional(realRange(0, 1), [0.7, 1]),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('class') }), { kind: 'class' }),
});

export type AutomataRecipe = v.InferOutput<typeof automataSchema>;
export type AutomataRecipeInput = v.InferInput<typeof automataSchema>;

/** A rule as the kernel's word: 8 bits, or 2³¹ + birth counts + survival counts·2⁹. */
export function ruleWord(rule: string): number {
  if (!rule.startsWith('B')) return Number(rule);
  const bits = (digits: string): number => [...digits].reduce((sum, digit) => sum + 2 ** Number(digit), 0);
  const [birth, survival] = rule.slice(1).split('/S') as [string, string];
  return 2 ** 31 + bits(birth) + bits(survival) * 2 ** 9;
}
