export * from './disk.js';
export * from './files.js';
export * from './mnist.js';
