import { type Binds, type KernelRow, phaseName as name, type PhaseReport, type ProfileReport } from '@kindling/profile';
import { formatTable, wrap } from '../format.js';

/** Three significant digits. */
function digits(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  return value.toFixed(Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(Math.abs(value))))));
}
const percent = (share: number | null): string => (share === null ? '–' : `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`);
const count = (bytes: number): string => bytes.toLocaleString('en');

const BINDS: Readonly<Record<Binds, string>> = { memory: 'memory', compute: 'compute', latency: 'latency', uncounted: 'not counted' };

const kernelHead = ['kernel', 'sizes', 'calls', 'µs', 'ms/step', 'share', 'MB', 'MFLOP', 'GB/s', 'GFLOP/s', 'of ceiling', 'binds'];
const kernelCells = (row: KernelRow): string[] => [
  row.name,
  row.shape,
  String(Number(row.callsPerStep.toFixed(2))),
  digits(row.usMedian),
  digits(row.msPerStep),
  percent(row.share),
  digits(row.bytes === null ? null : row.bytes / 1e6),
  digits(row.flops === null ? null : row.flops / 1e6),
  digits(row.gbPerSecond),
  digits(row.gflops),
  percent(row.shareOfCeiling),
  row.binds === null ? '–' : BINDS[row.binds],
];

function phaseTitle({ phase, steps, profiled, plain, leftOut }: PhaseReport): string {
  if (phase === 'evaluation') return `${name(phase)}: ${steps} of the whole test half`;
  const timed =
    profiled > 0 ? `, ${profiled} timed kernel by kernel, ${plain} as a whole${leftOut > 0 ? `, the first ${leftOut} left out` : ''}` : '';
  return `${name(phase)}: ${steps} steps${timed}`;
}

function phaseNotes({ phase, stepMs, sum, cost }: PhaseReport, timing: ProfileReport['timing']): string[] {
  const notes: string[] = [];
  if (stepMs !== null) notes.push(`a step takes ${digits(stepMs)} ms${timing === 'timestamps' ? ' on the GPU' : ', repeated by itself'}`);
  if (sum) {
    const unit = phase === 'evaluation' ? 'evaluation' : 'step';
    notes.push(`kernels add up to ${(100 * sum.ratio).toFixed(1)} % of the ${unit}${timing === 'timestamps' ? ' timed the same way' : ''}`);
  }
  if (cost) notes.push(`timing each kernel makes it ${cost.ratio.toFixed(2)} times as long (${cost.pairs} pairs)`);
  return notes.length > 0 ? [wrap(`${notes.join('; ')}.`, '  ')] : [];
}

export function formatKernels({ kernels, phases, timing }: ProfileReport): string {
  return phases
    .map((phase) =>
      [
        phaseTitle(phase),
        formatTable(kernelHead, kernels.filter((row) => row.phase === phase.phase).map(kernelCells), 2),
        ...phaseNotes(phase, timing),
      ].join('\n'),
    )
    .join('\n\n');
}

export function formatHost({ phases }: ProfileReport): string {
  const head = ['host, ms of all steps', 'encode', 'submit', 'upload', 'wait', 'readback', 'other', 'wall'];
  const rows = phases.map(({ phase, host, wallSeconds }) => [
    name(phase),
    ...(['encode', 'submit', 'upload', 'wait', 'readback', 'other'] as const).map((work) => digits(host[work])),
    digits(1000 * wallSeconds),
  ]);
  return formatTable(head, rows);
}

export function formatCeilings({ ceilings }: ProfileReport): string {
  const rows = ceilings.map(({ name: what, unit, median, min, max, n }) => [
    what,
    `${digits(unit === 'µs' ? min : max)} ${unit}`,
    digits(median),
    String(n),
  ]);
  return formatTable(['ceiling of the adapter', 'best', 'median', 'n'], rows);
}

export function formatLedger({ ledger }: ProfileReport): string {
  const head = ['bytes between host and GPU', 'direction', 'bytes', 'times', 'a step', 'moved by'];
  const rows = ledger.rows.map(({ phase, part, direction, bytes, transfers, bytesPerStep, site, caller, through, call }) => [
    part === phase || part === 'evaluate' ? name(phase) : `${name(phase)}: ${part}`,
    direction === 'toGpu' ? 'host → GPU' : 'GPU → host',
    count(bytes),
    String(transfers),
    digits(bytesPerStep),
    `${site} ${[caller, through || call].filter((text) => text !== '').join(' › ')}`,
  ]);
  const table = formatTable(head, rows, 2).split('\n');
  // The last column is prose: flush left.
  const width = Math.max(...rows.map((row) => row[5]!.length), head[5]!.length);
  const left = table.map((line, i) => {
    if (i === 1) return line;
    const text = (i === 0 ? head : rows[i - 2]!)[5]!;
    return `${line
      .slice(0, line.length - text.length)
      .trimEnd()
      .padEnd(table[1]!.length - width)}${text}`;
  });
  return left.join('\n');
}

/** What `--assert-zero-copy` found, in a sentence. */
export function formatVerdict({ ledger: { zeroCopy } }: ProfileReport): string {
  if (zeroCopy.phases.length === 0) return 'Zero copy: no step was run.';
  if (zeroCopy.passed) {
    return `Zero copy: no ${zeroCopy.phases.map(({ phase }) => name(phase)).join(' and no ')} step moved a byte between host and GPU.`;
  }
  const moved = zeroCopy.phases
    .filter(({ passed }) => !passed)
    .map(({ phase, toGpu, toHost }) => `${name(phase)} steps moved ${count(toGpu)} bytes to the GPU and ${count(toHost)} to the host`);
  const sites = [...new Set(zeroCopy.violations.map(({ site }) => site))];
  return `Zero copy: ${moved.join('; ')}. Moved by ${sites.join(', ')}.`;
}
