export * from './disk.js';
export * from './files.js';
export * from './manifest.js';
export * from './mnist.js';
export { type CachedSet, cachedSets, dataCache } from './node-cache.js';
export { type FetchOptions, fetchDataSet } from './node-fetch.js';
export * from './node-import.js';
export * from './node-load.js';
export { decodePng } from './png.js';
