// What a stored recipe is compared by, computed on the CPU: its hash, and what its first samples hold.
import { createHash } from 'node:crypto';
import { canonicalJson, digestLayout, externalOf, parseRecipe, recipeHash, sample } from '@kindling/datagen';
import { parseRunRecipe, runGeneratorHash } from '@kindling/warmup';

/** Samples of a digest: those of `kindling datagen hash --seed 1 --steps 2 --batch 2`. */
const [SEED, STEPS, BATCH] = [1, 2, 2];

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');
const rounded = (value) => Number(value.toPrecision(9));

/** Whether labels enter the digest: the parts of a mixture must agree here, as a sample does not tell which part it comes from. */
function integerLabels(recipe) {
  const { parts } = digestLayout(recipe);
  if (new Set(parts.map(({ integer }) => integer)).size > 1) throw new Error('parts with whole and other labels: store them one by one');
  return parts[0].integer;
}

/**
 * A generator's recipe: `hash`; the `digest` of its first two batches, from the CPU twin; and of its first image mean, deviation and labels, which a
 * change of pixels moves that draws and whole labels do not show. A recipe that leaves a buffer to its caller has its hash alone.
 */
export async function describeRecipe(input) {
  const recipe = parseRecipe(input);
  const hash = await recipeHash(input);
  if (Object.keys(externalOf(recipe)).length > 0) return { hash };
  const whole = integerLabels(recipe);
  const words = [];
  let first;
  for (let step = 0; step < STEPS; step++) {
    for (let index = 0; index < BATCH; index++) {
      const made = sample(input, SEED, step, index);
      first ??= made;
      words.push(made.words.label, made.words.image, Uint32Array.from(whole ? made.labels : []));
    }
  }
  const { image, labels } = first;
  const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
  const deviation = Math.sqrt(image.reduce((sum, value) => sum + (value - mean) ** 2, 0) / image.length);
  return { hash, digest: sha256(...words), first: [mean, deviation, ...labels].map(rounded) };
}

/** A trial's recipe: `hash` of its canonical JSON with defaults, and of the generator that it implies for MNIST's images. */
export async function describeRun(input) {
  const recipe = parseRunRecipe(input);
  const generator = await runGeneratorHash(recipe, { channels: 1, height: 28, width: 28, classes: 10 });
  return { hash: sha256(canonicalJson(recipe)), ...(generator ? { generator } : {}) };
}

/** How far a stored number may be from a computed one: engines round sines differently in the last bits. */
const TOLERANCE = 1e-6;
const near = (a, b) => a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= TOLERANCE * Math.max(1, Math.abs(b[i])));

/** Where a computed entry differs from the stored one, in words; undefined where it does not. */
export function difference(stored, computed) {
  for (const field of Object.keys({ ...stored, ...computed })) {
    if (field === 'recipe') continue;
    const [was, is] = [stored[field], computed[field]];
    const same = Array.isArray(was) && Array.isArray(is) ? near(was, is) : was === is;
    if (!same) return `${field} was ${was}, is ${is}`;
  }
  return undefined;
}
