import { KindlingError } from '@kindling/core';
import type { Device } from '@kindling/device';
import {
  type Keep,
  planSimulation,
  pruneTheory,
  type SimulationProgress,
  type SimulationResult,
  type SimulationSetting,
  simulate as simulateOn,
} from '@kindling/pruning';
import { formatTable } from '../format.js';
import { openAnnounced } from '../session.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { runTable } from './simulate-table.js';
import { namingOptions, required } from './theory.js';

export interface SimulateOptions {
  readonly alpha?: number;
  readonly keepFraction?: number;
  readonly keep?: string;
  readonly angle?: number;
  readonly dimension?: number;
  readonly seeds?: number;
  readonly seed?: number;
  readonly gap?: number;
  readonly mostSteps?: number;
  readonly table?: string;
  readonly adapter?: string;
  readonly json?: boolean;
}

/** Seconds between two lines of progress. */
const LINE_SECONDS = 10;

/** A line on stderr now and then. */
export function simulationLines(label: string): (progress: SimulationProgress) => void {
  let last = performance.now();
  return ({ done, seeds, together, converged, steps }) => {
    if (performance.now() - last < 1000 * LINE_SECONDS) return;
    last = performance.now();
    say(`${label} ${done + converged}/${seeds} seeds; ${together} train, ${converged} of them done after ${steps} steps`);
  };
}

/** One cell: the result and the seconds it took. */
export async function simulateCell(
  device: Device,
  setting: SimulationSetting,
  label: string,
  signal: AbortSignal,
): Promise<{ result: SimulationResult; seconds: number }> {
  const started = performance.now();
  const result = await simulateOn(device, setting, { signal, onProgress: simulationLines(label) });
  if (result.converged < result.seeds) {
    const left = result.seeds - result.converged;
    say(
      `kindling: ${left} of ${result.seeds} seeds did not reach the largest margin (gap up to ${result.gap.toPrecision(2)}); give --most-steps`,
    );
  }
  return { result, seconds: (performance.now() - started) / 1000 };
}

/** What theory says of the same setting; null outside of what its solver was tried on. */
export function theoryOf({
  alpha,
  keepFraction,
  keep,
  angle,
}: Pick<SimulationSetting, 'alpha' | 'keepFraction' | 'keep' | 'angle'>): number | null {
  try {
    return pruneTheory({ alpha, keepFraction, keep, angle: angle ?? 0 }).error;
  } catch (error) {
    if (error instanceof KindlingError) return null;
    throw error;
  }
}

/** `kindling prune simulate`: one cell, or the table into a folder. */
export async function simulate(options: SimulateOptions): Promise<number> {
  if (options.table !== undefined) return await runTable(options, options.table);
  const { angle = 0, dimension = 200, seeds = 400, seed = 0, gap, mostSteps } = options;
  const setting: SimulationSetting = {
    alpha: required(options.alpha, '--alpha', 'examples by dimension before pruning', 'give it, e.g. --alpha 2, or --table <folder>'),
    keepFraction: required(options.keepFraction, '--keep-fraction', 'the share that stays', 'give it, e.g. --keep-fraction 0.6'),
    keep: (options.keep ?? 'hard') as Keep,
    ...{ angle, dimension, seeds, seed },
    ...(gap === undefined ? {} : { gap }),
    ...(mostSteps === undefined ? {} : { mostSteps }),
  };
  namingOptions(() => planSimulation(setting));
  const signal = interruptSignal();
  const { device, name } = await openAnnounced(options.adapter);
  try {
    const { result, seconds } = await simulateCell(device, setting, 'simulate', signal);
    const { mean, se, examples, kept, converged, steps } = result;
    const expected = theoryOf(setting);
    if (options.json) {
      const { alpha, keepFraction, keep } = setting;
      const cell = { alpha, keepFraction, keep, angle, seed, examples, kept };
      printJson({ mean, se, seeds, dimension, ...cell, converged, gap: result.gap, steps, theory: expected, adapter: name, seconds });
      return 0;
    }
    const rows = [
      ['error (share misclassified)', mean.toFixed(6)],
      ['its standard error', se === null ? '–' : se.toFixed(6)],
      ['theory, N → ∞', expected === null ? '–' : expected.toFixed(6)],
      ['examples, kept', `${examples}, ${kept}`],
      ['seeds that converged', `${converged} of ${seeds}`],
      ['steps a seed', steps.toFixed(0)],
      ['seconds', seconds.toFixed(1)],
    ];
    print(formatTable(['', `N = ${dimension}, ${seeds} seeds`], rows));
    return 0;
  } finally {
    device.destroy();
  }
}
