import type { Device } from '@kindling/device';
import { pixelsOf } from './family.js';
import { type GenerateOptions, generateProgram } from './generate.js';
import { parseRecipe } from './recipe.js';
import { familyOf } from './registry.js';

/** What a dispatch wrote: images as values, labels as the recipe stores them. */
export interface Rendered {
  readonly x: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
}

const GUARD = 64;
const SENTINEL = 0xdeadbeef;

/** Renders on a device and reads back. Buffers are 64 elements too long and filled with a sentinel: what touches the end throws. */
export async function render(device: Device, options: GenerateOptions, seeds: readonly number[], step: number): Promise<Rendered> {
  const recipe = parseRecipe(options.recipe);
  const images = (options.models ?? 1) * options.batch;
  const size = images * pixelsOf(recipe.image);
  const buffers = {
    state: device.upload('state', Uint32Array.of(step)),
    seeds: device.upload('seeds', Uint32Array.from(seeds)),
    x: device.upload('x', new Uint32Array(size + GUARD).fill(SENTINEL)),
    y: device.upload('y', new Uint32Array(images + GUARD).fill(SENTINEL)),
  };
  device.run(generateProgram({ traits: device.traits, ...options }), buffers);
  const x = await device.readU32(buffers.x);
  const y = await device.readU32(buffers.y);
  for (const buffer of Object.values(buffers)) buffer.destroy();
  for (const [name, words, length] of [['x', x, size] as const, ['y', y, images] as const]) {
    if (words.subarray(length).some((word) => word !== SENTINEL)) throw new Error(`wrote past the end of ${name}`);
    const missed = words.subarray(0, length).indexOf(SENTINEL);
    if (missed >= 0) throw new Error(`left ${name}[${missed}] unwritten`);
  }
  const bits = y.slice(0, images);
  return {
    x: new Float32Array(x.buffer, 0, size),
    y: familyOf(recipe).labelFormat(recipe).dtype === 'u32' ? bits : new Float32Array(bits.buffer),
  };
}
