import type { Estimate, WorthEstimate, WorthNeed, WorthRatio } from './estimate.js';

/** A number as people read it: `1,240`, `0.38`. */
export const countText = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));

const percent = (share: number): string => `${(100 * share).toFixed(2)}`;

/** `820 … 1,500`; an end that the ladder does not bound is said. */
export function rangeText(low: number | null, high: number | null): string {
  if (low === null && high === null) return '–';
  if (low === null) return `at most ${countText(high!)}`;
  return high === null ? `at least ${countText(low)}` : `${countText(low)} … ${countText(high)}`;
}

/** What an arm needs, in a table's cell. */
export function needText({ n, reached, atMost, best }: WorthNeed, ladder: readonly number[]): string {
  if (!reached) return `not reached (best ${percent(best)} %)`;
  return n === null || atMost ? `at most ${countText(ladder[0]!)}` : countText(n);
}

const valueText = ({ value }: Estimate): string => (value === null ? '–' : countText(value));

const cell = (estimate: Estimate): string => {
  const range = rangeText(estimate.low, estimate.high);
  return `${valueText(estimate)}${range === '–' ? '' : ` (${range})`}`;
};

/** One line about an arm at a target: whether the warm-up saves natural images. */
export function verdict({ arm, ratio }: WorthRatio, baseline: string): string {
  const { value, low, high } = ratio;
  if (low !== null && low > 1) {
    const factor = value === null ? `at least ${countText(low)}` : `${countText(value)} (${rangeText(low, high)})`;
    return `${arm}: ${baseline} needs ${factor} times as many natural images`;
  }
  if (high !== null && high < 1) {
    const factor = value === null ? `at most ${countText(high)}` : `${countText(value)} (${rangeText(low, high)})`;
    return `${arm}: it costs images: ${baseline} needs ${factor} times as many`;
  }
  return value === null
    ? `${arm}: the ladder does not say`
    : `${arm}: no difference that these seeds show: ${countText(value)} (${rangeText(low, high)})`;
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  row(head),
  row(head.map((_, index) => (index === 0 ? '---' : '--:'))),
  ...rows.map(row),
];

/** Verdicts on arms that have a warm-up, against an arm that computes as much. */
export const fairVerdicts = ({ targets, baseline }: WorthEstimate): { readonly target: number; readonly verdicts: readonly string[] }[] =>
  targets.map(({ target, ratios }) => ({
    target,
    verdicts: ratios.filter(({ perBatch }) => perBatch !== null).map((ratio) => verdict(ratio, baseline)),
  }));

/**
 * Tables of an estimate, as Markdown: accuracies, and for each target what each arm needs and what that replaces.
 * @param fair the same against the arm that computes as much as those with a warm-up, where there is one
 */
export function worthMarkdown(estimate: WorthEstimate, fair?: WorthEstimate): string {
  const { curves, targets, n, baseline, seeds, notes } = estimate;
  const lines = [`Mean test accuracy in %, ± half of the 95 % t-interval over ${seeds.length} seeds:`, ''];
  const half = ({ mean, high }: { mean: number; high: number | null }): string =>
    high === null ? '' : ` ± ${(100 * (high - mean)).toFixed(2)}`;
  lines.push(
    ...table(
      ['arm', 'generated + natural steps', ...n.map((images) => `n = ${countText(images)}`)],
      curves.map(({ arm, warmupSteps, naturalSteps, cells }) => [
        arm,
        `${warmupSteps} + ${naturalSteps}`,
        ...cells.map((value) => percent(value.mean) + half(value)),
      ]),
    ),
  );
  for (const { target, arms, ratios } of targets) {
    lines.push('', `Natural images needed for ${countText(100 * target)} %:`, '');
    const ratioOf = (arm: string): WorthRatio | undefined => ratios.find((one) => one.arm === arm);
    lines.push(
      ...table(
        ['arm', 'n', '95 %', `n of ${baseline} ÷ n`, 'images replaced', 'a generated batch replaces'],
        arms.map((need) => {
          const ratio = ratioOf(need.arm);
          const compared = ratio ? [cell(ratio.ratio), cell(ratio.replaces), ratio.perBatch ? cell(ratio.perBatch) : '–'] : ['1', '–', '–'];
          return [need.arm, needText(need, n), rangeText(need.low, need.high), ...compared];
        }),
      ),
    );
    if (ratios.length > 0) lines.push('', ...ratios.map((ratio) => `- ${verdict(ratio, baseline)}.`));
  }
  if (fair) {
    lines.push('', `With as much compute, against \`${fair.baseline}\`:`, '');
    for (const { target, verdicts } of fairVerdicts(fair)) {
      lines.push(...verdicts.map((text) => `- ${countText(100 * target)} %, ${text}.`));
    }
  }
  if (notes.length > 0) lines.push('', ...notes.map((note) => `Note: ${note}.`));
  return `${lines.join('\n')}\n`;
}
