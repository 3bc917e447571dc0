export * from './convert.js';
export * from './gather.js';
export * from './idx.js';
export * from './natural.js';
export * from './order.js';
export * from './records.js';
export * from './resident.js';
export * from './sets.js';
