import type { GradientRule } from '../gradient.js';

/** ∂L/∂logits[n,o] = ∂L/∂rows[n] · dz[n,o]; ∂L/∂weights[n] = ∂L/∂rows[n] · the row's loss without its weight. Labels are integers: none. */
export const softmaxCrossEntropyGradient: GradientRule = ({ inputs, outputs, grads, attrs, needs, emit }) => ({
  logits: emit('scale_rows', { x: outputs.dz!, scale: grads.rows! }).y!,
  labels: null,
  weights:
    inputs.weights && needs('weights')
      ? emit('mul', { a: grads.rows!, b: emit('softmax_cross_entropy', { logits: inputs.logits!, labels: inputs.labels! }, attrs).rows! })
          .y!
      : null,
});
