export * from './contact-sheet.js';
export * from './draw.js';
export { classColor, escapeXml, NIGHT } from './night.js';
export * from './png.js';
export * from './record.js';
export * from './sweep/results.js';
export * from './sweep/statistics.js';
export * from './sweep/threshold.js';
export type { SweepRecord } from './sweep-report/facts.js';
export type { SweepFigure } from './sweep-report/figures.js';
export {
  drawSweep,
  type ReportOptions as SweepReportOptions,
  type SamplePicture,
  type SweepReport,
  sweepReport,
} from './sweep-report/page.js';
export { drawScatter, drawVector, type Scatter, type ScatterPoint } from './vector-plot.js';
