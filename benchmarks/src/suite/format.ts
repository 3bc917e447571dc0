import { formatNumber, formatShare, formatTable } from '../format.js';
import type { BenchDocument, Comparison } from './document.js';
import type { Entry } from './entry.js';

/** Large counts with separators. */
const formatRate = ({ rate }: Entry): string => {
  if (!rate) return '–';
  const value = rate.median >= 1000 ? Math.round(rate.median).toLocaleString('en') : formatNumber(rate.median);
  return `${value} ${rate.unit}`;
};

const bytes = (value: number): string => (value === 0 ? '0' : Math.round(value).toLocaleString('en'));

/** What moved from the host and from files, where it was counted. */
const moved = ({ facts }: Entry): string =>
  typeof facts.hostToGpuBytes === 'number' ? `${bytes(facts.hostToGpuBytes)} + ${bytes(Number(facts.fileBytes))}` : '';

const row = (entry: Entry): string[] => [
  entry.set,
  entry.name + (entry.engine === 'kindling' ? '' : `, ${entry.engine}`) + (entry.wrong ? ' WRONG' : ''),
  formatNumber(entry.median),
  formatNumber(entry.min),
  formatNumber(entry.max),
  formatShare(entry.spread),
  `${entry.n}×${entry.repetitions}`,
  String(entry.warmUp),
  formatRate(entry),
];

export const comparisonRow = ({ name, ratio, low, high, n }: Comparison): string[] => [
  name,
  `${formatNumber(ratio)}×`,
  `${formatNumber(low)} – ${formatNumber(high)}`,
  String(n),
];

/** The lines below every table: what was measured on, with what. */
export function footer(document: BenchDocument): string[] {
  const { environment: facts, reference, versions } = document;
  const ceilings = reference.map(
    ({ name, rate, spread }) => `${name} ${rate ? `${formatNumber(rate.median)} ${rate.unit}` : '–'} (spread ${formatShare(spread)})`,
  );
  return [
    ...document.missing.map(({ what, reason }) => `not measured: ${what}: ${reason}`),
    ...document.entries.filter(({ n, problem }) => n > 0 && problem !== undefined).map(({ id, problem }) => `problem: ${id}: ${problem}`),
    ...document.notes.map((note) => `note: ${note}`),
    ...(document.slowed === null ? [] : [`slowed down on purpose: ${document.slowed}`]),
    `ceilings in the same rounds: ${ceilings.join(', ')}`,
    `load ${document.load.toFixed(2)} before, ${document.loadAfter[0]!.toFixed(2)} after (own work included); ${facts.cores} × ${facts.cpu}; ${Math.round(document.seconds)} s`,
    `node ${facts.node}; ${facts.date}; ${Object.entries(versions)
      .filter(([name]) => name !== 'node')
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
  ];
}

/** The tables of a run of sets; what a reader wants first stands last. */
export function formatDocument(document: BenchDocument): string {
  const { entries, comparisons, passes, rounds } = document;
  const ran = entries.filter(({ n }) => n > 0);
  const counted = ran.filter((entry) => moved(entry) !== '');
  return [
    `${document.sets.join(', ')} on ${document.adapter}; ${passes} processes of ${rounds} rounds each, everything in turns`,
    formatTable(['set', 'what', 'ms', 'min', 'max', 'spread', 'n×times', 'warm-up', 'rate'], ran.map(row), 2),
    '',
    ...(counted.length === 0
      ? []
      : [
          formatTable(
            ['bytes a batch or step', 'host to GPU + files'],
            counted.map((entry) => [entry.name, moved(entry)]),
            1,
          ),
          '',
        ]),
    'ms: median of a repetition; spread: interquartile range over the median; warm-up: repetitions before the first sample.',
    ...footer(document),
    ...(comparisons.length === 0
      ? []
      : ['', formatTable(['how many times cheaper', 'ratio', '95 %', 'n'], comparisons.map(comparisonRow), 1)]),
  ].join('\n');
}
