import type { Source } from '@kindling/core';
import categorical from '@kindling/shaders/random/categorical';
import distributions from '@kindling/shaders/random/distributions';
import feistel from '@kindling/shaders/random/feistel';
import pcg from '@kindling/shaders/random/pcg';
import philox from '@kindling/shaders/random/philox';
import threefry from '@kindling/shaders/random/threefry';

/**
 * The WGSL of the random numbers, for kernels of one's own: list `threefry` (and what else is called) as libraries of a program. Each is
 * a valid module by itself; `categorical` is a kernel, and needs `threefry` and `distributions` before it.
 */
export const randomSources = {
  threefry: { path: 'random/threefry.wgsl', text: threefry },
  philox: { path: 'random/philox.wgsl', text: philox },
  pcg: { path: 'random/pcg.wgsl', text: pcg },
  feistel: { path: 'random/feistel.wgsl', text: feistel },
  distributions: { path: 'random/distributions.wgsl', text: distributions },
  categorical: { path: 'random/categorical.wgsl', text: categorical },
} satisfies Record<string, Source>;
