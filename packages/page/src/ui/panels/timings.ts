import type { TimingRow, Timings } from '../../protocol.js';
import { byId, h, setText, table } from '../dom.js';
import { percent, plural } from '../format.js';

/** Kernels that are listed; the rest is summed up. */
const LISTED = 12;

const OFF = 'Off, because measuring slows each step a little. It may be switched on while training.';

function shareBar(share: number): HTMLElement {
  const bar = h('span', { class: 'bar' });
  bar.style.width = `${(100 * share).toFixed(1)}%`;
  return h('span', { class: 'share-cell' }, h('span', { class: 'track', 'aria-hidden': 'true' }, bar), h('span', {}, percent(share, 0)));
}

/** Calls a step; a mean where steps differ. */
const calls = (count: number): string => (Number.isInteger(count) ? String(count) : count.toFixed(1));

/** The kernels of one phase, slowest first. */
function phaseTable(title: string, rows: readonly TimingRow[]): HTMLElement[] {
  if (rows.length === 0) return [];
  const sorted = [...rows].sort((a, b) => b.ms - a.ms);
  const total = rows.reduce((sum, { ms }) => sum + ms, 0);
  const rest = sorted.slice(LISTED);
  const sum = (part: readonly TimingRow[], of: (row: TimingRow) => number) => part.reduce((all, row) => all + of(row), 0);
  const cells = sorted
    .slice(0, LISTED)
    .map((row) => [
      h('span', {}, h('code', {}, row.kernel), ' ', h('small', {}, `${row.part === 'data' ? 'makes the batch, ' : ''}${row.shape}`)),
      calls(row.calls),
      row.ms.toFixed(3),
      shareBar(row.share),
    ]);
  if (rest.length)
    cells.push([
      h('span', {}, `${rest.length} more`),
      calls(sum(rest, (row) => row.calls)),
      sum(rest, ({ ms }) => ms).toFixed(3),
      shareBar(sum(rest, ({ share }) => share)),
    ]);
  return [
    h('h4', {}, `${title}: ${total.toFixed(2)} ms a step`),
    h('div', { class: 'scroll' }, table(`Time in each kernel, ${title}`, ['Kernel', 'Calls', 'ms a step', 'Share'], cells)),
  ];
}

export function resetTimings(on: boolean): void {
  byId('timings').replaceChildren();
  setText(byId('timings-note'), on ? 'Measured from the next steps on.' : OFF);
}

/** Times by kernel and phase. */
export function showTimings({ rows, steps, note }: Timings): void {
  const timed = (['warmup', 'natural'] as const).flatMap((phase) =>
    steps[phase] ? [`${plural(steps[phase], 'step')} of ${phase === 'warmup' ? 'the warm-up' : 'real images'}`] : [],
  );
  setText(byId('timings-note'), [timed.length ? `Mean over ${timed.join(' and ')}.` : '', note].filter(Boolean).join(' '));
  byId('timings').replaceChildren(
    ...phaseTable(
      'Warm-up',
      rows.filter(({ phase }) => phase === 'warmup'),
    ),
    ...phaseTable(
      'Real images',
      rows.filter(({ phase }) => phase === 'natural'),
    ),
  );
}
