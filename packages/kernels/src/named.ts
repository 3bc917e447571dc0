// Every op and every gradient rule by itself, so that a bundle holds only those that it names. `ops` and `gradients` hold them all.
export { affineWarp, gridWarp, warpGradImage, warpGradPose } from './affine-warp/descriptor.js';
export { affineWarpGradient, gridWarpGradient } from './affine-warp/gradient.js';
export { add, div, mul, sub } from './arithmetic/descriptor.js';
export { addGradient, divGradient, mulGradient, subGradient } from './arithmetic/gradient.js';
export { avgpool2d, avgpool2dGrad } from './avgpool2d/descriptor.js';
export { avgpool2dGradient } from './avgpool2d/gradient.js';
export {
  batchnorm,
  batchnormGradInput,
  batchnormGradWeight,
  batchnormInference,
  batchnormInferenceGradInput,
} from './batchnorm/descriptor.js';
export { batchnormGradient, batchnormInferenceGradient } from './batchnorm/gradient.js';
export { cast } from './cast/descriptor.js';
export { castGradient } from './cast/gradient.js';
export { concat } from './concat/descriptor.js';
export { concatGradient } from './concat/gradient.js';
export { convReluPool, convReluPoolGradInput, convReluPoolGradWeight } from './conv-relu-pool/descriptor.js';
export { convReluPoolGradient } from './conv-relu-pool/gradient.js';
export { conv2d, conv2dGradInput, conv2dGradWeight } from './conv2d/descriptor.js';
export { conv2dGradient } from './conv2d/gradient.js';
export { dropout } from './dropout/descriptor.js';
export { dropoutGradient } from './dropout/gradient.js';
export { embedding, gather, gatherGrad, oneHot } from './gather/descriptor.js';
export { embeddingGradient, gatherGradient } from './gather/gradient.js';
export { globalAvgPool, globalAvgPoolGrad } from './global-avg-pool/descriptor.js';
export { globalAvgPoolGradient } from './global-avg-pool/gradient.js';
export { layernorm, layernormGradInput, layernormGradWeight } from './layernorm/descriptor.js';
export { layernormGradient } from './layernorm/gradient.js';
export { linear, linearBackward } from './linear/descriptor.js';
export { linearGradient } from './linear/gradient.js';
export { linearLoss } from './linear-loss/descriptor.js';
export { linearLossGradient } from './linear-loss/gradient.js';
export { batchedMatmul, matmul } from './matmul/descriptor.js';
export { batchedMatmulGradient, matmulGradient } from './matmul/gradient.js';
export { maxpool2d, maxpool2dGrad } from './maxpool2d/descriptor.js';
export { maxpool2dGradient } from './maxpool2d/gradient.js';
export { mse } from './mse/descriptor.js';
export { mseGradient } from './mse/gradient.js';
export { pad, slice } from './pad/descriptor.js';
export { padGradient, sliceGradient } from './pad/gradient.js';
export { permute } from './permute/descriptor.js';
export { permuteGradient } from './permute/gradient.js';
export { argmax, max, maxGrad, mean, sum, sumGrad, sumTo } from './reduce/descriptor.js';
export { maxGradient, meanGradient, sumGradient, sumToGradient } from './reduce/gradient.js';
export { relu, reluGrad } from './relu/descriptor.js';
export { reluGradient } from './relu/gradient.js';
export { scaleRows, sumPartsOp } from './rows/descriptor.js';
export { scaleRowsGradient } from './rows/gradient.js';
export { logSoftmax, softmax, softmaxGrad } from './softmax/descriptor.js';
export { logSoftmaxGradient, softmaxGradient } from './softmax/gradient.js';
export { softmaxCrossEntropy } from './softmax-cross-entropy/descriptor.js';
export { softmaxCrossEntropyGradient } from './softmax-cross-entropy/gradient.js';
export { argsort, topk, topkGrad } from './topk/descriptor.js';
export { topkGradient } from './topk/gradient.js';
export { exp, gelu, log, neg, scale, sigmoid, sqrt, square, tanh, unaryGrad } from './unary/descriptor.js';
export {
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
