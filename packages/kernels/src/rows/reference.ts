import type { Reference } from '../reference.js';

/** y[n,o] = x[n,o]·scale[n]. */
export const scaleRowsReference: Reference = ({ inputs }) => {
  const columns = inputs.x!.shape[1]!;
  return { y: inputs.x!.data.map((value, i) => value * inputs.scale!.data[Math.floor(i / columns)]!) };
};
