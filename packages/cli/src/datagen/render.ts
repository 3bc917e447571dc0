import { InputError } from '@kindling/core';
import { formOf, type LabelFormat, pixelsOf, recipeHash } from '@kindling/datagen';
import { drawVector, toPng } from '@kindling/figures';
import { openAnnounced } from '../session.js';
import { print, printJson } from '../terminal.js';
import { ChunkRenderer } from './chunks.js';
import { encodeImage } from './picture.js';
import { recipeFrom, seedOption, stepOption, wholeOption } from './recipe.js';
import { fileOption, writeWhole } from './write.js';

export interface RenderOptions {
  readonly recipe?: string;
  readonly seed?: number;
  readonly step?: number;
  readonly index?: number;
  readonly png?: string;
  readonly zoom?: number;
  readonly adapter?: string;
  readonly json?: boolean;
}

/** A label as text: `class 3 of 10`, `412`, `0.25, −0.5`. */
export function labelText(labels: readonly number[], { dtype, outputs }: LabelFormat): string {
  if (dtype === 'u32') return `class ${labels[0]} of ${outputs}`;
  return labels.map((value) => String(Number(value.toPrecision(6)))).join(', ');
}

/** Most values of a picture that is held and compressed in memory. */
const MAX_PICTURE = 2 ** 26;

/** Renders one sample on the device: its image or plot as PNG, its label and its parameters. */
export async function render(options: RenderOptions): Promise<number> {
  if (options.recipe === undefined) {
    const next = 'name one, e.g. --recipe gratings';
    throw new InputError({ subject: 'command line', got: 'no --recipe', expected: 'the recipe of the sample', next });
  }
  const recipe = recipeFrom(options.recipe);
  const [seed, step] = [seedOption(options.seed), stepOption(options.step)];
  const index = wholeOption('--index', options.index ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const zoom = wholeOption('--zoom', options.zoom ?? 1, 1, 64);
  const picture = pixelsOf(recipe.image) * zoom ** 2;
  if (options.png !== undefined && picture > MAX_PICTURE) {
    const expected = `a picture of at most ${MAX_PICTURE} values (2^26)`;
    throw new InputError({ subject: '--zoom', got: `${zoom}, which makes ${picture}`, expected, next: 'choose a smaller --zoom' });
  }
  const vector = formOf(recipe) === 'vector';
  if (options.png !== undefined && recipe.post?.at(-1)?.kind === 'normalise') {
    throw new InputError({
      subject: '--png',
      got: 'a recipe that ends in the post normalise, whose values leave 0 to 1',
      expected: 'values that a picture can show',
      next: 'leave normalise out of the recipe: the same sample comes without it',
    });
  }
  if (options.png !== undefined) fileOption('--png', options.png);
  const { device, name } = await openAnnounced(options.adapter);
  const renderer = new ChunkRenderer(device, recipe, { seed, capacity: 1, images: true });
  const chunk = await renderer.render(step, index, 1);
  const { label: format, rows } = renderer.generation;
  const labels = renderer.labels(chunk, 0);
  const parameters = renderer.parameters(chunk, 0);
  const part = renderer.part(chunk, 0);
  device.destroy();
  const title = `${recipe.family}  seed ${seed}, step ${step}, index ${index}`;
  if (options.png !== undefined) {
    const svg = vector ? drawVector({ title, subtitle: labelText(labels, format), values: chunk.x }) : undefined;
    writeWhole(options.png, svg === undefined ? encodeImage(chunk.x, recipe.image, zoom) : await toPng(svg));
  }
  const family = rows[part]?.family ?? recipe.family;
  if (options.json) {
    const values = vector ? { values: [...chunk.x] } : {};
    const sample = { recipe, recipeHash: await recipeHash(recipe as never), seed, step, index, family, adapter: name };
    printJson({ ...sample, label: labels[0], labels, format, parameters, ...values, png: options.png ?? null });
    return 0;
  }
  print(`${title}${recipe.family === 'mixture' ? `  (part ${part}: ${family})` : ''}`);
  print(`label       ${labelText(labels, format)}`);
  const width = Math.max(0, ...Object.keys(parameters).map((key) => key.length));
  Object.entries(parameters).forEach(([key, value], i) => {
    print(`${i === 0 ? 'parameters  ' : '            '}${key.padEnd(width)}  ${Number(value.toPrecision(7))}`);
  });
  if (vector) print(`values      ${Array.from(chunk.x, (value) => value.toFixed(4)).join(' ')}`);
  if (options.png !== undefined) print(`written     ${options.png}`);
  return 0;
}
