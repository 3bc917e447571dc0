import * as v from 'valibot';
import { whole } from './schema.js';

/** The `image` field of a family whose samples are vectors: one row of `width` values. @param widths least and most */
export const vectorSchema = (width: number, widths: readonly [number, number]) =>
  v.optional(
    v.strictObject({
      height: v.optional(v.literal(1), 1),
      width: v.optional(whole(...widths), width),
      channels: v.optional(v.literal(1), 1),
    }),
    {},
  );
