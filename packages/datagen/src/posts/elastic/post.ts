import * as v from 'valibot';
import { warpPost } from '../warp/post.js';
import { elasticFields, paddingField } from '../warp/warp.js';

/** Post `elastic`: the smooth displacement of Simard et al. (2003). `alpha` and `sigma` in pixels of a 28-pixel image. */
const schema = v.strictObject({ kind: v.literal('elastic'), ...elasticFields, padding: paddingField });

export const elastic = warpPost(
  { id: 'elastic', title: 'moves the pixels of each image by a smooth random field', schema },
  ({ alpha, sigma, padding }) => ({ elastic: { alpha, sigma }, padding }),
);
