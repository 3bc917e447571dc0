import { affineWarp, gridWarp, warpGradImage, warpGradPose } from './affine-warp/descriptor.js';
import { affineWarpGradient, gridWarpGradient } from './affine-warp/gradient.js';
import { add, div, mul, sub } from './arithmetic/descriptor.js';
import { addGradient, divGradient, mulGradient, subGradient } from './arithmetic/gradient.js';
import { avgpool2d, avgpool2dGrad } from './avgpool2d/descriptor.js';
import { avgpool2dGradient } from './avgpool2d/gradient.js';
import {
  batchnorm,
  batchnormGradInput,
  batchnormGradWeight,
  batchnormInference,
  batchnormInferenceGradInput,
} from './batchnorm/descriptor.js';
import { batchnormGradient, batchnormInferenceGradient } from './batchnorm/gradient.js';
import { cast } from './cast/descriptor.js';
import { castGradient } from './cast/gradient.js';
import { concat } from './concat/descriptor.js';
import { concatGradient } from './concat/gradient.js';
import { convReluPool, convReluPoolGradInput, convReluPoolGradWeight } from './conv-relu-pool/descriptor.js';
import { convReluPoolGradient } from './conv-relu-pool/gradient.js';
import { conv2d, conv2dGradInput, conv2dGradWeight } from './conv2d/descriptor.js';
import { conv2dGradient } from './conv2d/gradient.js';
import { dropout } from './dropout/descriptor.js';
import { dropoutGradient } from './dropout/gradient.js';
import { embedding, gather, gatherGrad, oneHot } from './gather/descriptor.js';
import { embeddingGradient, gatherGradient } from './gather/gradient.js';
import { globalAvgPool, globalAvgPoolGrad } from './global-avg-pool/descriptor.js';
import { globalAvgPoolGradient } from './global-avg-pool/gradient.js';
import type { GradientRule } from './gradient.js';
import { layernorm, layernormGradInput, layernormGradWeight } from './layernorm/descriptor.js';
import { layernormGradient } from './layernorm/gradient.js';
import { linear, linearBackward } from './linear/descriptor.js';
import { linearGradient } from './linear/gradient.js';
import { linearLoss } from './linear-loss/descriptor.js';
import { linearLossGradient } from './linear-loss/gradient.js';
import { batchedMatmul, matmul } from './matmul/descriptor.js';
import { batchedMatmulGradient, matmulGradient } from './matmul/gradient.js';
import { maxpool2d, maxpool2dGrad } from './maxpool2d/descriptor.js';
import { maxpool2dGradient } from './maxpool2d/gradient.js';
import { mse } from './mse/descriptor.js';
import { mseGradient } from './mse/gradient.js';
import { pad, slice } from './pad/descriptor.js';
import { padGradient, sliceGradient } from './pad/gradient.js';
import { permute } from './permute/descriptor.js';
import { permuteGradient } from './permute/gradient.js';
import { argmax, max, maxGrad, mean, sum, sumGrad, sumTo } from './reduce/descriptor.js';
import { maxGradient, meanGradient, sumGradient, sumToGradient } from './reduce/gradient.js';
import { relu, reluGrad } from './relu/descriptor.js';
import { reluGradient } from './relu/gradient.js';
import { scaleRows, sumPartsOp } from './rows/descriptor.js';
import { scaleRowsGradient } from './rows/gradient.js';
import { logSoftmax, softmax, softmaxGrad } from './softmax/descriptor.js';
import { logSoftmaxGradient, softmaxGradient } from './softmax/gradient.js';
import { softmaxCrossEntropy } from './softmax-cross-entropy/descriptor.js';
import { softmaxCrossEntropyGradient } from './softmax-cross-entropy/gradient.js';
import { argsort, topk, topkGrad } from './topk/descriptor.js';
import { topkGradient } from './topk/gradient.js';
import { exp, gelu, log, neg, scale, sigmoid, sqrt, square, tanh, unaryGrad } from './unary/descriptor.js';
import {
  expGradient,
  geluGradient,
  logGradient,
  negGradient,
  scaleGradient,
  sigmoidGradient,
  sqrtGradient,
  squareGradient,
  tanhGradient,
} from './unary/gradient.js';

/** Every op of the graph by name. */
export const ops = {
  add,
  affine_warp: affineWarp,
  argmax,
  argsort,
  avgpool2d,
  avgpool2d_grad: avgpool2dGrad,
  batched_matmul: batchedMatmul,
  batchnorm,
  batchnorm_grad_input: batchnormGradInput,
  batchnorm_grad_weight: batchnormGradWeight,
  batchnorm_inference: batchnormInference,
  batchnorm_inference_grad_input: batchnormInferenceGradInput,
  cast,
  concat,
  conv_relu_pool: convReluPool,
  conv_relu_pool_grad_input: convReluPoolGradInput,
  conv_relu_pool_grad_weight: convReluPoolGradWeight,
  conv2d,
  conv2d_grad_input: conv2dGradInput,
  conv2d_grad_weight: conv2dGradWeight,
  div,
  dropout,
  embedding,
  exp,
  gather,
  gather_grad: gatherGrad,
  gelu,
  global_avg_pool: globalAvgPool,
  global_avg_pool_grad: globalAvgPoolGrad,
  grid_warp: gridWarp,
  layernorm,
  layernorm_grad_input: layernormGradInput,
  layernorm_grad_weight: layernormGradWeight,
  linear,
  linear_backward: linearBackward,
  linear_loss: linearLoss,
  log,
  log_softmax: logSoftmax,
  matmul,
  max,
  max_grad: maxGrad,
  maxpool2d,
  maxpool2d_grad: maxpool2dGrad,
  mean,
  mse,
  mul,
  neg,
  one_hot: oneHot,
  pad,
  permute,
  relu,
  relu_grad: reluGrad,
  scale,
  scale_rows: scaleRows,
  sigmoid,
  slice,
  softmax,
  softmax_cross_entropy: softmaxCrossEntropy,
  softmax_grad: softmaxGrad,
  sqrt,
  square,
  sub,
  sum,
  sum_grad: sumGrad,
  sum_parts: sumPartsOp,
  sum_to: sumTo,
  tanh,
  topk,
  topk_grad: topkGrad,
  unary_grad: unaryGrad,
  warp_grad_image: warpGradImage,
  warp_grad_pose: warpGradPose,
} as const;

export type OpName = keyof typeof ops;

/** One gradient rule an op: the map is total, so that forgetting one does not compile. 'none' where there is no second order. */
export const gradients: Record<OpName, GradientRule | 'none'> = {
  add: addGradient,
  affine_warp: affineWarpGradient,
  argmax: 'none',
  argsort: 'none',
  avgpool2d: avgpool2dGradient,
  avgpool2d_grad: 'none',
  batched_matmul: batchedMatmulGradient,
  batchnorm: batchnormGradient,
  batchnorm_grad_input: 'none',
  batchnorm_grad_weight: 'none',
  batchnorm_inference: batchnormInferenceGradient,
  batchnorm_inference_grad_input: 'none',
  cast: castGradient,
  concat: concatGradient,
  conv_relu_pool: convReluPoolGradient,
  conv_relu_pool_grad_input: 'none',
  conv_relu_pool_grad_weight: 'none',
  conv2d: conv2dGradient,
  conv2d_grad_input: 'none',
  conv2d_grad_weight: 'none',
  div: divGradient,
  dropout: dropoutGradient,
  embedding: embeddingGradient,
  exp: expGradient,
  gather: gatherGradient,
  gather_grad: 'none',
  gelu: geluGradient,
  global_avg_pool: globalAvgPoolGradient,
  global_avg_pool_grad: 'none',
  grid_warp: gridWarpGradient,
  layernorm: layernormGradient,
  layernorm_grad_input: 'none',
  layernorm_grad_weight: 'none',
  linear: linearGradient,
  linear_backward: 'none',
  linear_loss: linearLossGradient,
  log: logGradient,
  log_softmax: logSoftmaxGradient,
  matmul: matmulGradient,
  max: maxGradient,
  max_grad: 'none',
  maxpool2d: maxpool2dGradient,
  maxpool2d_grad: 'none',
  mean: meanGradient,
  mse: mseGradient,
  mul: mulGradient,
  neg: negGradient,
  one_hot: 'none',
  pad: padGradient,
  permute: permuteGradient,
  relu: reluGradient,
  relu_grad: 'none',
  scale: scaleGradient,
  scale_rows: scaleRowsGradient,
  sigmoid: sigmoidGradient,
  slice: sliceGradient,
  softmax: softmaxGradient,
  softmax_cross_entropy: softmaxCrossEntropyGradient,
  softmax_grad: 'none',
  sqrt: sqrtGradient,
  square: squareGradient,
  sub: subGradient,
  sum: sumGradient,
  sum_grad: 'none',
  sum_parts: 'none',
  sum_to: sumToGradient,
  tanh: tanhGradient,
  topk: topkGradient,
  topk_grad: 'none',
  unary_grad: 'none',
  warp_grad_image: 'none',
  warp_grad_pose: 'none',
};
