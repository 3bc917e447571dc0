import type { GradientRule } from '../gradient.js';

/** dx goes through the batch's mean and variance, whose derivatives are dbias and dweight. Running statistics carry no gradient, as in PyTorch. */
export const batchnormGradient: GradientRule = ({ inputs, outputs, grads, needs, emit }) => {
  const [dy, x, weight, stats] = [grads.y!, inputs.x!, inputs.weight!, outputs.stats!];
  const { dweight, dbias } = emit('batchnorm_grad_weight', { dy, x, stats });
  return {
    x: needs('x') ? emit('batchnorm_grad_input', { dy, x, weight, stats, dweight: dweight!, dbias: dbias! }).dx! : null,
    weight: dweight!,
    bias: dbias!,
    running_mean: null,
    running_var: null,
  };
};

/** The statistics are constants: dx = dy · weight · inverse. */
export const batchnormInferenceGradient: GradientRule = ({ inputs, outputs, grads, needs, emit }) => {
  const [dy, stats] = [grads.y!, outputs.stats!];
  const weights = needs('weight') || needs('bias') ? emit('batchnorm_grad_weight', { dy, x: inputs.x!, stats }) : {};
  return {
    x: needs('x') ? emit('batchnorm_inference_grad_input', { dy, weight: inputs.weight!, stats }).dx! : null,
    weight: weights.dweight ?? null,
    bias: weights.dbias ?? null,
    running_mean: null,
    running_var: null,
  };
};
