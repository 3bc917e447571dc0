import { defineProgram, foldWorkgroups, type Pass, STREAM } from '@kindling/core';
import lattice from '@kindling/shaders/posts/lattice';
import warp from '@kindling/shaders/posts/warp';
import distributions from '@kindling/shaders/random/distributions';
import threefry from '@kindling/shaders/random/threefry';
import * as v from 'valibot';
import { type ImageSize, indexParams, type Launch } from '../../family.js';
import { imageParams, imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { real, realRange } from '../../schema.js';
import { turnLibrary } from '../../turn.js';
import { type PostParameter, uniform } from '../post.js';

type Range = readonly [number, number];

/** An affine map of an image about its middle: turned, sheared, scaled, moved; `flip`: mirrored left to right with probability one half. */
export interface Affine {
  /** Radians, clockwise as y points down. */
  readonly rotation: Range;
  readonly scale: Range;
  /** Horizontal per vertical. */
  readonly shear: Range;
  /** Shares of the width and of the height. */
  readonly translate: Range;
  readonly flip: boolean;
}

/** A smooth displacement with the spread and correlation of Simard's: uniform noise, blurred with a Gaussian of `sigma`, times `alpha`; at 28 pixels. */
export interface Elastic {
  readonly alpha: Range;
  readonly sigma: number;
}

/** Thickness drawn from `amount` in [−1, 1]: the brightest value within amount·`radius` (28ths of the shorter side), or the darkest where amount is negative. */
export interface Thickness {
  readonly amount: Range;
  readonly radius: number;
}

/** What one warp does; what is left out leaves the image as it is. */
export interface Warp {
  readonly affine?: Affine;
  readonly elastic?: Elastic;
  readonly thickness?: Thickness;
  readonly padding: 'zeros' | 'border';
}

export const affineFields = {
  rotation: v.optional(realRange(-Math.PI, Math.PI), [-0.25, 0.25]),
  scale: v.optional(realRange(0.2, 5), [0.85, 1.15]),
  shear: v.optional(realRange(-2, 2), [-0.2, 0.2]),
  translate: v.optional(realRange(-1, 1), [-0.08, 0.08]),
  flip: v.optional(v.boolean(), false),
};
export const elasticFields = { alpha: v.optional(realRange(0, 200), [20, 40]), sigma: v.optional(real(1, 14), 4) };
export const thicknessFields = { amount: v.optional(realRange(-1, 1), [-0.6, 0.8]), radius: v.optional(real(0.25, 4), 1) };
export const paddingField = v.optional(v.picklist(['zeros', 'border']), 'zeros');

/** The first draw of the lattice's normals, two a node, in the stream that the warp draws from. */
export const FIRST_LATTICE = 32;

/** The ten words that `shaders/posts/warp.wgsl` reads. */
export const warpParameters = ({ affine, elastic, thickness }: Warp): PostParameter[] => [
  uniform('rotation', 0, affine?.rotation ?? [0, 0]),
  uniform('scale', 1, affine?.scale ?? [1, 1]),
  uniform('shear', 2, affine?.shear ?? [0, 0]),
  uniform('translateX', 3, affine?.translate ?? [0, 0]),
  uniform('translateY', 4, affine?.translate ?? [0, 0]),
  { name: 'flip', draw: 5, kind: 'integer', low: 0, high: affine?.flip ? 1 : 0 },
  uniform('alpha', 6, elastic?.alpha ?? [0, 0]),
  uniform('phaseX', 7, [0, elastic ? 1 : 0]),
  uniform('phaseY', 8, [0, elastic ? 1 : 0]),
  uniform('thickness', 9, thickness?.amount ?? [0, 0]),
];

/** One 28th of the shorter side, in pixels. */
export const unitOf = ({ height, width }: ImageSize): number => Math.min(height, width) / 28;

/**
 * The lattice whose cubic B-spline matches a Gaussian blur of `sigma`: the field's correlation is nearly exp(−r²/4σ²), of variance 2σ² an axis;
 * the B-spline's has variance ⅔·spacing². Blurred uniform noise on [−1, 1] deviates by α/(√3·2√π·σ); a spline of standard normals by 151/315 on average.
 */
export function latticeOf(image: ImageSize, sigma: number) {
  const unit = unitOf(image);
  const spacing = Math.sqrt(3) * sigma * unit;
  return {
    spacing,
    /** Pixels of displacement for each unit of alpha and of the spline. */
    gain: unit / (Math.sqrt(3) * 2 * Math.sqrt(Math.PI) * sigma * (151 / 315)),
    nodesX: Math.ceil(image.width / spacing) + 5,
    nodesY: Math.ceil(image.height / spacing) + 5,
  };
}

/** Words of the stream that a warp may take: draws 0 to this. */
export function warpDraws(image: ImageSize, { elastic }: Warp): number {
  if (!elastic) return 10;
  const { nodesX, nodesY } = latticeOf(image, elastic.sigma);
  return FIRST_LATTICE + 2 * nodesX * nodesY;
}

/** Bytes of the lattice. */
export function warpScratch(image: ImageSize, { elastic }: Warp, { batch, models }: Launch): Record<string, number> {
  if (!elastic) return {};
  const { nodesX, nodesY } = latticeOf(image, elastic.sigma);
  return { lattice: 8 * models * batch * nodesX * nodesY };
}

/** Where the warp finds its words, and what it reads from. */
export interface WarpPlace {
  readonly stream: 'image' | 'augmentation';
  /** Threefry call of the stream's draw 0 for this warp. */
  readonly firstCall: number;
  readonly firstWord: number;
  /** Buffer that is read. */
  readonly source: string;
  /** The word of a row that chooses an image of `source`, and how many there are; without it image by image. */
  readonly byClass?: { readonly word: number; readonly classes: number };
}

/** The passes of a warp: the lattice's normals where it displaces, then all the rest in one kernel. */
export function warpPasses(image: ImageSize, recipe: Warp, launch: Launch, place: WarpPlace): Pass[] {
  const { elastic, thickness, padding } = recipe;
  const grid = latticeOf(image, elastic?.sigma ?? 14);
  const passes: Pass[] = [];
  if (elastic) {
    const nodes = grid.nodesX * grid.nodesY;
    const size = workgroupSizeOf(launch, 32);
    const program = defineProgram({
      name: 'posts/lattice',
      source: { path: 'posts/lattice.wgsl', text: lattice },
      libraries: [
        { path: 'random/threefry.wgsl', text: threefry },
        { path: 'random/distributions.wgsl', text: distributions },
      ],
      constants: { workgroup_size: size },
      params: {
        ...indexParams(launch),
        nodes,
        row_stride: launch.rowStride,
        stream: STREAM[place.stream],
        first_call: place.firstCall + FIRST_LATTICE / 2,
      },
      workgroups: foldWorkgroups(Math.ceil((launch.batch * nodes) / size), launch.models),
    });
    passes.push({ program, resources: {} });
  }
  const program = defineProgram({
    name: 'posts/warp',
    source: { path: 'posts/warp.wgsl', text: warp },
    libraries: [turnLibrary],
    constants: { workgroup_size: workgroupSizeOf(launch), has_lattice: elastic ? 1 : 0, has_thickness: thickness ? 1 : 0 },
    params: {
      ...imageParams({ image }, launch),
      first_word: place.firstWord,
      class_word: place.byClass?.word ?? 0,
      classes: place.byClass?.classes ?? 0,
      border: padding === 'border' ? 1 : 0,
      nodes_x: grid.nodesX,
      nodes_y: grid.nodesY,
      spacing: grid.spacing,
      gain: grid.gain,
      radius: (thickness?.radius ?? 0) * unitOf(image),
    },
    workgroups: imageWorkgroups(launch, slicesOf({ image }, launch)),
  });
  // Without displacement the kernel reads no lattice; something must be bound all the same.
  passes.push({ program, resources: { source: place.source, ...(elastic ? {} : { lattice: 'rows' }) } });
  return passes;
}
