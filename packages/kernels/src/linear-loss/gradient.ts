import type { GradientRule } from '../gradient.js';

/** The forward dispatch has already written them: the fuser only makes this op where the loss is the root, so that ∂L/∂rows is 1/N. */
export const linearLossGradient: GradientRule = ({ outputs }) => ({ x: outputs.dx!, w: outputs.dw!, b: outputs.db! });
