import type { GradientRule } from '../gradient.js';

/** ∂L/∂x, ∂L/∂w and ∂L/∂b of conv2d (no ReLU: the fuser only adds it when it also owns the mask; see `relu: true` below). */
export const conv2dGradient: GradientRule = ({ inputs, outputs, grads, attrs, emit, needs }) => {
  const { x, w } = inputs;
  const dy = attrs.relu ? emit('relu_grad', { y: outputs.y!, dy: grads.y! }).dx! : grads.y!;
  const [, , h, width] = x!.shape;
  const [, , r, s] = w!.shape;
  return {
    x: needs('x') ? emit('conv2d_grad_input', { dy, w: w! }, { ...attrs, relu: false, h: h!, width: width! }).dx! : null,
    ...(needs('w') || needs('b')
      ? (({ dw, db }) => ({ w: dw!, b: db! }))(emit('conv2d_grad_weight', { dy, x: x! }, { ...attrs, relu: false, r: r!, s: s! }))
      : {}),
  };
};
