export { kernelWork } from './work/index.js';
