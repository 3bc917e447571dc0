import type { GradientRule } from '../gradient.js';

/** ∂L/∂logits[n,o] = ∂L/∂rows[n] · dz[n,o]. Labels are integers: none. */
export const softmaxCrossEntropyGradient: GradientRule = ({ outputs, grads, emit }) => ({
  logits: emit('scale_rows', { x: outputs.dz!, scale: grads.rows! }).y!,
  labels: null,
});
