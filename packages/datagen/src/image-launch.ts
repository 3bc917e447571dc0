import { foldWorkgroups } from '@kindling/core';
import { type ImageSize, indexParams, type Launch } from './family.js';

/** Invocations of a workgroup that share an image: few on CPU adapters, which run one workgroup on one core, a full block on GPUs. */
export const workgroupSizeOf = ({ workgroupSize, traits }: Launch, software = 8, hardware = 64): number =>
  workgroupSize ?? (traits?.software ? software : hardware);

/** Workgroups that share an image: one on CPU adapters; on GPUs as many as leave each invocation some four pixels, so that a small batch fills the device. */
export function slicesOf({ image: { height, width } }: { readonly image: ImageSize }, launch: Launch): number {
  if (launch.traits?.software) return 1;
  return Math.max(1, Math.min(64, Math.ceil((height * width) / (4 * workgroupSizeOf(launch)))));
}

/** Workgroups of a kernel that owns one of `slices` parts of an image; z is the model. */
export const imageWorkgroups = ({ batch, models }: Launch, slices = 1): [number, number, number] => foldWorkgroups(batch * slices, models);

/** The fields of `struct Params` that every kernel has which renders from `rows`. Add `slices` only where the kernel has the field. */
export const imageParams = (recipe: { readonly image: ImageSize }, launch: Launch) => ({
  batch: launch.batch,
  channels: recipe.image.channels,
  height: recipe.image.height,
  width: recipe.image.width,
  slices: slicesOf(recipe, launch),
  row_stride: launch.rowStride,
});

/** The same with what a kernel needs that draws words itself: bindings `state` and `seeds`, fields first_low … seeds_model. */
export const drawingParams = (recipe: { readonly image: ImageSize }, launch: Launch) => ({
  ...imageParams(recipe, launch),
  ...indexParams(launch),
});
