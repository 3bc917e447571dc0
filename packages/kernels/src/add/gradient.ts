import type { GradientRule } from '../gradient.js';

export const addGradient: GradientRule = ({ grads }) => ({ a: grads.y!, b: grads.y! });
