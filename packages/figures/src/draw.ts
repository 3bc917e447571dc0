import { accuracyFigure } from './accuracy.js';
import { compose, openStudio } from './frame.js';
import { lossFigure } from './loss.js';
import type { RunRecord } from './record.js';
import { clip, trialStyle } from './style.js';
import { timeFigure } from './time.js';

/** A drawn figure: `svg` is a whole XML document without references to anything outside it. */
export interface DrawnFigure {
  readonly name: 'loss' | 'accuracy' | 'time';
  readonly svg: string;
}

export interface DrawOptions {
  /** What the warm-up's loss is called on its axis; by default `cross-entropy` for an augment recipe, else `mean squared error`. */
  readonly warmupLoss?: string;
  /** `cross-entropy` by default. */
  readonly naturalLoss?: string;
}

/** A number that the recipe holds under one of `names`, itself or one level down. */
function recipeNumber(recipe: Readonly<Record<string, unknown>>, names: readonly string[]): number | undefined {
  const nested = Object.values(recipe).filter((value) => typeof value === 'object' && value !== null) as Record<string, unknown>[];
  for (const place of [recipe, ...nested]) for (const name of names) if (typeof place[name] === 'number') return place[name];
  return undefined;
}

const recipeText = (recipe: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined =>
  names.map((name) => recipe[name]).find((value) => typeof value === 'string');

/** `MNIST · llvmpipe · 500 steps · batch 64 · 2026-11-21 · commit abc1234`: what is known of it. */
function caption(record: RunRecord): string {
  const { recipe, adapter, date, commit } = record.header;
  const steps = recipeNumber(recipe, ['steps', 'totalSteps']);
  const batch = recipeNumber(recipe, ['batch', 'batchSize']);
  const name = recipeText(recipe, ['name', 'experiment']);
  return [
    ...(name ? [clip(name, 60)] : []),
    ...(adapter ? [clip(adapter, 70)] : []),
    ...(steps === undefined ? [] : [`${steps.toLocaleString('en')} steps`]),
    ...(batch === undefined ? [] : [`batch ${batch}`]),
    ...(date ? [date.slice(0, 10)] : []),
    ...(commit ? [`commit ${commit.slice(0, 7)}`] : []),
  ].join(' · ');
}

/**
 * Draws what a record holds: `loss` (training loss against step), `accuracy` (test accuracy against step, and final accuracies where
 * there are several trials) and `time` (where the seconds went). A figure that the record has no data for is left out, so the list of
 * a run that has only begun is empty.
 */
export async function drawRun(record: RunRecord, options: DrawOptions = {}): Promise<DrawnFigure[]> {
  const studio = await openStudio();
  const styles = new Map(record.trials.map((trial, index) => [trial, trialStyle(index)]));
  const augment = /augment/i.test(recipeText(record.header.recipe, ['experiment', 'generator', 'family', 'name']) ?? '');
  const names = {
    warmup: options.warmupLoss ?? (augment ? 'cross-entropy' : 'mean squared error'),
    natural: options.naturalLoss ?? 'cross-entropy',
  };
  const drawn = {
    loss: lossFigure(studio, record, styles, names),
    accuracy: accuracyFigure(studio, record, styles),
    time: timeFigure(studio, record),
  };
  const dropped = record.notes.length > 0 ? [`Record: ${record.notes.join('; ')}.`] : [];
  return (['loss', 'accuracy', 'time'] as const).flatMap((name) => {
    const figure = drawn[name];
    if (!figure) return [];
    return [{ name, svg: compose(studio, { ...figure, captions: [caption(record), ...figure.notes, ...dropped] }) }];
  });
}
