import { add } from './add/descriptor.js';
import { addGradient } from './add/gradient.js';
import { convReluPool, convReluPoolGradInput, convReluPoolGradWeight } from './conv-relu-pool/descriptor.js';
import { convReluPoolGradient } from './conv-relu-pool/gradient.js';
import { conv2d, conv2dGradInput, conv2dGradWeight } from './conv2d/descriptor.js';
import { conv2dGradient } from './conv2d/gradient.js';
import type { GradientRule } from './gradient.js';
import { linear, linearBackward } from './linear/descriptor.js';
import { linearGradient } from './linear/gradient.js';
import { linearLoss } from './linear-loss/descriptor.js';
import { linearLossGradient } from './linear-loss/gradient.js';
import { matmul } from './matmul/descriptor.js';
import { matmulGradient } from './matmul/gradient.js';
import { maxpool2d, maxpool2dGrad } from './maxpool2d/descriptor.js';
import { maxpool2dGradient } from './maxpool2d/gradient.js';
import { mse } from './mse/descriptor.js';
import { mseGradient } from './mse/gradient.js';
import { relu, reluGrad } from './relu/descriptor.js';
import { reluGradient } from './relu/gradient.js';
import { mean, meanGrad, scaleRows, sumPartsOp } from './rows/descriptor.js';
import { meanGradient } from './rows/gradient.js';
import { softmaxCrossEntropy } from './softmax-cross-entropy/descriptor.js';
import { softmaxCrossEntropyGradient } from './softmax-cross-entropy/gradient.js';

/** Every op of the graph by name. */
export const ops = {
  add,
  conv_relu_pool: convReluPool,
  conv_relu_pool_grad_input: convReluPoolGradInput,
  conv_relu_pool_grad_weight: convReluPoolGradWeight,
  conv2d,
  conv2d_grad_input: conv2dGradInput,
  conv2d_grad_weight: conv2dGradWeight,
  linear,
  linear_backward: linearBackward,
  linear_loss: linearLoss,
  matmul,
  maxpool2d,
  maxpool2d_grad: maxpool2dGrad,
  mean,
  mean_grad: meanGrad,
  mse,
  relu,
  relu_grad: reluGrad,
  scale_rows: scaleRows,
  softmax_cross_entropy: softmaxCrossEntropy,
  sum_parts: sumPartsOp,
} as const;

export type OpName = keyof typeof ops;

/** One gradient rule an op: the map is total, so that forgetting one does not compile. 'none' where there is no second order. */
export const gradients: Record<OpName, GradientRule | 'none'> = {
  add: addGradient,
  conv_relu_pool: convReluPoolGradient,
  conv_relu_pool_grad_input: 'none',
  conv_relu_pool_grad_weight: 'none',
  conv2d: conv2dGradient,
  conv2d_grad_input: 'none',
  conv2d_grad_weight: 'none',
  linear: linearGradient,
  linear_backward: 'none',
  linear_loss: linearLossGradient,
  matmul: matmulGradient,
  maxpool2d: maxpool2dGradient,
  maxpool2d_grad: 'none',
  mean: meanGradient,
  mean_grad: 'none',
  mse: mseGradient,
  relu: reluGradient,
  relu_grad: 'none',
  scale_rows: 'none',
  softmax_cross_entropy: softmaxCrossEntropyGradient,
  sum_parts: 'none',
};
