import { formatNumber, formatTable } from '../format.js';
import type { CompareEntry, RunComparison } from './compare.js';
import type { LoadedRun } from './load.js';

const ratio = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : '–');
const row = ({ id, ratio: raw, ratioToCeilings, low, high, verdict, by, n }: CompareEntry): string[] => [
  id,
  ratio(raw),
  ratio(ratioToCeilings),
  `${ratio(low)} – ${ratio(high)}`,
  `${n[0]}, ${n[1]}`,
  by === 'cpu' ? `${verdict} (CPU time)` : verdict,
];

/** The answer in one line. */
export function conclusion({ entries, slower, faster, wrong }: RunComparison): string {
  const parts = [
    ...(slower > 0 ? [`${slower} slower`] : []),
    ...(wrong > 0 ? [`${wrong} wrong in B`] : []),
    ...(faster > 0 ? [`${faster} faster`] : []),
  ];
  return parts.length === 0 ? `no difference in ${entries.length} entries` : `${parts.join(', ')}, of ${entries.length} entries`;
}

/** The table of `kindling bench compare`: what differs last, where the eye is. */
export function formatComparison(result: RunComparison, a: LoadedRun, b: LoadedRun): string {
  const order = ['no difference', 'faster', 'wrong', 'slower'];
  const entries = [...result.entries].sort((x, y) => order.indexOf(x.verdict) - order.indexOf(y.verdict));
  const { machine } = result;
  return [
    `A ${a.date}, load ${formatNumber(a.load)}; B ${b.date}, load ${formatNumber(b.load)}; on ${a.adapter}`,
    formatTable(['entry', 'B/A', 'to ceilings', '95 % of all', 'n', 'verdict'], entries.map(row), 1),
    '',
    `B/A: time of the quickest quarter of the samples; to ceilings: divided by the machine's own ceilings, which took ${ratio(machine.ratio)} times as long in`,
    `B (${ratio(machine.low)} – ${ratio(machine.high)}). A difference holds both ways, for all entries at once, and is larger than ${Number((100 * result.threshold).toFixed(3))} %.`,
    'CPU time: of the process, on software adapters; it decides where the clock on the wall shows no difference.',
    ...result.unmatched.map((id) => `not compared: ${id}: measured, and right, in one of the runs only`),
    ...[a, b].flatMap((run, i) => (run.slowed === null ? [] : [`${'AB'[i]} was slowed down on purpose: ${run.slowed}`])),
    conclusion(result),
  ].join('\n');
}
