import { defineProgram, type Pass } from '@kindling/core';
import chaos from '@kindling/shaders/families/ifs/chaos';
import hsvText from '@kindling/shaders/families/ifs/hsv';
import render from '@kindling/shaders/families/ifs/render';
import pcg from '@kindling/shaders/random/pcg';
import threefry from '@kindling/shaders/random/threefry';
import * as v from 'valibot';
import type { Draws } from '../../draws.js';
import type { ImageSize, Launch, TwinSample } from '../../family.js';
import { drawingParams, imageWorkgroups, workgroupSizeOf } from '../../image-launch.js';
import type { Parameter } from '../../parameter.js';
import { real, whole } from '../../schema.js';
import { type FixedSystem, halfCount, jittered, play, toneOf, viewOf, walkOf } from './fixed.js';
import { hsv } from './hsv.js';

export const libraries = [
  { path: 'random/threefry.wgsl', text: threefry },
  { path: 'random/pcg.wgsl', text: pcg },
  { path: 'families/ifs/chaos.wgsl', text: chaos },
  { path: 'families/ifs/hsv.wgsl', text: hsvText },
];
const source = { path: 'families/ifs/render.wgsl', text: render };

const MODE = { density: 0, dots: 1, patch: 2 } as const;

/** Fields that every family of single fractals has. */
export const viewFields = (defaults: { jitter: number; flip: boolean; rotation: number }) => ({
  systemSeed: v.optional(whole(0, 2 ** 32 - 1), 0),
  jitter: v.optional(real(0, 0.25), defaults.jitter),
  flip: v.optional(v.boolean(), defaults.flip),
  rotation: v.optional(real(0, 180), defaults.rotation),
  points: v.optional(real(1, 64), 5),
  render: v.optional(v.picklist(['density', 'dots', 'patch']), 'density'),
});

/** What the kernel and the twin of single fractals need to know of a recipe. */
export interface FractalRecipe {
  readonly image: ImageSize;
  readonly params: {
    readonly jitter: number;
    readonly flip: boolean;
    readonly rotation: number;
    readonly points: number;
    readonly render: keyof typeof MODE;
  };
  readonly label: { readonly classes: number };
}

/** The image draw that seeds the walkers, and the first of those that jitter coefficients: 16 + 6·map + coefficient. */
export const WALK_DRAW = 6;
export const JITTER_DRAW = 16;

/** Reach of the jitter, 14 fractional bits. */
export const reachOf = (jitter: number): number => Math.round(16_384 * jitter);
/** Most 256ths of a turn to either side. */
export const turnsOf = (degrees: number): number => Math.round((256 * degrees) / 360);

/** The drawn parameters of a single fractal, in the order that `shaders/families/ifs/render.wgsl` reads. */
export function fractalParameters({ params, label }: FractalRecipe): readonly Parameter[] {
  const turns = turnsOf(params.rotation);
  return [
    { name: 'class', stream: 'label', draw: 0, kind: 'class', classes: label.classes },
    { name: 'flip', stream: 'image', draw: 0, kind: 'integer', low: 0, high: params.flip ? 3 : 0 },
    { name: 'turn', stream: 'image', draw: 1, kind: 'integer', low: -turns, high: turns },
    { name: 'patch', stream: 'image', draw: 2, kind: 'integer', low: 1, high: 511 },
    { name: 'hue', stream: 'image', draw: 3, kind: 'uniform', low: 0, high: 1 },
    { name: 'hueSpan', stream: 'image', draw: 4, kind: 'uniform', low: -0.4, high: 0.4 },
    { name: 'saturation', stream: 'image', draw: 5, kind: 'uniform', low: 0.3, high: 1 },
  ];
}

/** Image draws that a sample with at most `maps` maps may consume. */
export const fractalDraws = ({ params }: FractalRecipe, maps: number): number =>
  params.jitter > 0 ? JITTER_DRAW + 6 * maps : WALK_DRAW + 1;

/** Points of an image. */
const pointsOf = ({ image, params }: FractalRecipe): number => params.points * image.height * image.width;

export const fractalScratch = ({ image }: Pick<FractalRecipe, 'image'>, { batch, models }: Launch): Record<string, number> => ({
  counts: 4 * models * batch * image.height * image.width,
});

/** The dispatch that renders single fractals from table `systems`. */
export function fractalPass(name: string, recipe: FractalRecipe, launch: Launch): Pass {
  const walk = walkOf(pointsOf(recipe));
  // Measured with 64 images of 28×28, CPU ms a dispatch at 4, 8, 16, 32 invocations: 4.9, 3.6, 2.9, 3.3 on lavapipe, 26, 25, 26, 34 on SwiftShader.
  const size = workgroupSizeOf(launch, 16, walk.walkers);
  const { slices: _, ...params } = drawingParams(recipe, launch);
  const program = defineProgram({
    name,
    source,
    libraries,
    constants: { workgroup_size: size },
    params: { ...params, ...walk, jitter: reachOf(recipe.params.jitter), mode: MODE[recipe.params.render] },
    workgroups: imageWorkgroups(launch),
  });
  return { program, resources: {} };
}

/** One sample of a single fractal in plain code. */
export function fractalTwin(
  recipe: FractalRecipe,
  systems: readonly FixedSystem[],
  draws: Draws,
  parameters: Readonly<Record<string, number>>,
): TwinSample {
  const { height, width, channels } = recipe.image;
  const { jitter, render: mode } = recipe.params;
  const base = systems[parameters.class!]!;
  const system = jitter > 0 ? jittered(base, reachOf(jitter), (m, i) => draws.word('image', JITTER_DRAW + 6 * m + i)) : base;
  const { counts } = play({
    system,
    word: draws.word('image', WALK_DRAW),
    view: viewOf(parameters.turn!, parameters.flip!),
    width,
    height,
    ...walkOf(pointsOf(recipe)),
  });
  const half = halfCount(counts);
  const covered = (row: number, column: number): boolean =>
    Array.from({ length: 9 }, (_, k) => ({
      bit: (parameters.patch! >> k) & 1,
      j: row - Math.floor(k / 3) + 1,
      i: column - (k % 3) + 1,
    })).some(({ bit, j, i }) => bit === 1 && j >= 0 && j < height && i >= 0 && i < width && counts[j * width + i]! > 0);
  const image = new Float32Array(channels * height * width);
  counts.forEach((count, pixel) => {
    const value =
      mode === 'density' ? toneOf(count, half) : (mode === 'dots' ? count > 0 : covered(Math.floor(pixel / width), pixel % width)) ? 1 : 0;
    const colour = channels === 1 ? [value] : hsv(parameters.hue! + parameters.hueSpan! * value, parameters.saturation!, value);
    colour.forEach((part, c) => {
      image[c * height * width + pixel] = part;
    });
  });
  return { image };
}
