import * as v from 'valibot';
import { warpPost } from '../warp/post.js';
import { thicknessFields, paddingField } from '../warp/warp.js';

/** Post `thickness`: `amount` 1 takes the brightest of the pixels on a ring of `radius` (28ths of the shorter side), −1 the darkest, 0 nothing. */
const schema = v.strictObject({ kind: v.literal('thickness'), ...thicknessFields, padding: paddingField });

export const thickness = warpPost({ id: 'thickness', title: 'thickens or thins the bright parts of each image', schema }, ({ amount, radius, padding }) => ({ thickness: { amount, radius }, padding }));
