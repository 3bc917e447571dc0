import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { type FamilyId, families, familyOf, parseRecipe, type Recipe, type RecipeInput } from '@kindling/datagen';
import type { Device } from '@kindling/device';
import { classColor, contactSheet, drawScatter, type SheetCell, type SheetRow, toPng } from '@kindling/figures';
import { openAnnounced } from '../session.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { ChunkRenderer, chunkCapacity } from './chunks.js';
import { type GallerySheet, galleryPage, TITLE } from './gallery-page.js';
import { stopIfInterrupted } from './interrupt.js';
import { encodeImage } from './picture.js';
import { seedOption } from './recipe.js';
import { makeFolder, pathOption, writeWhole } from './write.js';

export interface GalleryOptions {
  readonly family?: string | readonly string[];
  readonly out?: string;
  readonly seed?: number;
  readonly adapter?: string;
  readonly json?: boolean;
}

/** The page that shows all sheets. */
const PAGE = 'index.html';

const COLUMNS = 10;
/** Classes that get a row; of more, the first ones are shown. */
const ROWS = 10;
/** Samples after which a sheet takes what it has: a rare class may leave its row short. */
const MOST_SAMPLES = 768;
/** Pixels of a side on the sheet, and output pixels each has: pictures are never resampled. */
const SIZES = [
  { side: 28, zoom: 2, columns: COLUMNS },
  { side: 64, zoom: 2, columns: 8 },
];

/** Points of the plane on a scatter plot. */
const POINTS = 640;

/** What is shown of vector families beside the default recipe's sheet: two inputs can be looked at as a plane. */
const PLANES: Partial<Record<FamilyId, Readonly<Record<string, RecipeInput>>>> = {
  points: {
    moons: { family: 'points' },
    spirals: { family: 'points', params: { shape: 'spirals', noise: 0.03 }, label: { kind: 'class', classes: 3 } },
    blobs: { family: 'points', params: { shape: 'blobs', noise: 0.2 }, label: { kind: 'class', classes: 5 } },
    circles: { family: 'points', params: { shape: 'circles', noise: 0.05 }, label: { kind: 'class', classes: 3 } },
  },
  teacher: {
    perceptron: { family: 'teacher', image: { width: 2 }, params: { teacherSeed: 1 } },
    mlp: { family: 'teacher', image: { width: 2 }, params: { net: 'mlp', teacherSeed: 1 } },
  },
};

/** Families by name, or all of them. @throws InputError for one that is not known */
function chosen(names: GalleryOptions['family']): FamilyId[] {
  if (names === undefined) return Object.keys(families) as FamilyId[];
  const texts = [names].flat().flatMap((text) => text.split(',').map((name) => name.trim()));
  const asked = [...new Set(texts)].filter((name) => name !== '' || texts.length === 1);
  const unknown = asked.length === 0 ? '' : asked.find((name) => !Object.hasOwn(families, name));
  if (unknown === undefined) return asked as FamilyId[];
  const expected = `some of ${Object.keys(families).join(', ')}`;
  throw new InputError({ subject: '--family', got: JSON.stringify(unknown), expected, next: 'see `kindling datagen list`' });
}

/** @throws InputError for a folder whose index.html is none that the gallery wrote */
function refuseForeign(out: string): void {
  const page = join(out, PAGE);
  if (!existsSync(page) || readFileSync(page, 'utf8').includes(`<title>${TITLE}</title>`)) return;
  throw new InputError({
    subject: page,
    got: 'a page that the gallery did not write',
    expected: 'none, or an earlier gallery',
    next: 'choose another --out, or delete that page',
  });
}

/** The family's recipe at a size, in colour where it has any and the size is large; undefined where it does not take the size. */
function sized(family: FamilyId, side: number, colour: boolean): Recipe | undefined {
  for (const channels of colour ? [3, 1] : [1]) {
    try {
      return parseRecipe({ family, image: { height: side, width: side, channels } });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
    }
  }
  return undefined;
}

interface Shown {
  readonly x: Float32Array;
  readonly labels: readonly number[];
}

/** Samples 0, 1, … until every shown class has enough, in the order of indices. */
async function collect(
  device: Device,
  recipe: Recipe,
  seed: number,
  columns: number,
  signal: AbortSignal,
  least = 0,
): Promise<{ shown: Shown[]; renderer: ChunkRenderer }> {
  const capacity = chunkCapacity(recipe, 64);
  const renderer = new ChunkRenderer(device, recipe, { seed, capacity, images: true });
  const { label } = renderer.generation;
  const classes = label.dtype === 'u32' ? Math.min(label.outputs, ROWS) : 0;
  const found = new Array<number>(classes).fill(0);
  const shown: Shown[] = [];
  while (
    shown.length < least ||
    (shown.length < MOST_SAMPLES && (classes === 0 ? shown.length < columns * 4 : found.some((count) => count < columns)))
  ) {
    stopIfInterrupted(signal, 'gallery', `some of ${recipe.family}`, 'run it again; --family limits it');
    const chunk = await renderer.render(0, shown.length, capacity);
    const pixels = chunk.x.length / capacity;
    for (let n = 0; n < capacity; n++) {
      const labels = renderer.labels(chunk, n);
      if (classes > 0 && labels[0]! < classes) found[labels[0]!]!++;
      shown.push({ x: chunk.x.subarray(n * pixels, (n + 1) * pixels), labels });
    }
  }
  return { shown, renderer };
}

const short = (value: number): string => (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3))));

/** A label below its picture: its values, or of marks that are 0 or 1 the numbers of those that are 1. */
function captionOf(labels: readonly number[]): string {
  if (labels.length < 3 || labels.some((value) => value !== 0 && value !== 1)) return labels.map(short).join(' ');
  const marked = labels.flatMap((value, i) => (value === 1 ? [i] : []));
  return marked.length === 0 ? 'none' : marked.join(', ');
}

/** Rows by class, or samples in order with their values below. */
function rowsOf(shown: readonly Shown[], classes: number, columns: number, cellOf: (sample: Shown) => SheetCell): SheetRow[] {
  if (classes > 0) {
    return Array.from({ length: Math.min(classes, ROWS) }, (_, c) => ({
      label: `class ${c}`,
      color: classColor(c),
      cells: shown
        .filter(({ labels }) => labels[0] === c)
        .slice(0, columns)
        .map(cellOf),
    }));
  }
  const most = Math.floor(Math.min(shown.length, columns * 4) / columns);
  return Array.from({ length: most }, (_, row) => ({
    cells: shown.slice(row * columns, (row + 1) * columns).map((sample) => ({ ...cellOf(sample), caption: captionOf(sample.labels) })),
  }));
}

interface Drawn {
  readonly png: Uint8Array;
  /** Pixels at which the picture is meant to be seen. */
  readonly width: number;
}

/** Samples of two values on the plane. */
async function drawPlane(device: Device, recipe: Recipe, title: string, seed: number, signal: AbortSignal): Promise<Drawn> {
  const { shown, renderer } = await collect(device, recipe, seed, 1, signal, POINTS);
  const classes = renderer.generation.label.outputs;
  renderer.destroy();
  const points = shown.map(({ x, labels }) => ({ x: x[0]!, y: x[1]!, label: labels[0]! }));
  const { svg, width } = drawScatter({ title, subtitle: `seed ${seed}, step 0, samples 0 to ${shown.length - 1}`, points, classes });
  return { png: await toPng(svg), width };
}

/** One contact sheet of a family. */
async function drawSheet(device: Device, recipe: Recipe, seed: number, zoom: number, columns: number, signal: AbortSignal): Promise<Drawn> {
  const { shown, renderer } = await collect(device, recipe, seed, columns, signal);
  const { label } = renderer.generation;
  renderer.destroy();
  const { image, family } = recipe;
  const classes = label.dtype === 'u32' ? label.outputs : 0;
  const vector = recipe.family !== 'mixture' && familyOf(recipe).form === 'vector';
  const cell = vector ? { width: 72, height: 56 } : { width: image.width * zoom, height: image.height * zoom };
  // The PNG has two pixels for one of the sheet's, as the sheet itself has.
  const cellOf = ({ x }: Shown): SheetCell => (vector ? { values: x } : { png: encodeImage(x, image, 2 * zoom).toString('base64') });
  const size = vector ? `${image.width} values` : `${image.height}×${image.width}×${image.channels}`;
  const shownClasses = classes > ROWS ? `, classes 0 to ${ROWS - 1} of ${classes}` : '';
  const about = `${size}, label ${recipe.label.kind}${shownClasses}; seed ${seed}, step 0, the first samples${classes > 0 ? ' of each class' : ', label below'}`;
  const { svg, width } = contactSheet({ title: family, subtitle: about, cell, rows: rowsOf(shown, classes, columns, cellOf) });
  return { png: await toPng(svg), width };
}

/** Contact sheets of families, 28 and 64 pixels, as PNG beside an HTML page that shows them all. */
export async function gallery(options: GalleryOptions): Promise<number> {
  const names = chosen(options.family);
  const seed = seedOption(options.seed);
  const out = pathOption('--out', options.out ?? 'gallery');
  const signal = interruptSignal();
  refuseForeign(out);
  makeFolder(out);
  const { device, name: adapter } = await openAnnounced(options.adapter);
  const sheets: GallerySheet[] = [];
  for (const family of names) {
    const started = performance.now();
    const { form, title } = families[family];
    const pictures: { file: string; width: number; recipe: Recipe }[] = [];
    const keep = (name: string, recipe: Recipe, { png, width }: Drawn): void => {
      const file = `${name}.png`;
      writeWhole(join(out, file), png);
      pictures.push({ file, width, recipe });
    };
    if (form === 'vector') {
      const recipe = parseRecipe({ family });
      if (recipe.image.width > 2) keep(family, recipe, await drawSheet(device, recipe, seed, 1, COLUMNS, signal));
      for (const [name, input] of Object.entries(PLANES[family] ?? {})) {
        const plane = parseRecipe(input);
        keep(`${family}-${name}`, plane, await drawPlane(device, plane, `${family}: ${name}`, seed, signal));
      }
    } else {
      for (const { side, zoom, columns } of SIZES) {
        const recipe = sized(family, side, side > 28);
        if (recipe) keep(`${family}-${side}`, recipe, await drawSheet(device, recipe, seed, zoom, columns, signal));
      }
    }
    sheets.push({ family, title, pictures });
    say(`kindling: ${family}: ${pictures.map(({ file }) => file).join(', ')} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
  device.destroy();
  const page = join(out, PAGE);
  writeWhole(page, galleryPage(sheets, { seed, adapter }));
  if (options.json) printJson({ out, page, adapter, seed, sheets });
  else print(page);
  return 0;
}
