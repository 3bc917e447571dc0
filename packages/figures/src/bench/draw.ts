import { openStudio } from '../frame.js';
import { NARROW } from '../style.js';
import type { BenchFigureDocument } from './document.js';
import { entriesFigure } from './entries.js';
import { headlineFigure } from './headline.js';

export interface BenchFigure {
  readonly name: 'headline' | 'headline-narrow' | 'entries';
  readonly svg: string;
}

/** Draws a document of `kindling bench`: seconds to an accuracy in two widths where it holds such runs, else its entries. None where nothing ran. */
export async function drawBench(document: BenchFigureDocument): Promise<BenchFigure[]> {
  const studio = await openStudio();
  const { headline } = document;
  const drawn: [BenchFigure['name'], string | undefined][] = headline
    ? [
        ['headline', headlineFigure(studio, { ...document, headline })],
        ['headline-narrow', headlineFigure(studio, { ...document, headline }, NARROW)],
      ]
    : [['entries', entriesFigure(studio, document)]];
  return drawn.flatMap(([name, svg]) => (svg === undefined ? [] : [{ name, svg }]));
}
