import type { Reference } from '../reference.js';

export const reluReference: Reference = ({ inputs }) => ({ y: inputs.x!.data.map((value) => Math.max(value, 0)) });
