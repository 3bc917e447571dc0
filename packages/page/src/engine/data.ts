// The part of MNIST that lies beside the page: IDX files packed with gzip, and the manifest that the command line imports it by.
import { InputError } from '@kindling/core';
import { IDX_NAMES, type NaturalData, parseImages, parseLabels, requireSameCount } from '@kindling/data';

/** `manifest.json` of the part, as far as the page reads it; `sha256` is that of a file's contents, unpacked. */
export interface PartManifest {
  readonly name: string;
  readonly classes: number;
  readonly train: number;
  readonly test: number;
  readonly split: string;
  readonly licence: string;
  readonly origin: string;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** A data set as it came over the network. */
export interface Part {
  readonly manifest: PartManifest;
  readonly data: NaturalData;
}

const NEXT = 'serve the whole folder that `npm run page` builds, and reload the page';

async function fetchBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    const got = (cause as Error).message;
    throw new InputError({ subject: url.pathname, got, expected: 'a file beside the page', next: NEXT }, 2, { cause });
  }
  if (!response.ok) {
    throw new InputError({ subject: url.pathname, got: `status ${response.status}`, expected: 'a file beside the page', next: NEXT });
  }
  return new Uint8Array(await response.arrayBuffer());
}

const hex = (bytes: ArrayBuffer): string => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** SHA-256 as 64 hexadecimal digits. */
export const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => hex(await crypto.subtle.digest('SHA-256', bytes));

/** Unpacks gzip; some servers have unpacked it on the way already, as they take `.gz` for an encoding. */
async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * Fetches the part and checks it.
 * @param folder URL of the folder that holds `mnist-part/`, with a slash at its end
 * @throws InputError naming the file that is missing or damaged
 */
export async function fetchPart(folder: string): Promise<Part> {
  const base = new URL('mnist-part/', folder);
  const manifest = JSON.parse(new TextDecoder().decode(await fetchBytes(new URL('manifest.json', base)))) as PartManifest;
  const file = async (name: string): Promise<Uint8Array<ArrayBuffer>> => {
    const url = new URL(`${name}.gz`, base);
    const bytes = await unpacked(await fetchBytes(url));
    const [got, expected] = [await sha256(bytes), manifest.files[name]?.sha256 ?? 'one in the manifest'];
    if (got !== expected) throw new InputError({ subject: url.pathname, got: `SHA-256 ${got}`, expected, next: NEXT });
    return bytes;
  };
  const half = async (images: string, labels: string) => {
    const [pixels, classes] = await Promise.all([file(images), file(labels)]);
    const parsed = { ...parseImages(pixels, images), labels: parseLabels(classes, manifest.classes, labels) };
    requireSameCount(`${images} and ${labels}`, parsed.count, parsed.labels.length);
    return parsed;
  };
  const [train, test] = await Promise.all([
    half(IDX_NAMES.trainImages, IDX_NAMES.trainLabels),
    half(IDX_NAMES.testImages, IDX_NAMES.testLabels),
  ]);
  const { height, width } = train;
  return { manifest, data: { name: manifest.name, channels: 1, height, width, classes: manifest.classes, train, test } };
}
