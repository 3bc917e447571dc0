// The digest that `kindling datagen hash` prints, of the batches that a warm-up generates: made here, on this tab's device.
import { InputError } from '@kindling/core';
import {
  canonicalJson,
  digestLayout,
  digestWords,
  parseRecipe,
  pixelsOf,
  planGeneration,
  planWords,
  type RecipeInput,
} from '@kindling/datagen';
import { bindPasses, type Device } from '@kindling/device';
import { planTrial } from '@kindling/warmup';
import type { Digest } from '../protocol.js';
import { IMAGE, isAdaptive, type PageRecipe } from '../recipe.js';
import { sha256 } from './data.js';

const MOST_STEPS = 100;

/** The generator's recipe at the shipped images' size. @throws InputError where the warm-up generates nothing, or moves given images */
function generatorOf(recipe: PageRecipe) {
  const warmup = isAdaptive(recipe) ? null : planTrial(recipe).warmup;
  if (warmup?.kind === 'family') return { ...warmup.generator, image: { ...IMAGE, ...warmup.generator.image } } as RecipeInput;
  throw new InputError({
    subject: 'digest',
    got: `${recipe.experiment}, ${recipe.arm}`,
    expected: 'a warm-up on generated images, of one step at least',
    next: 'choose experiment count or a family, an arm other than skip, and p above 0',
  });
}

/**
 * SHA-256 over the random words and integer labels of the warm-up's first batches.
 * @param steps 1 to 100
 * @throws InputError as `generatorOf` does, and for another number of steps
 */
export async function digestOf(device: Device, recipe: PageRecipe, steps: number): Promise<Digest> {
  if (!(Number.isInteger(steps) && steps >= 1 && steps <= MOST_STEPS)) {
    const expected = `a whole number from 1 to ${MOST_STEPS}`;
    throw new InputError({ subject: 'digest: steps', got: String(steps), expected, next: 'correct it' });
  }
  const input = generatorOf(recipe);
  const generator = parseRecipe(input);
  const { batch, seed } = recipe;
  const options = { recipe: input, batch, traits: device.traits };
  const generation = planGeneration(options);
  const words = planWords(options);
  const layout = digestLayout(generator);
  const { outputs, dtype } = layout.label;
  const bytes = (values: number): number => 4 * Math.max(1, batch * values);
  const given = {
    state: device.buffer('digest state', 16),
    seeds: device.upload('digest seed', Uint32Array.of(seed)),
    x: device.buffer('digest x', bytes(pixelsOf(generator.image))),
    y: device.buffer('digest y', bytes(dtype === 'u32' ? 1 : outputs)),
    labelWords: device.buffer('digest label words', bytes(layout.most.label)),
    imageWords: device.buffer('digest image words', bytes(layout.most.image)),
  };
  const bound = bindPasses(device, { passes: [...generation.passes, ...words], buffers: generation.buffers }, given);
  const rows = generation.rows.map(({ name, parameters }) => ({ buffer: bound.buffers[name] as GPUBuffer, stride: 1 + parameters.length }));
  const all: Uint32Array[] = [];
  try {
    await device.compile(bound.dispatches.map(({ program }) => program));
    const dispatches = bound.dispatches.map(({ program, resources }) => ({ program, group: device.bindGroup(program, resources) }));
    for (let step = 0; step < steps; step++) {
      device.write(given.state, Uint32Array.of(step));
      const ranges = [given.labelWords, given.imageWords, given.y, ...rows.map(({ buffer }) => buffer)];
      const read = await device.submitAndRead(
        (encoder) => {
          const pass = encoder.beginComputePass();
          for (const { program, group } of dispatches) device.dispatch(pass, program, group);
          pass.end();
        },
        ranges.map((buffer) => ({ buffer, offset: 0, length: buffer.size })),
      );
      const [labelWords, imageWords, y] = [new Uint32Array(read[0]!), new Uint32Array(read[1]!), read[2]!];
      const parts = read.slice(3).map((row) => new Uint32Array(row));
      const chunk = { labelWords, imageWords, y: dtype === 'u32' ? new Uint32Array(y) : new Float32Array(y) };
      for (let n = 0; n < batch; n++) {
        // A mixture marks, in word 0 of a part's row, whose a sample is.
        const part = Math.max(
          0,
          parts.findIndex((row, i) => row[n * rows[i]!.stride] === 1),
        );
        all.push(digestWords(layout, chunk, n, part));
      }
    }
  } finally {
    bound.destroy();
    for (const buffer of Object.values(given)) buffer.destroy();
  }
  const length = all.reduce((sum, piece) => sum + piece.length, 0);
  const flat = new Uint32Array(length);
  let at = 0;
  for (const piece of all) {
    flat.set(piece, at);
    at += piece.length;
  }
  const json = canonicalJson(input).replaceAll("'", "'\\''");
  const command = `npx kindling datagen hash --recipe '${json}' --seed ${seed} --steps ${steps} --batch ${batch}`;
  return { type: 'digest', digest: await sha256(new Uint8Array(flat.buffer)), steps, command };
}
