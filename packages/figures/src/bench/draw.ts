import { openStudio } from '../frame.js';
import type { BenchFigureDocument } from './document.js';
import { entriesFigure } from './entries.js';
import { headlineFigure } from './headline.js';

export interface BenchFigure {
  readonly name: 'headline' | 'entries';
  readonly svg: string;
}

/** Draws a document of `kindling bench`: seconds to an accuracy where it holds such runs, else its entries. None where nothing ran. */
export async function drawBench(document: BenchFigureDocument): Promise<BenchFigure[]> {
  const studio = await openStudio();
  const { headline } = document;
  const svg = headline ? headlineFigure(studio, { ...document, headline }) : entriesFigure(studio, document);
  return svg === undefined ? [] : [{ name: headline ? 'headline' : 'entries', svg }];
}
