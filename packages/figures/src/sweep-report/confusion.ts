import type { Studio } from '../frame.js';
import { INK, textWidth } from '../style.js';
import type { SweepCell, SweepLine } from '../sweep/results.js';
import type { GroupFacts } from './facts.js';
import { bothWidths, type SweepFigure, slug } from './figures.js';
import { percent } from './text.js';

/** Whether a field of a line is a list of numbers. */
export const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'number' && Number.isFinite(item));

/** The run, for below a figure. */
export const source = (group: GroupFacts, from: string): string =>
  `${group.experiment} · ${group.dataSet} · ${group.steps.toLocaleString('en')} steps · ${from}`;

/** Test images by true and predicted class, [true][predicted], where a line holds them. */
export function confusionOf({ confusion }: SweepLine): number[][] | undefined {
  if (!Array.isArray(confusion) || !confusion.every(isNumbers)) return undefined;
  return confusion.every((row) => row.length === confusion.length) ? confusion : undefined;
}

/** Share of each true class that was taken for each class, over all seeds. */
export function meanConfusion(cell: SweepCell): number[][] | undefined {
  const known = cell.lines.flatMap((line) => {
    const matrix = confusionOf(line);
    return matrix ? [matrix] : [];
  });
  const [first] = known;
  if (!first) return undefined;
  const alike = known.filter((matrix) => matrix.length === first.length);
  return first.map((row, t) => {
    const counts = row.map((_, c) => alike.reduce((sum, matrix) => sum + matrix[t]![c]!, 0));
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => (total > 0 ? count / total : 0));
  });
}

/** Most columns of confusion matrices: of more p the first, the middle and the last are shown. */
const COLUMNS = 3;

/** Confusion matrices, a row an arm and a column a p; undefined where the record has none. */
export function confusionFigure(studio: Studio, group: GroupFacts, from: string): SweepFigure | undefined {
  const { Plot } = studio;
  const known = group.cells.flatMap((cell) => {
    const matrix = meanConfusion(cell);
    return matrix ? [{ cell, matrix }] : [];
  });
  if (known.length === 0) return undefined;
  const every = [...new Set(known.map(({ cell }) => cell.p))];
  const few = every.length > COLUMNS ? [every[0]!, every[Math.floor(every.length / 2)]!, every.at(-1)!] : every;
  const shown = known.filter(({ cell }) => few.includes(cell.p));
  // Without p the arms stand side by side.
  const isFlat = few.every((p) => p === null);
  const columnOf = ({ arm, p }: SweepCell): string => (isFlat ? arm : `p = ${p}`);
  const items = shown.flatMap(({ cell, matrix }) =>
    matrix.flatMap((row, t) =>
      row.map((share, predicted) => ({
        arm: isFlat ? '' : cell.arm,
        column: columnOf(cell),
        t,
        predicted,
        share,
        text: String(Math.round(100 * share)),
      })),
    ),
  );
  const arms = isFlat ? [''] : group.arms.filter((arm) => shown.some(({ cell }) => cell.arm === arm));
  const columns = [...new Set(shown.toSorted((a, b) => (a.cell.p ?? 0) - (b.cell.p ?? 0)).map(({ cell }) => columnOf(cell)))];
  const classes = shown[0]!.matrix.length;
  const worst = shown.flatMap(({ cell, matrix }) =>
    matrix.flatMap((row, t) => row.flatMap((share, predicted) => (t === predicted ? [] : [{ cell, t, predicted, share }]))),
  );
  const most = worst.reduce((a, b) => (b.share > a.share ? b : a), worst[0]!);
  const alt = most
    ? `The largest confusion: of class ${most.t}, ${percent(most.share)} were taken for class ${most.predicted} (${most.cell.arm}).`
    : 'Confusion matrices.';
  return bothWidths(studio, `confusion-${slug(group)}`, alt, (width) => {
    const [left, right] = [58, Math.max(16, ...arms.map((arm) => 14 + textWidth(arm)))];
    const side = Math.min(230, (width - left - right) / columns.length);
    const lettered = side / classes >= 17;
    const facet = { fx: 'column', fy: 'arm', x: 'predicted', y: 't' } as const;
    return {
      title: 'Confusion matrices',
      subtitle: `Share of each true class (%) by predicted class, over all seeds.${every.length > COLUMNS ? ` Shown: p = ${few.join(', ')} of ${every.length}.` : ''}`,
      keys: [],
      panels: [
        {
          height: 70 + side * arms.length,
          options: {
            marginLeft: left,
            marginRight: right + (width - left - right - side * columns.length),
            marginTop: 30,
            marginBottom: 40,
            x: { label: 'predicted class', labelArrow: 'none', tickSize: 0 },
            y: { label: 'true class', labelArrow: 'none', tickSize: 0 },
            fx: { label: null, padding: 0.06, domain: columns },
            fy: { label: null, padding: 0.08, domain: arms },
            color: { type: 'sqrt', domain: [0, 1], range: ['#ffffff', '#08306b'] },
            marks: [
              Plot.cell(items, { ...facet, fill: 'share', stroke: '#dddddd', strokeWidth: 0.4 }),
              ...(lettered
                ? [
                    Plot.text(
                      items.filter(({ share }) => share >= 0.005 && share < 0.25),
                      { ...facet, text: 'text', fontSize: 9, fill: INK },
                    ),
                    Plot.text(
                      items.filter(({ share }) => share >= 0.25),
                      { ...facet, text: 'text', fontSize: 9, fill: 'white' },
                    ),
                  ]
                : []),
            ],
          },
        },
      ],
      captions: [source(group, from)],
    };
  });
}
