export * from './contact-sheet.js';
export * from './draw.js';
export { classColor, escapeXml, NIGHT } from './night.js';
export * from './png.js';
export * from './record.js';
export { drawScatter, drawVector, type Scatter, type ScatterPoint } from './vector-plot.js';
