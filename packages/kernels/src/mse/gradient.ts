import type { GradientRule } from '../gradient.js';

/** ∂L/∂pred[n,o] = ∂L/∂rows[n] · dp[n,o]; the targets get its negative. */
export const mseGradient: GradientRule = ({ outputs, grads, emit, needs }) => {
  const pred = emit('scale_rows', { x: outputs.dp!, scale: grads.rows! }).y!;
  return { pred, labels: needs('labels') ? emit('neg', { x: pred }).y! : null };
};
