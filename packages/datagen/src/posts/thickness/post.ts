import * as v from 'valibot';
import { warpPost } from '../warp/post.js';
import { thicknessFields } from '../warp/warp.js';

/**
 * Post `thickness`: each pixel becomes the brightest of itself and eight points on a ring of radius `amount`·`radius` (28ths of the shorter side)
 * around it, or the darkest where `amount` is negative.
 */
const schema = v.strictObject({
  kind: v.literal('thickness'),
  ...thicknessFields,
  padding: v.optional(v.picklist(['border', 'zeros']), 'border'),
});

export const thickness = warpPost(
  { id: 'thickness', title: 'thickens or thins the bright parts of each image', schema },
  ({ amount, radius, padding }) => ({ thickness: { amount, radius }, padding }),
);
