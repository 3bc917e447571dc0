import type { KernelSpec } from '../spec.js';
import { batchnormOps } from './batchnorm.js';
import { convOps } from './conv.js';
import { convReluPoolOps } from './conv-relu-pool.js';
import { elementwise } from './elementwise.js';
import { evaluationOps } from './evaluation.js';
import { linearOps } from './linear.js';
import { matmulOps } from './matmul.js';
import { optimizerOps } from './optimizer.js';
import { poolOps } from './pool-and-warp.js';
import { reduceOps } from './reduce.js';
import { rowOps } from './rows.js';
import { shapeOps } from './shape-ops.js';
import { sortOps } from './sort.js';

/** Formulas of every kernel that is exported, by name. */
export const specs: Readonly<Record<string, KernelSpec>> = Object.fromEntries(
  [
    ...elementwise,
    ...shapeOps,
    ...reduceOps,
    ...rowOps,
    ...batchnormOps,
    ...sortOps,
    ...poolOps,
    ...convOps,
    ...convReluPoolOps,
    ...linearOps,
    ...matmulOps,
    ...optimizerOps,
    ...evaluationOps,
  ]
    .map((spec) => [spec.name, spec] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1)),
);
