import type { LedgerRow } from '../ledger-report.js';
import { type KernelRow, type PhaseReport, type ProfileReport, phaseName } from '../report.js';
import { flame } from './flame.js';
import { type Numbered, placeable, roofline } from './roofline.js';
import { STYLE } from './style.js';
import { bytesText, countText, digits, escapeXml, percent } from './text.js';

const WIDE = 1000;
const NARROW = 350;

interface Column<T> {
  readonly head: string;
  readonly left?: boolean;
  readonly cell: (row: T) => string;
}

const table = <T>(columns: readonly Column<T>[], rows: readonly T[]): string => {
  const mark = ({ left }: Column<T>): string => (left ? ' class="l"' : '');
  const head = columns.map((column) => `<th${mark(column)}>${column.head}</th>`).join('');
  const body = rows.map((row) => `<tr>${columns.map((column) => `<td${mark(column)}>${column.cell(row)}</td>`).join('')}</tr>`).join('\n');
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
};

const both = (draw: (width: number) => string): string => `<div class="wide">${draw(WIDE)}</div><div class="narrow">${draw(NARROW)}</div>`;

const swatch = (phase: string): string => `<i class="swatch ${escapeXml(phase)}"></i>`;

const BINDS: Readonly<Record<string, string>> = {
  memory: 'memory',
  compute: 'compute',
  latency: 'launch latency',
  uncounted: 'not counted',
};

const kernelColumns: readonly Column<Numbered>[] = [
  { head: '#', cell: ({ number }) => String(number) },
  {
    head: 'kernel',
    left: true,
    cell: ({ row }) => `<code>${escapeXml(row.name)}</code><br><small>${escapeXml(row.shape || 'sizes unknown')}</small>`,
  },
  { head: 'calls<br>a step', cell: ({ row }) => countText(row.callsPerStep) },
  { head: 'µs<br>a call', cell: ({ row }) => digits(row.usMedian) },
  { head: 'ms<br>a step', cell: ({ row }) => digits(row.msPerStep) },
  { head: 'share', cell: ({ row }) => percent(row.share) },
  { head: 'bytes', cell: ({ row }) => bytesText(row.bytes) },
  { head: 'MFLOP', cell: ({ row }) => digits(row.flops === null ? null : row.flops / 1e6) },
  { head: 'GB/s', cell: ({ row }) => digits(row.gbPerSecond) },
  { head: 'GFLOP/s', cell: ({ row }) => digits(row.gflops) },
  { head: 'of its<br>ceiling', cell: ({ row }) => percent(row.shareOfCeiling) },
  { head: 'binds', left: true, cell: ({ row }) => (row.binds === null ? '–' : BINDS[row.binds]!) },
];

const hostColumns: readonly Column<PhaseReport>[] = [
  { head: 'phase', left: true, cell: ({ phase }) => `${swatch(phase)}${escapeXml(phaseName(phase))}` },
  { head: 'steps', cell: ({ steps }) => String(steps) },
  { head: 'a step<br>ms', cell: ({ stepMs }) => digits(stepMs) },
  { head: 'kernels<br>of step', cell: ({ sum }) => (sum ? `${percent(sum.ratio)}${sum.within10Percent ? '' : ' !'}` : '–') },
  { head: 'timing<br>costs', cell: ({ cost }) => (cost ? `${cost.ratio.toFixed(2)}×` : '–') },
  ...(['encode', 'submit', 'upload', 'wait', 'readback', 'other'] as const).map(
    (work): Column<PhaseReport> => ({ head: `${work}<br>ms`, cell: ({ host }) => digits(host[work]) }),
  ),
];

const ledgerColumns: readonly Column<LedgerRow>[] = [
  {
    head: 'phase',
    left: true,
    cell: ({ phase, part }) => escapeXml(part === phase || part === 'evaluate' ? phaseName(phase) : `${phaseName(phase)}: ${part}`),
  },
  { head: 'direction', left: true, cell: ({ direction }) => (direction === 'toGpu' ? 'host → GPU' : 'GPU → host') },
  { head: 'bytes', cell: ({ bytes }) => bytes.toLocaleString('en') },
  { head: 'times', cell: ({ transfers }) => String(transfers) },
  { head: 'a step', cell: ({ bytesPerStep }) => digits(bytesPerStep) },
  {
    head: 'moved by',
    left: true,
    cell: ({ site, caller, through, call }) =>
      `<code>${escapeXml(site)}</code><br><small>${escapeXml([caller, through, call].filter((name) => name !== '').join(' › '))}</small>`,
  },
  { head: 'what', left: true, cell: ({ labels }) => escapeXml(labels.join(', ')) },
];

function verdict({ ledger: { zeroCopy } }: ProfileReport): string {
  if (zeroCopy.phases.length === 0) return '<p>No step was run.</p>';
  const names = zeroCopy.phases.map(({ phase }) => phaseName(phase)).join(' and ');
  if (zeroCopy.passed) return `<p class="verdict good">No ${escapeXml(names)} step moved a byte between host and GPU.</p>`;
  const moved = zeroCopy.phases
    .filter(({ passed }) => !passed)
    .map(({ phase, toGpu, toHost }) => `${phaseName(phase)} steps: ${bytesText(toGpu)} to the GPU, ${bytesText(toHost)} to the host`);
  return `<p class="verdict bad">Steps moved bytes. ${escapeXml(moved.join('; '))}.</p>`;
}

function ceilingsText({ ceilings }: ProfileReport): string {
  return ceilings
    .map(
      ({ name, unit, median, min, max, n }) =>
        `${name}: ${digits(unit === 'µs' ? min : max)} ${unit} at best, median ${digits(median)} of ${n}`,
    )
    .join('; ');
}

/** Kernels that have no place in the roofline, by name. */
function absent(kernels: readonly Numbered[]): string {
  const without = kernels.filter((kernel) => !placeable(kernel) && kernel.row.usMedian !== null);
  if (without.length === 0) return '';
  const listed = without.map(({ row, number }) => `${number} ${row.name} (${digits(row.gbPerSecond)} GB/s)`);
  return `<p class="faint">Without floating-point work, and so not in the plot: ${escapeXml(listed.join(', '))}.</p>`;
}

/** What the page says besides the tables. */
export interface PageFacts {
  /** One line under the title, e.g. the recipe in words. */
  readonly subtitle?: string;
  /** ISO date of the measurement. */
  readonly date?: string;
  readonly versions?: Readonly<Record<string, string>>;
}

/** A page that needs nothing else: table, roofline, flame view, ledger; for light and dark, wide and narrow screens. */
export function htmlReport(report: ProfileReport, { subtitle = '', date = '', versions = {} }: PageFacts = {}): string {
  const kernels = report.kernels.map((row: KernelRow, i): Numbered => ({ row, number: i + 1 }));
  const of = (phase: PhaseReport): Numbered[] => kernels.filter(({ row }) => row.phase === phase.phase);
  const costs = report.phases.flatMap(({ phase, cost }) =>
    cost
      ? [
          `a ${phaseName(phase)} step takes ${cost.ratio.toFixed(2)} times as long (${digits(cost.profiledMs)} ms against ${digits(cost.plainMs)} ms, ${cost.pairs} pairs)`,
        ]
      : [],
  );
  const timing =
    report.timing === 'timestamps'
      ? `Kernels are timed by timestamp queries, each dispatch in a pass of its own${costs.length > 0 ? `: ${costs.join('; ')}` : ''}.`
      : 'Kernels are timed by differences: many dispatches in one submit, less one.';
  const sections = report.phases.map(
    (phase) => `<h3>${swatch(phase.phase)}${escapeXml(phaseName(phase.phase))}</h3>${table(kernelColumns, of(phase))}`,
  );
  const used = [...new Set(report.phases.map(({ phase }) => phase))];
  const facts = [date, ...Object.entries(versions).map(([name, version]) => `${name} ${version}`)].filter((text) => text !== '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Kindling profile: ${escapeXml(report.adapter)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Where a step’s time and bytes go</h1>
<p>${escapeXml(report.adapter)}${report.software ? ' (a CPU that runs the shaders)' : ''}${subtitle === '' ? '' : `<br>${escapeXml(subtitle)}`}</p>
${verdict(report)}
${report.warnings.map((warning) => `<p class="bad">${escapeXml(warning)}</p>`).join('\n')}
<p class="faint">${escapeXml(timing)}</p>
<h2>Kernels</h2>
<p class="faint">Bytes: every element needed read once and written once. FLOP: of the formula, a multiply-add two. Share: of the phase’s kernels. A kernel above 100 % of its ceiling works in a cache that the ceiling’s 64 MiB do not fit into.</p>
${sections.join('\n')}
<h2>Roofline</h2>
<p class="legend">${used.map((phase) => `<span>${swatch(phase)}${escapeXml(phaseName(phase))}</span>`).join('')}</p>
${both((width) => roofline(report, kernels, width))}
<p class="faint">Ceilings measured on this adapter: ${escapeXml(ceilingsText(report))}. The area of a point is the kernel’s share of its phase; numbers as in the tables.</p>
${absent(kernels)}
<h2>Flame view</h2>
${report.phases
  .map((phase) =>
    both((width) =>
      flame(
        phase,
        of(phase).map(({ row }) => row),
        width,
      ),
    ),
  )
  .join('<br>\n')}
<h2>Phases and host</h2>
${table(hostColumns, report.phases)}
<p class="faint">A step: as it runs unprofiled, timed as a whole. Kernels of step: what the kernels add up to, of the step timed the same way. Host: milliseconds of all steps together; other is the rest of the wall.</p>
<h2>Zero-copy ledger</h2>
${table(ledgerColumns, report.ledger.rows)}
<p class="faint">Every byte between host and GPU, by the line that moved it. The readback after a block of steps brings the losses of its steps; it is no step’s.</p>
${facts.length > 0 ? `<p class="faint">${escapeXml(facts.join(' · '))}</p>` : ''}
</body>
</html>
`;
}
