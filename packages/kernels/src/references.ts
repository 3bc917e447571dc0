import { addReference } from './add/reference.js';
import { convReluPoolReference } from './conv-relu-pool/reference.js';
import { conv2dReference } from './conv2d/reference.js';
import { linearReference } from './linear/reference.js';
import { linearLossReference } from './linear-loss/reference.js';
import { matmulReference } from './matmul/reference.js';
import { maxpool2dReference } from './maxpool2d/reference.js';
import { mseReference } from './mse/reference.js';
import type { Reference } from './reference.js';
import type { OpName } from './registry.js';
import { reluReference } from './relu/reference.js';
import { meanReference } from './rows/reference.js';
import { softmaxCrossEntropyReference } from './softmax-cross-entropy/reference.js';

/** f64 references of the ops with a forward pass of their own; gradient ops are checked against finite differences of these. */
export const references: Partial<Record<OpName, Reference>> = {
  add: addReference,
  conv_relu_pool: convReluPoolReference,
  conv2d: conv2dReference,
  linear: linearReference,
  linear_loss: linearLossReference,
  matmul: matmulReference,
  maxpool2d: maxpool2dReference,
  mean: meanReference,
  mse: mseReference,
  relu: reluReference,
  softmax_cross_entropy: softmaxCrossEntropyReference,
};
