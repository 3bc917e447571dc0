import { createHash } from 'node:crypto';
import { digestLayout, digestWords, type IndexRange, indexRanges, placeOf, type Recipe, recipeHash } from '@kindling/datagen';
import { openAnnounced } from '../session.js';
import { interruptSignal, print, printJson } from '../terminal.js';
import { type Chunk, ChunkRenderer, chunkCapacity } from './chunks.js';
import { stopIfInterrupted } from './interrupt.js';
import { recipeOf, seedOption, wholeOption } from './recipe.js';

export interface HashOptions {
  readonly family?: string;
  readonly recipe?: string;
  readonly seed?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly split?: number;
  readonly shards?: number;
  readonly adapter?: string;
  readonly json?: boolean;
}

interface Plan {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly split: number;
  readonly shards: number;
}

function planOf(options: HashOptions): Plan {
  const recipe = recipeOf(options);
  const { steps = 1, batch = 64, split = 1, shards = 1 } = options;
  wholeOption('--steps', steps, 1, 2 ** 32 - 1);
  wholeOption('--batch', batch, 1, 2 ** 32 - 1);
  for (const [option, value] of [
    ['--split', split],
    ['--shards', shards],
  ] as const) {
    wholeOption(option, value, 1, 2 ** 32 - 1);
  }
  return { recipe, seed: seedOption(options.seed), steps, batch, split, shards };
}

/** What a plan's samples come to. */
interface Digests {
  /** The specification's. */
  readonly digest: string;
  /** SHA-256 of the number of each sample's part, u32 little-endian in order: the choices of a mixture, which the digest has no word for. */
  readonly parts: string;
}

/** Renders the plan in its parts and workers, and merges what the device wrote in the order of indices. */
async function digests(renderer: ChunkRenderer, plan: Plan, capacity: number, stop: (step: number) => void): Promise<Digests> {
  const layout = digestLayout(plan.recipe);
  const hash = createHash('sha256');
  const choices = createHash('sha256');
  for (let step = 0; step < plan.steps; step++) {
    // More parts than samples: the rest is empty.
    for (const range of indexRanges(plan.batch, Math.min(plan.split, plan.batch), plan.shards, capacity)) {
      stop(step);
      const chunks: Chunk[] = [];
      for (const { firstIndex, batch, indexStep } of range.pieces) chunks.push(await renderer.render(step, firstIndex, batch, indexStep));
      for (const words of merged(range, chunks)) hash.update(words);
    }
  }
  return { digest: hash.digest('hex'), parts: choices.digest('hex') };

  function* merged(range: IndexRange, chunks: readonly Chunk[]): Generator<Uint32Array> {
    for (let index = range.low; index < range.high; index++) {
      const { piece, at } = placeOf(range, index);
      const chunk = chunks[piece]!;
      const part = renderer.part(chunk, at);
      choices.update(Uint32Array.of(part));
      yield digestWords(layout, chunk, at, part);
    }
  }
}

/** Prints the digest of a recipe's random words and integer labels, which no way of rendering them changes. */
export async function hash(options: HashOptions): Promise<number> {
  const plan = planOf(options);
  const signal = interruptSignal();
  const { device, name } = await openAnnounced(options.adapter);
  const capacity = chunkCapacity(plan.recipe, plan.batch, true);
  const renderer = new ChunkRenderer(device, plan.recipe, { seed: plan.seed, capacity, words: true });
  const next = 'run it again: a digest is of all samples or of none';
  const { digest, parts } = await digests(renderer, plan, capacity, (step) =>
    stopIfInterrupted(signal, 'hash', `${step} of ${plan.steps} steps`, next),
  );
  device.destroy();
  const choices = plan.recipe.family === 'mixture' ? { partsDigest: parts } : {};
  if (options.json) printJson({ digest, ...choices, ...plan, adapter: name, recipeHash: await recipeHash(plan.recipe as never) });
  else print(digest);
  return 0;
}
