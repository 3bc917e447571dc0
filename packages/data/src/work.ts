import type { WorkRule } from '@kindling/core';

/** A batch of bytes from a set that is bound whole: only the batch is read. Pixels become f32 and are divided by 255. */
const gather: WorkRule = ({ p, models }) => {
  const items = models * p.batch!;
  return {
    flops: items * p.pixels!,
    readBytes: items * (p.pixels! + 1),
    writtenBytes: 4 * items * (p.pixels! + 1),
  };
};

/** Operations and bytes of this package's kernels, by the name of the program. */
export const dataWork: Readonly<Record<string, WorkRule>> = { 'data/gather': gather, 'data/gather-subset': gather };
