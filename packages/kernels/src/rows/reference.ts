import type { Reference } from '../reference.js';

export const meanReference: Reference = ({ inputs }) => ({
  y: Float64Array.of(inputs.x!.data.reduce((sum, value) => sum + value, 0) / inputs.x!.data.length),
});
