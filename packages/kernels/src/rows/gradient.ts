import type { GradientRule } from '../gradient.js';

/** ∂L/∂x[n,o] = dy[n,o]·scale[n]; ∂L/∂scale[n] = Σ_o dy[n,o]·x[n,o]. */
export const scaleRowsGradient: GradientRule = ({ inputs, grads, emit, needs }) => ({
  x: needs('x') ? emit('scale_rows', { x: grads.y!, scale: inputs.scale! }).y! : null,
  scale: needs('scale') ? emit('sum', { x: emit('mul', { a: grads.y!, b: inputs.x! }).y! }, { axes: '1' }).y! : null,
});
