export type { Reference, ReferenceTensor } from './reference.js';
export { references } from './references.js';
export { gradientToleranceOf, optimizerTolerance, type Tolerance, toleranceOf } from './testing/tolerance.js';
