export * from './draw.js';
export * from './png.js';
export * from './record.js';
