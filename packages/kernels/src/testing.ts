export type { Reference, ReferenceTensor } from './reference.js';
export { references } from './references.js';
