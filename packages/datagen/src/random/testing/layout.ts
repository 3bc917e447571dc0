import { defineProgram, type Program } from '@kindling/core';
import type { Device } from '@kindling/device';
import { splitIndex } from '../../family.js';
import { randomSources } from '../sources.js';

/** Where a word lies in the contract. `index` may have two words. */
export interface Place {
  readonly seed: number;
  readonly stream: number;
  readonly step: number;
  readonly index: number;
  readonly draw: number;
}

export type Axis = keyof Place;
export type Generator = 'threefry' | 'philox';

const entry = {
  threefry: 'draw_word(key, index.x, 0u, draw)',
  philox: 'philox_draws(key, index.x, 0u, draw >> 2u)[draw & 3u]',
};

/** The kernel's text: word i lies `i div inner` places along the axes `by` from the first place, and `i mod inner` draws on. */
const kernel = (generator: Generator): string => `struct Params { size: u32, inner: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> first: array<u32>;
@group(0) @binding(2) var<storage, read> by: array<u32>;
@group(0) @binding(3) var<storage, read_write> words: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (wid.y * groups.x + wid.x) * 64u + lane;
  if (i >= params.size) { return; }
  let outer = i / params.inner;
  let index = sample_index(first[3], first[4], outer * by[3]);
  let key = sample_key(first[0] + outer * by[0], first[1] + outer * by[1], first[2] + outer * by[2], index.y);
  let draw = first[5] + outer * by[4] + i % params.inner;
  words[i] = ${entry[generator]};
}`;

/** Fills `words` with the production functions' own words, in an order that a layout gives. Buffers `first` [6], `by` [5], `words` [size]. */
export function layoutProgram(generator: Generator, size: number, inner: number): Program {
  return defineProgram({
    name: `test/layout-${generator}`,
    source: { path: 'test/layout.wgsl', text: kernel(generator) },
    libraries: generator === 'philox' ? [randomSources.threefry, randomSources.philox] : [randomSources.threefry],
    params: { size, inner },
    workgroups: [Math.min(Math.ceil(size / 64), 32_768), Math.ceil(size / 64 / 32_768), 1],
  });
}

/** A place as the kernel reads it. */
export const placeWords = ({ seed, stream, step, index, draw }: Place): Uint32Array<ArrayBuffer> =>
  Uint32Array.of(seed, stream, step, splitIndex(index).low, splitIndex(index).high, draw);

/** A step along the axes: 1 along the named one, nothing along the others. */
export const alongAxis = (axis: Axis | 'none'): Uint32Array<ArrayBuffer> =>
  Uint32Array.from(['seed', 'stream', 'step', 'index', 'draw'], (name) => (name === axis ? 1 : 0));

export interface Layout {
  readonly generator?: Generator;
  readonly from: Place;
  /** The axis along which neighbours lie, after `inner` draws each. */
  readonly axis: Axis | 'none';
  readonly inner?: number;
}

/** `size` words in the order of the layout, from the device. */
export async function layoutWords(
  device: Device,
  size: number,
  { generator = 'threefry', from, axis, inner = 1 }: Layout,
): Promise<Uint32Array> {
  const buffers = {
    first: device.upload('first', placeWords(from)),
    by: device.upload('by', alongAxis(axis)),
    words: device.buffer('words', 4 * size),
  };
  device.run(layoutProgram(generator, size, inner), buffers);
  const words = await device.readU32(buffers.words);
  for (const buffer of Object.values(buffers)) buffer.destroy();
  return words;
}
