import type { Reference } from '../reference.js';

export const addReference: Reference = ({ inputs }) => ({ y: inputs.a!.data.map((value, i) => value + inputs.b!.data[i]!) });
