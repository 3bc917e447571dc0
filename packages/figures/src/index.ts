export type { BenchFigureDocument } from './bench/document.js';
export { type BenchFigure, drawBench } from './bench/draw.js';
export * from './contact-sheet.js';
export * from './draw.js';
export * from './lines.js';
export { classColor, escapeXml, NIGHT } from './night.js';
export * from './png.js';
export { drawPruneSimulation, type SimulationFigureData } from './pruning/simulation.js';
export { drawPruneTheory, type TheoryFigureData } from './pruning/theory.js';
export * from './record.js';
export * from './rows.js';
export { drawScalingAgreement, drawScalingFit, type ScalingFigureData } from './scaling/fit.js';
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
export * from './worth/index.js';
