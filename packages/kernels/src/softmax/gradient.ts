import type { GradientRule } from '../gradient.js';

/* @__NO_SIDE_EFFECTS__ */
function rule(log: boolean): GradientRule {
  return ({ outputs, grads, emit }) => ({ x: emit('softmax_grad', { y: outputs.y!, dy: grads.y! }, { log }).dx! });
}

/** dx = y·(dy − Σ dy·y), a row. */
export const softmaxGradient = rule(false);
/** dx = dy − exp(y)·Σ dy, a row. */
export const logSoftmaxGradient = rule(true);
