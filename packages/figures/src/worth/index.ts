import { openStudio } from '../frame.js';
import type { SweepFigure } from '../sweep-report/figures.js';
import type { WorthEstimate } from './estimate.js';
import { worthFigure } from './figure.js';

export * from './estimate.js';
export { fairVerdicts, needText, rangeText, verdict, worthMarkdown } from './words.js';

/** Draws an estimate. @param captions lines below the figure: the data and the run */
export const drawWorth = async (estimate: WorthEstimate, captions: readonly string[]): Promise<SweepFigure> =>
  worthFigure(await openStudio(), estimate, captions);
