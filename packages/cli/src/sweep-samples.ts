import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { knownSet } from '@kindling/data';
import { canonicalJson, familyOf, parseRecipe, type Recipe } from '@kindling/datagen';
import type { Device } from '@kindling/device';
import { planTrial } from '@kindling/warmup';
import { ChunkRenderer } from './datagen/chunks.js';
import { encodeImage } from './datagen/picture.js';
import { makeFolder } from './datagen/write.js';
import { writeWhole } from './run-folder.js';
import { openAnnounced } from './session.js';
import type { SweepRecipe } from './sweep/recipe.js';
import { say } from './terminal.js';

/** Samples of a picture, side by side, and pixels of the picture for one of an image. */
const COLUMNS = 12;
const ZOOM = 2;

/** A generator of the sweep: the arms and data sets that use it, and the last step of the longest warm-up. */
interface Generator {
  readonly recipe: Recipe;
  readonly arms: Set<string>;
  readonly dataSets: Set<string>;
  readonly last: number;
}

/** The generators that a sweep's arms draw from, each once. Experiment 1 has none of its own: it moves images of the data set. */
function generatorsOf(recipe: SweepRecipe): Generator[] {
  const { experiment, arms, p, steps, dataSets, preset, generator } = recipe;
  const found = new Map<string, Generator>();
  const most = Math.max(0, ...(p ?? []));
  if (most === 0) return [];
  for (const dataSet of dataSets) {
    const { channels, height, width } = knownSet(dataSet) ?? { channels: 1, height: 28, width: 28 };
    for (const arm of arms) {
      const { warmup } = planTrial({
        experiment,
        arm,
        p: most,
        steps: Math.max(...steps),
        preset: preset ?? undefined,
        generator: generator ?? undefined,
      });
      if (warmup?.kind !== 'family') continue;
      const own = warmup.generator;
      const whole = parseRecipe({ ...own, image: { channels, height, width, ...own.image } });
      const key = createHash('sha256').update(canonicalJson(whole)).digest('hex');
      const had = found.get(key) ?? { recipe: whole, arms: new Set<string>(), dataSets: new Set<string>(), last: warmup.steps - 1 };
      had.arms.add(arm);
      had.dataSets.add(dataSet);
      found.set(key, had);
    }
  }
  return [...found.values()];
}

/** The first samples of a step, side by side, as PNG. */
async function row(device: Device, recipe: Recipe, seed: number, steps: readonly number[]): Promise<Buffer[]> {
  const renderer = new ChunkRenderer(device, recipe, { seed, capacity: COLUMNS, images: true });
  const { channels, height, width } = recipe.image;
  const pictures: Buffer[] = [];
  for (const step of steps) {
    const { x } = await renderer.render(step, 0, COLUMNS);
    const wide = COLUMNS * (width + 1) - 1;
    const strip = new Float32Array(channels * height * wide).fill(1);
    for (let n = 0; n < COLUMNS; n++) {
      for (let line = 0; line < channels * height; line++) {
        strip.set(
          x.subarray((n * channels * height + line) * width, (n * channels * height + line + 1) * width),
          line * wide + n * (width + 1),
        );
      }
    }
    pictures.push(encodeImage(strip, { channels, height, width: wide }, ZOOM));
  }
  renderer.destroy();
  return pictures;
}

/**
 * Renders what the sweep's generators made at the first, the middle and the last step of the longest warm-up, with the first seed, into
 * PNG files whose names say so; pictures that lay there are replaced.
 * @throws InputError where the experiment generates no images, DeviceError without a device
 */
export async function renderSamples(recipe: SweepRecipe, target: string, adapter?: string): Promise<void> {
  const generators = generatorsOf(recipe).filter(({ recipe: own }) => own.family === 'mixture' || familyOf(own).form !== 'vector');
  if (generators.length === 0) {
    throw new InputError({
      subject: '--samples',
      got: `a sweep of ${recipe.experiment}${recipe.p && Math.max(...recipe.p) === 0 ? ' without warm-up' : ''}`,
      expected: 'an experiment whose images a generator makes from nothing: count or family:<id>',
      next: 'leave --samples out; Experiment 1 moves images of the data set with a net that is trained on the way',
    });
  }
  makeFolder(target);
  for (const name of readdirSync(target).filter((file) => file.endsWith('.png'))) rmSync(join(target, name));
  const { device } = await openAnnounced(adapter);
  const seed = recipe.seeds[0]!;
  try {
    // Generators that differ in their labels alone make the same pictures, which are shown once.
    const shown = new Map<string, Generator & { readonly steps: number[]; readonly pictures: Buffer[] }>();
    for (const generator of generators) {
      const steps = [...new Set([0, Math.floor(generator.last / 2), generator.last])];
      const pictures = await row(device, generator.recipe, seed, steps);
      const key = Buffer.concat(pictures).toString('base64');
      const had = shown.get(key) ?? { ...generator, steps, pictures };
      for (const arm of generator.arms) had.arms.add(arm);
      for (const dataSet of generator.dataSets) had.dataSets.add(dataSet);
      shown.set(key, had);
    }
    for (const { recipe: own, arms, dataSets, steps, pictures } of shown.values()) {
      const sets = recipe.dataSets.length > 1 ? `__${[...dataSets].join('+')}` : '';
      for (const [index, step] of steps.entries()) {
        writeWhole(join(target, `${own.family}__${[...arms].join('+')}${sets}__seed-${seed}__step-${step}.png`), pictures[index]!);
      }
    }
  } finally {
    device.destroy();
  }
  say(`kindling: samples of ${generators.length === 1 ? 'one generator' : `${generators.length} generators`} in ${target}`);
}
