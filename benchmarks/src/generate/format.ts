import { formatNumber, formatShare, formatTable } from '../format.js';
import { sizeText } from './cases.js';
import type { GenerateReport, GenerationEntry } from './report.js';

/** Thousands apart, as these are large: 1,234,567. */
const formatRate = (rate: number | null): string =>
  rate === null ? '–' : rate < 100 ? formatNumber(rate) : Math.round(rate).toLocaleString('en');

/** One decimal where whole percents would hide the number. */
const formatFine = (share: number | null): string =>
  share === null || !Number.isFinite(share) ? '–' : Math.abs(share) < 0.1 ? `${(100 * share).toFixed(1)} %` : formatShare(share);

function generationRows(entries: readonly GenerationEntry[]): string[][] {
  const groups = new Map<string, GenerationEntry[]>();
  for (const entry of entries) {
    const key = `${entry.name} ${sizeText(entry.image)}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()].map((group) => {
    const [f32, u8, cpu] = (['f32', 'u8', 'cpu'] as const).map((format) => group.find((entry) => entry.format === format));
    const { name, image } = group[0]!;
    const times = f32?.imagesPerSecond && cpu?.imagesPerSecond ? f32.imagesPerSecond / cpu.imagesPerSecond : null;
    return [
      name,
      sizeText(image),
      formatRate(f32?.imagesPerSecond ?? null),
      formatNumber(f32?.gbPerSecond),
      formatFine(f32?.shareOfFill ?? null),
      formatShare(f32?.spread ?? null),
      `${f32?.n ?? 0}×${f32?.timesPerSample ?? 0}`,
      formatRate(u8?.imagesPerSecond ?? null),
      formatNumber(u8?.gbPerSecond),
      formatShare(u8?.spread ?? null),
      u8?.how === 'generation + pack' ? 'pack' : u8?.how || '–',
      formatRate(cpu?.imagesPerSecond ?? null),
      formatShare(cpu?.spread ?? null),
      formatNumber(times),
    ];
  });
}

/** The tables of `kindling bench generate`. */
export function formatGenerate(report: GenerateReport): string {
  const { entries, step, stepWithBinary, environment: facts } = report;
  const head = [
    'family',
    'size',
    'f32 img/s',
    'GB/s',
    'of fill',
    'spread',
    'n×times',
    'u8 img/s',
    'GB/s',
    'spread',
    'u8 by',
    'CPU img/s',
    'spread',
    'GPU/CPU',
  ];
  const ceilings = report.ceilings.map(({ name, median, min, max, n }) => [
    name,
    `${formatNumber(median)} GB/s`,
    `${formatNumber(min)} – ${formatNumber(max)}`,
    String(n),
  ]);
  const costs = report.costs.map(({ name, msMedian, shareOfStep }) => [name, formatNumber(msMedian), formatFine(shareOfStep)]);
  const sources = report.sources.map((source) => [
    source.name,
    formatNumber(source.msMedian === null ? null : (64 * source.msMedian) / source.batch),
    formatRate(source.imagesPerSecond),
    formatShare(source.spread),
    `${source.n}×${source.timesPerSample}`,
    formatNumber(source.ratio),
    source.how,
  ]);
  const problems = [
    ...entries
      .filter((entry) => entry.problem !== undefined)
      .map(({ name, image, format, problem }) => `${name} ${sizeText(image)} ${format}: ${problem}`),
    ...[...report.sources, ...report.ceilings]
      .filter((entry) => entry.problem !== undefined)
      .map(({ name, problem }) => `${name}: ${problem}`),
    ...(step.problem === undefined ? [] : [`step: ${step.problem}`]),
    ...(stepWithBinary.problem === undefined ? [] : [`step with a fresh binary batch: ${stepWithBinary.problem}`]),
  ];
  return [
    `Generated batches of ${report.batch}, images and labels, on ${report.adapter}`,
    formatTable(head, generationRows(entries), 2),
    '',
    'u8 by pack: generation + pack, a pass that reads the f32 pixels and writes bytes; direct: the kernel writes bytes. GB/s: bytes of the finished images.',
    'of fill: share of the bandwidth of the first ceiling, round by round. CPU: the families’ twins through sample() on two workers, which also list',
    'their draws.',
    '',
    formatTable(['ceiling of the adapter', 'median', 'range', 'n'], ceilings, 1),
    '',
    `One training step of the poster CNN at batch 64: ${formatNumber(step.msMedian)} ms (spread ${formatShare(step.spread)}, n ${step.n}×${step.timesPerSample}); with a fresh`,
    `binary batch in it ${formatNumber(stepWithBinary.msMedian)} ms (spread ${formatShare(stepWithBinary.spread)}): a difference of ${formatFine(report.addedShare)} of a step, round by round.`,
    formatTable(['batch of 64 at 28×28, f32', 'ms', 'of a step'], costs, 1),
    '',
    'A random binary batch [64,1,28,28] beside other ways to a batch on the device; ratio: time an image / Kindling’s of the same round',
    formatTable(['source', 'ms a batch', 'img/s', 'spread', 'n×times', 'ratio', 'how'], sources, 1),
    '',
    ...report.skipped.map((line) => `left out: ${line}`),
    ...problems.map((line) => `problem: ${line}`),
    `load ${report.load.toFixed(2)} before, ${report.loadAfter[0]!.toFixed(2)} after (own work included); ${facts.cores} × ${facts.cpu}; ${Math.round(report.seconds)} s`,
    `node ${facts.node}; ${facts.date}; ${Object.entries(report.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
  ].join('\n');
}
