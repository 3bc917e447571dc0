import { escapeXml } from '../night.js';
import type { SweepCell } from '../sweep/results.js';
import type { Interval } from '../sweep/statistics.js';
import { type Comparison, type GroupFacts, testLossOf } from './facts.js';
import { PUBLISHED, publishedCurve } from './published.js';
import { PARTS, timeOf } from './savings.js';
import { teacherFacts } from './teacher.js';
import { allowed, bounds, short, signedPoints } from './text.js';

/** A table as HTML: `caption` says what its numbers are; the first column names the row. */
function table(caption: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const cells = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? `<th scope="row">${escapeXml(cell)}</th>` : `<td>${escapeXml(cell)}</td>`)).join('');
  return `<div class="table"><table><caption>${escapeXml(caption)}</caption>
<thead><tr>${head.map((cell) => `<th scope="col">${escapeXml(cell)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody></table></div>`;
}

/** `93.40 ± 0.52`; cut at 0 and 100 % the interval is not even, and both ends stand there. */
function share(interval: Interval): string {
  const centre = (100 * interval.mean).toFixed(2);
  const ends = bounds(interval);
  if (!ends) return `${centre} (${interval.n})`;
  const even = ends[0] === interval.low && ends[1] === interval.high;
  const spread = even
    ? `± ${(100 * (ends[1] - interval.mean)).toFixed(2)}`
    : `[${(100 * ends[0]).toFixed(2)}, ${(100 * ends[1]).toFixed(2)}]`;
  return `${centre} ${spread} (${interval.n})`;
}

const value = (interval: Interval | undefined): string => {
  if (!interval) return '–';
  const half = interval.high === null ? '' : ` ± ${short(interval.high - interval.mean)}`;
  return `${short(interval.mean)}${half}`;
};

const row = (p: number | null): string => (p === null ? 'end' : `p = ${p}`);

/** What the poster has at a p, as the last column of accuracies. */
function posterColumn({ experiment, dataSet }: GroupFacts): ((p: number | null) => string) | undefined {
  const curve = publishedCurve(experiment, dataSet);
  return curve && ((p) => (p === null || !curve.p.includes(p) ? '–' : (100 * curve.accuracy[curve.p.indexOf(p)]!).toFixed(1)));
}

/** One row a p, one column an arm, so that many p fit a page. */
function byArm(
  group: GroupFacts,
  caption: string,
  text: (cell: SweepCell) => string,
  more?: readonly [string, ((p: number | null) => string) | undefined],
): string {
  const [name, extra] = more ?? [];
  const rows = group.grid.map((p) => [
    row(p),
    ...group.arms.map((arm) => {
      const cell = group.cells.find((one) => one.arm === arm && one.p === p);
      return cell ? text(cell) : '–';
    }),
    ...(extra ? [extra(p)] : []),
  ]);
  return table(caption, ['', ...group.arms, ...(extra ? [name!] : [])], rows);
}

/** `+1.20 [0.40, 2.00]`, bold by a mark where the interval leaves 0 out. */
function difference({ difference: { mean, low, high }, verdict }: Comparison): string {
  if (verdict === 'same') return 'same training';
  const mark = verdict === 'better' ? ' ▲' : verdict === 'worse' ? ' ▼' : '';
  return low === null || high === null
    ? `${signedPoints(mean)} (one seed)`
    : `${signedPoints(mean)} [${signedPoints(low)}, ${signedPoints(high)}]${mark}`;
}

function comparisons(group: GroupFacts, caption: string, rows: readonly Comparison[]): string {
  const arms = group.arms.filter((arm) => rows.some((row) => row.arm === arm));
  const grid = group.grid.filter((p) => rows.some((row) => row.p === p));
  const cell = (arm: string, p: number | null): string => {
    const found = rows.find((row) => row.arm === arm && row.p === p);
    return found ? difference(found) : '–';
  };
  return table(
    caption,
    ['', ...arms],
    grid.map((p) => [row(p), ...arms.map((arm) => cell(arm, p))]),
  );
}

/** The time table: seconds by part of every cell. */
function times(group: GroupFacts): string {
  const parts = [...PARTS.filter((part) => part !== 'teacher' || group.cells.some((cell) => timeOf(cell, part))), 'total'];
  const rows = group.cells.map((cell) => [
    cell.p === null ? cell.arm : `${cell.arm}, p = ${cell.p}`,
    ...parts.map((part) => value(timeOf(cell, part))),
  ]);
  const teacher = teacherFacts(group);
  const beyond = teacher ? `; ${teacher.split ? 'teacher' : 'part of generate in guarded'}: ${teacher.steps} steps beyond the budget` : '';
  return table(`Mean seconds of a trial by what they went on; ± where measured more than once${beyond}`, ['trial', ...parts], rows);
}

/** Every number of a group that its figures show, and those that its sentences rest on. */
export function groupTables(group: GroupFacts): string {
  const marks = '▲ and ▼: the interval leaves 0 out';
  return [
    byArm(
      group,
      `Final test accuracy in %, mean ± half of the 95 % t-interval (seeds)${posterColumn(group) ? `; poster: ${PUBLISHED.steps} steps, one seed, ±1` : ''}`,
      (cell) => share(cell.accuracy),
      ['poster', posterColumn(group)],
    ),
    comparisons(group, `Accuracy less that of skip at the same p, seed by seed, in points with 95 % interval; ${marks}`, group.againstSkip),
    comparisons(group, `Accuracy less that of p = 0, seed by seed, in points with 95 % interval; ${marks}`, group.againstPlain),
    comparisons(group, `Accuracy less that of control, seed by seed, in points with 95 % interval; ${marks}`, group.againstControl),
    table(
      `Threshold: the largest p that costs no more than ${allowed(group.margin)}, 95 % bootstrap interval over seeds`,
      ['arm', 'threshold', '95 % interval', 'first that fails', 'seeds'],
      group.thresholds.map(({ arm, threshold, low, high, atLeast, fails, seeds }) => [
        arm,
        threshold === null ? '–' : threshold === 0 && fails !== null ? `< ${fails}` : `${atLeast ? '≥ ' : ''}${threshold}`,
        low === null ? '–' : `${low} to ${high}`,
        fails === null ? '–' : String(fails),
        String(seeds),
      ]),
    ),
    byArm(group, 'Test cross-entropy, mean ± half of the 95 % t-interval', (cell) => value(testLossOf(cell))),
    times(group),
  ].join('\n');
}
