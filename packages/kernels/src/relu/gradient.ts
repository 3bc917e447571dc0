import type { GradientRule } from '../gradient.js';

export const reluGradient: GradientRule = ({ outputs, grads, emit }) => ({ x: emit('relu_grad', { y: outputs.y!, dy: grads.y! }).dx! });
