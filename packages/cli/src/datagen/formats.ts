import { encodeNpy, InputError } from '@kindling/core';
import { formOf, type LabelFormat, type Recipe } from '@kindling/datagen';
import type { Chunk } from './chunks.js';
import type { DatasetWriter } from './dataset.js';
import { encodeImage, toByte } from './picture.js';

export const FORMATS = ['npy', 'idx', 'png'] as const;
export type FormatName = (typeof FORMATS)[number];

/** How samples become files of one format. */
export interface Format {
  /** First bytes of each stream. */
  readonly headers: Readonly<Record<string, Uint8Array>>;
  /** Adds a chunk whose first sample is number `first` of the dataset. */
  write(writer: DatasetWriter, chunk: Chunk, first: number): void;
  /** The single files of the first `samples` samples, by their paths within the folder. */
  files?(samples: number): Iterable<string>;
}

/** The header of an NPY file whose data comes later: that of an array of no samples, with the count put in. */
function npyHeader(count: number, shape: readonly number[], type: 'f4' | 'u4'): Uint8Array {
  // encodeNpy wants the data; a header depends only on type and shape, and an empty last axis makes the data empty.
  const data = type === 'f4' ? new Float32Array(0) : new Uint32Array(0);
  const text = new TextDecoder('latin1').decode(encodeNpy({ shape: [0], data }).subarray(10));
  const wanted = [count, ...shape];
  const tuple = wanted.length === 1 ? `(${count},)` : `(${wanted.join(', ')})`;
  const body = text.trimEnd().replace('(0,)', tuple);
  const start = Math.ceil((10 + body.length + 1) / 64) * 64;
  const bytes = new Uint8Array(start).fill(0x20);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, (start - 10) & 0xff, (start - 10) >> 8]);
  bytes.set(new TextEncoder().encode(body), 10);
  bytes[start - 1] = 0x0a;
  return bytes;
}

/** The header of an IDX file: type (8 u8, 12 i32, 13 f32), then the axes, big-endian. */
function idxHeader(type: number, sizes: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
  view.setUint32(0, (type << 8) | sizes.length);
  for (const [axis, size] of sizes.entries()) view.setUint32(4 + 4 * axis, size);
  return new Uint8Array(view.buffer);
}

const raw = (data: Float32Array | Uint32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** 32-bit values with their bytes in IDX's order. */
function bigEndian(data: Float32Array | Uint32Array): Uint8Array {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const view = new DataView(new ArrayBuffer(4 * words.length));
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i]!);
  return new Uint8Array(view.buffer);
}

function bytesOf(x: Float32Array): Uint8Array {
  // Not Uint8Array.from: its iterator takes ten times as long as the loop.
  const bytes = new Uint8Array(x.length);
  for (let i = 0; i < x.length; i++) bytes[i] = toByte(x[i]!);
  return bytes;
}

function npy({ image }: Recipe, label: LabelFormat, count: number, vector: boolean): Format {
  const { height, width, channels } = image;
  const images = vector ? 'values.npy' : 'images.npy';
  return {
    headers: {
      [images]: npyHeader(count, vector ? [width] : [channels, height, width], 'f4'),
      'labels.npy': npyHeader(
        count,
        label.dtype === 'u32' || label.outputs === 1 ? [] : [label.outputs],
        label.dtype === 'u32' ? 'u4' : 'f4',
      ),
    },
    write(writer, { x, y }) {
      writer.append(images, raw(x));
      writer.append('labels.npy', raw(y));
    },
  };
}

function idx({ image }: Recipe, label: LabelFormat, count: number, vector: boolean): Format {
  const { height, width, channels } = image;
  const small = label.dtype === 'u32' && label.outputs <= 256;
  const shape = vector ? [width] : channels === 1 ? [height, width] : [channels, height, width];
  const images = vector ? 'values-idx2-float' : `images-idx${1 + shape.length}-ubyte`;
  const axes = label.dtype === 'f32' && label.outputs > 1 ? [label.outputs] : [];
  const labels = `labels-idx${1 + axes.length}-${small ? 'ubyte' : label.dtype === 'u32' ? 'int' : 'float'}`;
  return {
    headers: {
      [images]: idxHeader(vector ? 13 : 8, [count, ...shape]),
      [labels]: idxHeader(small ? 8 : label.dtype === 'u32' ? 12 : 13, [count, ...axes]),
    },
    write(writer, { x, y }) {
      writer.append(images, vector ? bigEndian(x) : bytesOf(x));
      writer.append(labels, small ? Uint8Array.from(y) : bigEndian(y));
    },
  };
}

function png({ image, family }: Recipe, label: LabelFormat, count: number, vector: boolean): Format {
  if (vector || image.channels === 2 || image.channels === 4) {
    const got = vector ? `family ${family}, whose samples are no pictures` : `${image.channels} channels`;
    throw new InputError({
      subject: '--format',
      got: `png for ${got}`,
      expected: 'images of 1 or 3 channels',
      next: 'export with --format npy',
    });
  }
  const digits = Math.max(5, String(count - 1).length);
  const names = label.dtype === 'u32' || label.outputs === 1 ? ['label'] : Array.from({ length: label.outputs }, (_, i) => `label${i}`);
  const size = image.channels * image.height * image.width;
  // A thousand files a folder: what file managers still show.
  const folderOf = (number: number): string => `images/${String(Math.floor(number / 1000)).padStart(digits - 3, '0')}`;
  const nameOf = (number: number): string => `${String(number).padStart(digits, '0')}.png`;
  return {
    headers: { 'labels.csv': new TextEncoder().encode(`file,${names.join(',')}\n`) },
    write(writer, { batch, x, y }, first) {
      let text = '';
      for (let n = 0; n < batch; n++) {
        const number = first + n;
        const [folder, name] = [folderOf(number), nameOf(number)];
        writer.file(folder, name, encodeImage(x.subarray(n * size, (n + 1) * size), image));
        text += `${folder}/${name},${[...y.subarray(n * names.length, (n + 1) * names.length)].join(',')}\n`;
      }
      writer.append('labels.csv', new TextEncoder().encode(text));
    },
    *files(samples) {
      for (let number = 0; number < samples; number++) yield `${folderOf(number)}/${nameOf(number)}`;
    },
  };
}

/** The files of a dataset of `count` samples. @throws InputError for a format that is not known or cannot hold such samples */
export function formatOf(name: string, recipe: Recipe, label: LabelFormat, count: number): Format {
  const make = { npy, idx, png }[name as FormatName];
  if (!make || !FORMATS.includes(name as FormatName)) {
    throw new InputError({ subject: '--format', got: JSON.stringify(name), expected: FORMATS.join(', '), next: 'name one of these' });
  }
  if (name !== 'npy' && recipe.post?.at(-1)?.kind === 'normalise') {
    throw new InputError({
      subject: '--format',
      got: `${name} for a recipe that ends in the post normalise, whose values leave 0 to 1`,
      expected: 'values from 0 to 1, as bytes can hold',
      next: 'export with --format npy, which keeps f32; or leave normalise out and normalise when the files are read',
    });
  }
  const vector = formOf(recipe) === 'vector';
  return make(recipe, label, count, vector);
}
