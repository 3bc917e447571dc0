import type { GradientRule } from '../gradient.js';

/** dx = up·w, dw = upᵀ·x, db = Σ up, with up = dy masked where ReLU cut; `masked` says that dy comes masked already. */
export const linearGradient: GradientRule = ({ inputs, outputs, grads, attrs, emit, needs }) => {
  const { x, w } = inputs;
  const relu = attrs.relu === true && attrs.masked !== true;
  const tensors = { x: x!, w: w!, dy: grads.y!, ...(relu ? { y: outputs.y! } : {}) };
  const { dx, dw, db } = emit('linear_backward', tensors, { relu, inputGrad: needs('x') });
  return { x: needs('x') ? dx! : null, w: dw!, b: db! };
};
