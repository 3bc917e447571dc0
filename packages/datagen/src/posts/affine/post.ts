import * as v from 'valibot';
import { warpPost } from '../warp/post.js';
import { affineFields, paddingField } from '../warp/warp.js';

/** Post `affine`: `rotation` in radians, `scale`, `shear` (horizontal per vertical), `translate` in shares of the sides, `flip` left to right for half of the images. */
const schema = v.strictObject({ kind: v.literal('affine'), ...affineFields, padding: paddingField });

export const affine = warpPost(
  { id: 'affine', title: 'turns, scales, shears and moves each image, and mirrors half of them where asked to', schema },
  ({ padding, ...affine }) => ({ affine, padding }),
);
