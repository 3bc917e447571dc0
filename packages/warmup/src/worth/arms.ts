import { InputError } from '@kindling/core';
import { families, labelFormat, parseRecipe, type RecipeInput } from '@kindling/datagen';

/** How a trial of `runWorth` spends its steps. */
export interface WorthArm {
  /** `none`, `longer`, `family:<id>` or `family:<id>:kept`. */
  readonly name: string;
  /** What the warm-up's batches are made from, and whether its head stays; null for plain training. */
  readonly warmup: { readonly generator: RecipeInput; readonly kept: boolean } | null;
  /** Plain training that also spends the warm-up's steps on natural images. */
  readonly longer: boolean;
  /** One line for tables. */
  readonly note: string;
}

/** Fields of family recipes other than the defaults, by family. */
export type WorthGenerators = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Plain training: what every other arm is compared with. */
export const WORTH_BASELINE = 'none';

/** Plain training that computes as much as an arm with a warm-up. */
export const WORTH_EQUAL = 'longer';

const PLAIN: readonly WorthArm[] = [
  { name: WORTH_BASELINE, warmup: null, longer: false, note: 'natural images alone' },
  {
    name: WORTH_EQUAL,
    warmup: null,
    longer: true,
    note: 'natural images alone, for the steps of the warm-up as well: as much compute as an arm with one',
  },
];

const refuse = (got: string, expected: string, next: string): never => {
  throw new InputError({ subject: '--arms', got, expected, next });
};

/** What a family's head puts out, found out on images as MNIST's. */
function headOf(generator: RecipeInput): { dtype: 'u32' | 'f32'; outputs: number } {
  const image = { channels: 1, height: 28, width: 28, ...generator.image };
  return labelFormat(parseRecipe({ ...generator, image }));
}

/** Classes of an arm's generated labels; undefined where it has none. */
export function worthClasses({ warmup }: WorthArm): number | undefined {
  const head = warmup && headOf(warmup.generator);
  return head?.dtype === 'u32' ? head.outputs : undefined;
}

/** The families that a warm-up can be made of. */
const warmupFamilies = (): string[] => [...Object.keys(families), 'mixture'];

/**
 * An arm by its name; `<id>` is short for `family:<id>`, whose head is swapped, and `<id>:kept` goes on with the head that the warm-up trained.
 * @param classes that a kept head must have
 * @throws InputError for a name that there is not, a recipe that its family refuses, or a head that cannot be kept
 */
export function worthArm(text: string, generators: WorthGenerators = {}, classes = 10): WorthArm {
  const plain = PLAIN.find(({ name }) => name === text);
  if (plain) return plain;
  const [, id = '', kept] = /^(?:family:)?([a-z0-9-]+)(:kept)?$/.exec(text) ?? [];
  if (!warmupFamilies().includes(id)) {
    const expected = `${PLAIN.map(({ name }) => name).join(', ')}, <family> or <family>:kept`;
    refuse(JSON.stringify(text), expected, `choose among the families ${warmupFamilies().join(', ')}`);
  }
  const generator = { ...generators[id], family: id } as RecipeInput;
  const { dtype, outputs } = headOf(generator);
  const name = `family:${id}${kept ?? ''}`;
  if (!kept) {
    return { name, warmup: { generator, kept: false }, longer: false, note: `warm-up on ${id}, then a fresh head` };
  }
  if (dtype !== 'u32' || outputs !== classes) {
    const got = `${name}, with ${dtype === 'u32' ? `${outputs} classes` : 'labels that are no classes'}`;
    refuse(got, `a family whose labels are ${classes} classes`, `use family:${id}, which swaps the head`);
  }
  return { name, warmup: { generator, kept: true }, longer: false, note: `warm-up on ${id}, whose head goes on` };
}
