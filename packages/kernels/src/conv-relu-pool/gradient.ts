import type { GradientRule } from '../gradient.js';

/** The pool's winners say where each dy goes, and that ReLU let it through; both gradients unpool on the fly. */
export const convReluPoolGradient: GradientRule = ({ inputs, outputs, grads, emit, needs }) => {
  const dy = grads.y!;
  const tap = outputs.tap!;
  const { dw, db } = emit('conv_relu_pool_grad_weight', { dy, tap, x: inputs.x! });
  return {
    w: dw!,
    b: db!,
    x: needs('x') ? emit('conv_relu_pool_grad_input', { dy, tap, w: inputs.w! }).dx! : null,
  };
};
