import { affineWarpReference, gridWarpReference } from './affine-warp/reference.js';
import { addReference, divReference, mulReference, subReference } from './arithmetic/reference.js';
import { avgpool2dReference } from './avgpool2d/reference.js';
import { batchnormInferenceReference, batchnormReference } from './batchnorm/reference.js';
import { castReference } from './cast/reference.js';
import { concatReference } from './concat/reference.js';
import { convReluPoolReference } from './conv-relu-pool/reference.js';
import { conv2dReference } from './conv2d/reference.js';
import { dropoutReference } from './dropout/reference.js';
import { embeddingReference, gatherReference, oneHotReference } from './gather/reference.js';
import { globalAvgPoolReference } from './global-avg-pool/reference.js';
import { layernormReference } from './layernorm/reference.js';
import { linearReference } from './linear/reference.js';
import { linearLossReference } from './linear-loss/reference.js';
import { batchedMatmulReference, matmulReference } from './matmul/reference.js';
import { maxpool2dReference } from './maxpool2d/reference.js';
import { mseReference } from './mse/reference.js';
import { padReference, sliceReference } from './pad/reference.js';
import { permuteReference } from './permute/reference.js';
import { maxReference, meanReference, sumReference, sumToReference } from './reduce/reference.js';
import type { Reference } from './reference.js';
import type { OpName } from './registry.js';
import { reluReference } from './relu/reference.js';
import { scaleRowsReference } from './rows/reference.js';
import { logSoftmaxReference, softmaxReference } from './softmax/reference.js';
import { softmaxCrossEntropyReference } from './softmax-cross-entropy/reference.js';
import { argsortReference, topkReference } from './topk/reference.js';
import {
  expReference,
  geluReference,
  logReference,
  negReference,
  scaleReference,
  sigmoidReference,
  sqrtReference,
  squareReference,
  tanhReference,
} from './unary/reference.js';

/** f64 references of the ops with a forward pass of their own; gradient ops are checked against finite differences of these. */
export const references: Partial<Record<OpName, Reference>> = {
  add: addReference,
  affine_warp: affineWarpReference,
  argmax: maxReference,
  argsort: argsortReference,
  avgpool2d: avgpool2dReference,
  batched_matmul: batchedMatmulReference,
  batchnorm: batchnormReference,
  batchnorm_inference: batchnormInferenceReference,
  cast: castReference,
  concat: concatReference,
  conv_relu_pool: convReluPoolReference,
  conv2d: conv2dReference,
  div: divReference,
  dropout: dropoutReference,
  embedding: embeddingReference,
  exp: expReference,
  gather: gatherReference,
  gelu: geluReference,
  global_avg_pool: globalAvgPoolReference,
  grid_warp: gridWarpReference,
  layernorm: layernormReference,
  linear: linearReference,
  linear_loss: linearLossReference,
  log: logReference,
  log_softmax: logSoftmaxReference,
  matmul: matmulReference,
  max: maxReference,
  maxpool2d: maxpool2dReference,
  mean: meanReference,
  mse: mseReference,
  mul: mulReference,
  neg: negReference,
  one_hot: oneHotReference,
  pad: padReference,
  permute: permuteReference,
  relu: reluReference,
  scale: scaleReference,
  scale_rows: scaleRowsReference,
  sigmoid: sigmoidReference,
  slice: sliceReference,
  softmax: softmaxReference,
  softmax_cross_entropy: softmaxCrossEntropyReference,
  sqrt: sqrtReference,
  square: squareReference,
  sub: subReference,
  sum: sumReference,
  sum_to: sumToReference,
  tanh: tanhReference,
  topk: topkReference,
};
