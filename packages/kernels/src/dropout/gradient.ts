import type { GradientRule } from '../gradient.js';

/** dx = dy under the same mask, made again; state and seeds are integers: none. */
export const dropoutGradient: GradientRule = ({ inputs, grads, attrs, emit }) => ({
  x: emit('dropout', { x: grads.y!, state: inputs.state!, seeds: inputs.seeds! }, attrs).y!,
  state: null,
  seeds: null,
});
