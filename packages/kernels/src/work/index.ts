import type { WorkRule } from '@kindling/core';
import { elementwiseWork } from './elementwise.js';
import { matrixWork } from './matrix.js';
import { optimizerWork } from './optimizer.js';
import { reductionWork } from './reduction.js';

/** Operations and bytes of every kernel of this package, by the name of its program without the variant: `conv2d/forward`. */
export const kernelWork: Readonly<Record<string, WorkRule>> = { ...elementwiseWork, ...matrixWork, ...optimizerWork, ...reductionWork };
