import { formatNumber, formatShare, formatTable } from './format.js';
import type { SoakReport } from './soak.js';
import type { StepReport } from './step-report.js';

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** The table of `kindling bench step`. */
export function formatStep(report: StepReport): string {
  const head = [
    'workload',
    'engine',
    'ms/step',
    'min',
    'max',
    'spread',
    'n×steps',
    'ratio',
    'dispatches',
    'submits',
    'host bytes',
    'buffers',
    'first step s',
    'no disk cache',
  ];
  // An engine that is not here has no row of dashes; a line below says why.
  const ran = report.entries.filter(({ n, losses }) => n > 0 || losses.length > 0);
  const rows = ran.map((entry) => [
    entry.workload,
    entry.engine + (entry.wrong ? ' WRONG' : ''),
    formatNumber(entry.msMedian),
    formatNumber(entry.msMin),
    formatNumber(entry.msMax),
    formatShare(entry.spread),
    `${entry.n}×${entry.stepsPerBlock}`,
    entry.engine === 'kindling' ? '1' : formatNumber(report.ratios[entry.workload]?.[entry.engine]),
    formatNumber(entry.dispatchesPerStep),
    formatNumber(entry.submitsPerStep),
    formatNumber(entry.hostBytesPerStep),
    formatNumber(entry.buffersPerStep),
    formatNumber(entry.firstStepSeconds),
    formatNumber(entry.uncachedFirstStepSeconds ?? null),
  ]);
  const problems = ran.filter(({ problem }) => problem !== undefined);
  const idle = new Map<string, string[]>();
  for (const { engine, workload, problem } of report.entries.filter((entry) => !ran.includes(entry))) {
    const line = `${engine}: ${problem ?? 'it gave no result'}`;
    idle.set(line, [...(idle.get(line) ?? []), workload]);
  }
  const losses = report.entries.filter(({ workload, losses: all }) => workload === 'step' && all.length > 0);
  const { environment: facts } = report;
  return [
    `Poster CNN, batch 64, cross-entropy, Adam, on ${report.adapter}`,
    formatTable(head, rows, 2),
    '',
    'ratio: median over rounds of the engine’s time / Kindling’s. Dispatches to buffers are counted a step; torch uses no WebGPU.',
    ...losses.map(
      ({ engine, losses: all }) => `losses ${engine}: ${all[0]!.toFixed(5)} … ${all.at(-1)!.toFixed(5)} after ${all.length} steps`,
    ),
    ...problems.map(({ engine, workload, problem }) => `problem: ${engine}, ${workload}: ${problem}`),
    ...[...idle].map(([line, skipped]) => `not run (${skipped.join(', ')}): ${line}`),
    ...(Object.keys(report.choices).length > 0 ? [`Kindling with ${Object.keys(report.choices).length} kernels chosen by its tuner`] : []),
    `load ${report.load.toFixed(2)} before, ${report.loadAfter[0]!.toFixed(2)} after (own work included); ${facts.cores} × ${facts.cpu}`,
    `${mebibytes(report.rssBytes)} resident with all engines in one process; node ${facts.node}; ${facts.date}`,
    Object.entries(report.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ].join('\n');
}

/** The table of `kindling bench step --soak N`. */
export function formatSoak(report: SoakReport): string {
  const rows = report.memory.map(({ steps, rssBytes, heapBytes }) => [String(steps), mebibytes(rssBytes), mebibytes(heapBytes)]);
  return [
    `${report.steps} Kindling steps with fresh binary batches on ${report.adapter}`,
    formatTable(['steps', 'resident', 'JS heap'], rows, 0),
    '',
    `${formatNumber(report.msPerStep)} ms a step; resident memory at the end is ${report.growth.toFixed(3)} of that at the start; last loss ${report.lastLoss.toFixed(3)}`,
  ].join('\n');
}
