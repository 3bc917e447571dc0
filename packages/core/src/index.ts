export * from './errors.js';
export * from './formats/npy.js';
export * from './formats/safetensors.js';
export * from './program.js';
export * from './random/feistel.js';
export * from './random/threefry.js';
export * from './shape.js';
export * from './traits.js';
