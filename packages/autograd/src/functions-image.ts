import type { Tensor } from './graph.js';

/** Mean over kernel×kernel windows: [N,C,H,W] → [N,C,P,Q]; padding counts as zeros. `stride` defaults to `kernel`; torch's avg_pool2d. */
export const avgPool2d = (x: Tensor, kernel: number, { stride = kernel, padding = 0 } = {}): Tensor =>
  x.graph.emit('avgpool2d', { x }, { kernel, stride, padding }).y!;

/** Mean of each plane: [N,C,H,W] → [N,C]. */
export const globalAvgPool = (x: Tensor): Tensor => x.graph.emit('global_avg_pool', { x }).y!;

/** Options of `affineWarp` and `gridWarp`. */
export interface WarpOptions {
  /** What lies outside the image: its border pixels (default), or zeros. */
  readonly padding?: 'border' | 'zeros';
}

/**
 * Shifts and rotates images about their centres, bilinear: image [N,C,H,W], pose [N,3] = tx, ty in pixels and a rotation in degrees;
 * differentiable in both. torch's affine_grid and grid_sample with align_corners=False; see the op affine_warp for the matrix.
 */
export const affineWarp = (image: Tensor, pose: Tensor, { padding = 'border' }: WarpOptions = {}): Tensor =>
  image.graph.emit('affine_warp', { image, pose }, { padding }).y!;

/** Warps images by matrices in torch's normalised coordinates: image [N,C,H,W], theta [N,2,3]; differentiable in both. */
export const gridWarp = (image: Tensor, theta: Tensor, { padding = 'border' }: WarpOptions = {}): Tensor =>
  image.graph.emit('grid_warp', { image, pose: theta }, { padding }).y!;
