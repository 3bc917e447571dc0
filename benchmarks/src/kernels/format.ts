import { formatNumber, formatShare, formatTable } from '../format.js';
import type { KernelsReport } from './report.js';

/** The table of `kindling bench kernels`. */
export function formatKernels(report: KernelsReport): string {
  const head = ['task', 'engine', 'GFLOP/s', 'min', 'max', 'spread', 'ms', 'n×times', 'ratio', 'of OpenBLAS', 'error', 'kernel'];
  const rows = report.entries.map((entry) => [
    entry.task,
    entry.engine + (entry.wrong ? ' WRONG' : ''),
    formatNumber(entry.gflops),
    formatNumber(entry.gflopsMin),
    formatNumber(entry.gflopsMax),
    formatShare(entry.spread),
    formatNumber(entry.msMedian),
    `${entry.n}×${entry.timesPerSample}`,
    entry.engine === 'kindling' ? '1' : formatNumber(report.ratios[entry.task]?.[entry.engine]),
    formatShare(entry.shareOfOpenBlas),
    entry.error === null ? '–' : entry.error.toExponential(1),
    entry.problem ?? entry.variant,
  ]);
  const ceilings = report.ceilings.map(({ name, unit, median, min, max }) => [
    name,
    `${formatNumber(median)} ${unit}`,
    `${formatNumber(min)} – ${formatNumber(max)}`,
  ]);
  const { environment: facts } = report;
  return [
    `Single ops on ${report.adapter}; convolutions 64×8×28×28 → 16, 3×3, padding 1`,
    formatTable(head, rows, 2),
    '',
    'ratio: median over rounds of the engine’s time / Kindling’s. A convolution’s share is of OpenBLAS’s matmul 1024³.',
    '',
    formatTable(['ceiling of the adapter', 'median', 'range'], ceilings, 1),
    '',
    ...report.problems.map((problem) => `problem: ${problem}`),
    `load ${report.load.toFixed(2)} before, ${report.loadAfter[0]!.toFixed(2)} after (own work included); ${facts.cores} × ${facts.cpu}; node ${facts.node}; ${facts.date}`,
    Object.entries(report.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  ].join('\n');
}
