import { tInterval } from '@kindling/figures';
import { type FormResult, fitScaling, type ScalingResult } from '@kindling/scaling';
import { formatTable } from '../format.js';
import { type CurveCard, type CurveLine, WHOLE } from './curve-folder.js';

/** All seeds of one arm at one fraction: the share of test images misclassified, with its 95 % t-interval. */
export interface CurveCell {
  readonly arm: string;
  readonly fraction: number;
  /** Kept examples, the mean over seeds. */
  readonly n: number;
  readonly seeds: number;
  readonly error: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Error less random's at the same fraction, paired by seed. Null for random itself and for all. */
  readonly againstRandom: { readonly difference: number; readonly low: number | null; readonly high: number | null } | null;
}

/** Laws of the error in n, the examples kept, of one arm; `forms` is empty where there are too few sizes, and `words` says so. */
export interface CurveLaw {
  readonly arm: string;
  /** Different n, that of the whole set included. */
  readonly sizes: number;
  /** The form with the smallest extrapolation loss. */
  readonly best: FormResult['form'] | null;
  readonly forms: readonly FormResult[];
  /** The largest n, which no law was fitted to and all are judged by. */
  readonly holdout: readonly number[];
  readonly verdict: ScalingResult['comparison']['verdict'] | null;
  readonly words: string;
}

export interface CurveResults {
  readonly cells: readonly CurveCell[];
  readonly laws: readonly CurveLaw[];
  readonly words: readonly string[];
  /** The same after fine-tuning on another set, judged there; null without. */
  readonly transfer: { readonly dataSet: string; readonly cells: readonly CurveCell[]; readonly words: readonly string[] } | null;
}

/** Fewest different n that a law is fitted to. */
const LEAST_PLACES = 5;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function cellsOf(lines: readonly CurveLine[]): CurveCell[] {
  const groups = new Map<string, CurveLine[]>();
  for (const line of lines) {
    const key = JSON.stringify([line.arm, line.fraction]);
    groups.set(key, [...(groups.get(key) ?? []), line]);
  }
  const random = new Map(lines.filter(({ arm }) => arm === 'random').map((line) => [`${line.fraction} ${line.seed}`, line.accuracy]));
  return [...groups.values()].map((own) => {
    const { arm, fraction } = own[0]!;
    const interval = tInterval(own.map(({ accuracy }) => 1 - accuracy));
    const pairs = own.flatMap((line) => {
      const beside = random.get(`${fraction} ${line.seed}`);
      return beside === undefined ? [] : [beside - line.accuracy];
    });
    const paired = arm === 'random' || arm === WHOLE || pairs.length === 0 ? null : tInterval(pairs);
    return {
      arm,
      fraction,
      n: mean(own.map(({ n }) => n)),
      seeds: own.length,
      error: interval.mean,
      low: interval.low,
      high: interval.high,
      againstRandom: paired && { difference: paired.mean, low: paired.low, high: paired.high },
    };
  });
}

/** The arms that are drawn and fitted; the whole set ends each of them. */
export const armsOf = (cells: readonly CurveCell[]): string[] => [...new Set(cells.map(({ arm }) => arm))].filter((arm) => arm !== WHOLE);

function lawsOf(lines: readonly CurveLine[], test: number): CurveLaw[] {
  const arms = [...new Set(lines.map(({ arm }) => arm))].filter((arm) => arm !== WHOLE);
  return arms.map((arm) => {
    // No test image wrong is half of one, as a law has a logarithm.
    const rows = lines
      .filter((line) => line.arm === arm || line.arm === WHOLE)
      .map(({ n, accuracy }) => ({ x: n, y: Math.max(1 - accuracy, 0.5 / test) }));
    const places = new Set(rows.map(({ x }) => x)).size;
    if (places < LEAST_PLACES) {
      const words = `no law: ${places} sizes, and ${LEAST_PLACES} are needed; ask for more --fractions`;
      return { arm, sizes: places, best: null, forms: [], holdout: [], verdict: null, words };
    }
    const { best, forms, comparison, holdout } = fitScaling(rows, { bootstrap: 200 });
    const { verdict, words } = comparison;
    return { arm, sizes: places, best, forms, holdout: holdout.x as number[], verdict, words };
  });
}

const points = (value: number): string => `${Math.abs(100 * value).toFixed(2)} points`;

/** Fewest seeds that hard and easy are compared over: two may agree by chance. */
const LEAST_PAIRS = 3;

/** What the cells say, each a sentence that no other data would give. */
function wordsOf(cells: readonly CurveCell[], lines: readonly CurveLine[]): string[] {
  const words: string[] = [];
  const clear = (cell: CurveCell): -1 | 0 | 1 => {
    const { low, high } = cell.againstRandom ?? { low: null, high: null };
    return cell.seeds < LEAST_PAIRS || low === null || high === null ? 0 : high < 0 ? -1 : low > 0 ? 1 : 0;
  };
  for (const arm of armsOf(cells).filter((name) => name !== 'random')) {
    const own = cells.filter((cell) => cell.arm === arm).sort((a, b) => a.fraction - b.fraction);
    const say = (list: readonly CurveCell[], verb: string): void => {
      if (list.length === 0) return;
      const at = list.map(({ fraction, againstRandom }) => `${fraction} (${points(againstRandom!.difference)})`).join(', ');
      words.push(`${arm} ${verb} random at the same size when it keeps ${at}.`);
    };
    say(
      own.filter((cell) => clear(cell) < 0),
      'errs less than',
    );
    say(
      own.filter((cell) => clear(cell) > 0),
      'errs more than',
    );
    const open = own.filter((cell) => clear(cell) === 0);
    if (open.length > 0)
      words.push(`${arm} is not told apart from random by these seeds when it keeps ${open.map(({ fraction }) => fraction).join(', ')}.`);
  }
  for (const hard of cells.filter(({ arm }) => arm.endsWith(':hard'))) {
    const [metric] = hard.arm.split(':');
    const errors = (side: string): Map<number, number> =>
      new Map(
        lines
          .filter(({ arm, fraction }) => arm === `${metric}:${side}` && fraction === hard.fraction)
          .map(({ seed, accuracy }) => [seed, 1 - accuracy]),
      );
    const easy = errors('easy');
    const pairs = [...errors('hard')].flatMap(([seed, error]) => (easy.has(seed) ? [error - easy.get(seed)!] : []));
    if (pairs.length < LEAST_PAIRS) continue;
    const { mean: difference, low, high } = tInterval(pairs);
    const side = high! < 0 ? 'the hard ones' : low! > 0 ? 'the easy ones' : undefined;
    const kept = `${Math.round(hard.n)} examples (${hard.fraction})`;
    words.push(
      side
        ? `Of ${kept} by ${metric}, ${side} teach more: ${points(difference)} less error.`
        : `Of ${kept} by ${metric}, hard and easy are not told apart by these seeds.`,
    );
  }
  if (words.length === 0) return words;
  words.push(
    'Theory (kindling prune theory): keep easy while data is scarce, hard once it is abundant; see where the order turns above, if it does.',
  );
  return words;
}

/** Cells, laws and words of a folder's lines. @param test images that an error is a share of */
export function curveResults(lines: readonly CurveLine[], test: number): CurveResults {
  const cells = cellsOf(lines);
  const tuned = lines.flatMap(({ transfer, ...line }) => (transfer ? [{ ...line, ...transfer } as CurveLine] : []));
  const after = cellsOf(tuned);
  const transfer = tuned.length > 0 ? { dataSet: tuned[0]!.dataSet, cells: after, words: wordsOf(after, tuned) } : null;
  return { cells, laws: lawsOf(lines, test), words: wordsOf(cells, lines), transfer };
}

const percent = (value: number): string => (100 * value).toFixed(2);

/** Rows of the table of cells. */
export function curveTable({ cells }: { readonly cells: readonly CurveCell[] }): { head: string[]; rows: string[][] } {
  const head = ['arm', 'kept', 'examples', 'seeds', 'error %', '95 %', 'less random', '95 %'];
  const range = (low: number | null, high: number | null): string =>
    low === null || high === null ? '–' : `${percent(low)} to ${percent(high)}`;
  const rows = cells.map(({ arm, fraction, n, seeds, error, low, high, againstRandom: beside }) => {
    const compared = beside ? [percent(beside.difference), range(beside.low, beside.high)] : ['–', '–'];
    return [
      arm,
      String(fraction),
      String(Math.round(n)),
      String(seeds),
      percent(error),
      range(low === null ? null : Math.max(0, low), high === null ? null : Math.min(1, high)),
      ...compared,
    ];
  });
  return { head, rows };
}

/** What the README says about fine-tuning. */
function transferLines(transfer: NonNullable<CurveResults['transfer']>): string[] {
  const { head, rows } = curveTable(transfer);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `## After fine-tuning on ${transfer.dataSet}`,
    '',
    `![test error on ${transfer.dataSet} against the share kept](transfer.svg)`,
    '',
    ...transfer.words.map((text) => `- ${text}`),
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    '',
  ];
}

/** What the README says about laws. */
function lawLines(laws: readonly CurveLaw[]): string[] {
  const fitted = laws.filter(({ forms }) => forms.length > 0);
  const loss = (value: number | null): string => (value === null ? '–' : value.toPrecision(3));
  const rows = fitted.flatMap(({ arm, best, forms }) =>
    forms.map(({ form, parameters, fitLoss, extrapolationLoss }) => {
      const values = Object.entries(parameters ?? {}).map(([name, value]) => `${name} ${value.toPrecision(3)}`);
      return [arm, form === best ? `**${form}**` : form, values.join(', ') || '–', loss(fitLoss), loss(extrapolationLoss)];
    }),
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = ['arm', 'form', 'parameters', 'fit loss', 'extrapolation loss'];
  return [
    '## Laws of the error in the examples kept',
    '',
    ...(fitted.length > 0 ? ['![laws](laws.svg)', ''] : []),
    ...laws.map(({ arm, words }) => `- ${arm}: ${words}`),
    '',
    ...(rows.length > 0 ? [line(head), line(head.map(() => '---')), ...rows.map(line), ''] : []),
  ];
}

/** The folder's README: what was done, the figure, the table, what it says. */
export function curveReadme(results: CurveResults, { recipe, versions, commit, date }: CurveCard, adapters: string): string {
  const { head, rows } = curveTable(results);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `# Test error against the share kept: ${recipe.dataSet}`,
    '',
    `Written by \`kindling prune curve\` ${versions.kindling}${commit ? ` (${commit.slice(0, 7)})` : ''}, ${date.slice(0, 10)}, on ${adapters}. ` +
      `${recipe.seeds.length} seeds, ${recipe.steps} steps of ${recipe.batch} for every subset, OneCycle up to ${recipe.lr}, class floor ${recipe.balance}. ` +
      `So every model looks at ${(recipe.steps * recipe.batch).toLocaleString('en')} examples, with repetition, however many are kept: what is compared is what to train on for that long, not how long a subset lasts. ` +
      'Scores and how they were made: scores/. Random draws a subset of its own for each seed; differences from it are paired by seed.',
    '',
    '![test error against the share kept](curve.svg)',
    '',
    ...results.words.map((text) => `- ${text}`),
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    '',
    ...(results.transfer ? transferLines(results.transfer) : []),
    ...lawLines(results.laws),
  ].join('\n');
}

export const curveText = (results: { readonly cells: readonly CurveCell[] }): string => {
  const { head, rows } = curveTable(results);
  return formatTable(head, rows);
};
