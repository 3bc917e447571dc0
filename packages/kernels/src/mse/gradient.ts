import type { GradientRule } from '../gradient.js';

/** ∂L/∂pred[n,o] = ∂L/∂rows[n] · dp[n,o]; targets get none. */
export const mseGradient: GradientRule = ({ outputs, grads, emit }) => ({
  pred: emit('scale_rows', { x: outputs.dp!, scale: grads.rows! }).y!,
  labels: null,
});
