import { formatNumber, formatTable } from '../format.js';
import { median } from '../statistics.js';
import { footer } from '../suite/format.js';
import type { HeadlineDocument, HeadlineEntry } from './bench.js';
import { components } from './contestant.js';

function row({ engine, source, runs, wrong }: HeadlineEntry): string[] {
  const middle = (values: readonly number[]): string => formatNumber(values.length === 0 ? null : median(values));
  const totals = runs.map(({ total }) => total);
  const reached = runs.filter((run) => run.reached).length;
  return [
    engine + (wrong ? ' WRONG' : ''),
    source,
    `${reached} of ${runs.length}`,
    middle(runs.map(({ steps }) => steps)),
    middle(totals),
    totals.length === 0 ? '–' : `${formatNumber(Math.min(...totals))} – ${formatNumber(Math.max(...totals))}`,
    ...[...components, 'evaluate' as const].map((name) => middle(runs.map(({ seconds }) => seconds[name]))),
  ];
}

/** The table of `kindling bench headline`. */
export function formatHeadline(document: HeadlineDocument): string {
  const { accuracy, maxSteps, evaluateEvery, batch, learningRate, contestants } = document.headline;
  const rows = contestants.filter(({ runs }) => runs.length > 0).map(row);
  return [
    `Seconds to ${Number((100 * accuracy).toFixed(2))} % of MNIST's 10,000 test images on ${document.adapter}`,
    `Poster CNN, batch ${batch}, Adam at ${learningRate}, evaluated every ${evaluateEvery} steps, at most ${maxSteps} steps; medians over ${document.rounds} seeds`,
    '',
    formatTable(['engine', 'data', 'reached', 'steps', 'total s', 'range', ...components, '(evaluate)'], rows, 2),
    '',
    'Evaluations are off the clock: the last column is in no total.',
    'generated: digits drawn on the device, and not one natural image. resident: the training half uploaded before the first step. Modules, device and',
    'test images are there before the clock starts. The first step of jax-js and TensorFlow.js counts as compiling. Each run is a process of its own,',
    'and the driver’s disk cache of shaders is empty: everybody compiles.',
    ...footer(document),
  ].join('\n');
}
