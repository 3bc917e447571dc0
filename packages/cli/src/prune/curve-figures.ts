import { drawLines, type LinePoint, type LineSeries } from '@kindling/figures';
import { predict } from '@kindling/scaling';
import { type CurveCard, WHOLE } from './curve-folder.js';
import { armsOf, type CurveCell, type CurveResults } from './curve-report.js';

/** A cell as a place of a figure, in %. A logarithmic axis has no 0: intervals are cut a little below the least mean, and at 100. */
function placer(cells: readonly CurveCell[], x: (cell: CurveCell) => number): (cell: CurveCell) => LinePoint {
  const least = 60 * Math.min(...cells.map(({ error }) => error));
  return (cell) => {
    const { error, low, high } = cell;
    const bars = low === null || high === null ? {} : { low: Math.max(100 * low, least), high: Math.min(100 * high, 100) };
    return { x: x(cell), y: 100 * error, ...bars };
  };
}

/** Test error against the share that is kept, with 95 % intervals; with `transfer` that on the other set after fine-tuning there. */
export function drawCurve(
  { cells: own, transfer }: CurveResults,
  { recipe, data, commit, date }: CurveCard,
  adapters: string,
  tuned = false,
): Promise<string> {
  const cells = tuned && transfer ? transfer.cells : own;
  const whole = cells.find(({ arm }) => arm === WHOLE);
  const place = placer(cells, ({ fraction }) => fraction);
  const series = armsOf(cells).map((arm): LineSeries => {
    const drawn = [...cells.filter((cell) => cell.arm === arm), ...(whole ? [whole] : [])].sort((a, b) => a.fraction - b.fraction);
    return { label: arm, points: drawn.map(place), dashed: arm === 'random' };
  });
  const set = Object.values(data)[0];
  const { seeds, steps, batch, balance } = recipe;
  return drawLines({
    title:
      tuned && transfer
        ? `Test error on ${transfer.dataSet} against the share kept of ${recipe.dataSet}`
        : `Test error against the share kept: ${recipe.dataSet}`,
    subtitle: `${tuned && recipe.transfer ? `${recipe.transfer.steps} steps of fine-tuning on all of ${recipe.transfer.dataSet}, after ` : ''}${steps} steps of ${batch} on each subset, whatever its size · ${seeds.length} seeds, 95 % t-intervals`,
    panels: [
      { x: { label: 'share of the training examples kept', log: true }, y: { label: 'test error, %', log: true }, series, height: 340 },
    ],
    captions: [
      `Class floor ${balance}. Random draws another subset for each seed.`,
      [set ? `${set.train} training images` : '', adapters, date.slice(0, 10), commit ? `commit ${commit.slice(0, 7)}` : '']
        .filter(Boolean)
        .join(' · '),
    ],
  });
}

/** Places of a law's line. */
const PLACES = 80;

/** Test error against the number of examples kept, with the law of each arm that foretells its largest sizes best; undefined where there is none. */
export async function drawLaws({ cells, laws }: CurveResults, { recipe, date }: CurveCard, adapters: string): Promise<string | undefined> {
  const fitted = laws.filter(({ best }) => best !== null);
  if (fitted.length === 0) return undefined;
  const whole = cells.filter(({ arm }) => arm === WHOLE);
  const place = placer(cells, ({ n }) => n);
  const series = fitted.flatMap(({ arm, best, forms }, look): LineSeries[] => {
    const own = [...cells.filter((cell) => cell.arm === arm), ...whole].sort((a, b) => a.n - b.n);
    const { parameters } = forms.find(({ form }) => form === best)!;
    const values = Object.values(parameters!);
    const [low, high] = [own[0]!.n, own.at(-1)!.n];
    const places = Array.from({ length: PLACES }, (_, i) => low * (high / low) ** (i / (PLACES - 1)));
    return [
      {
        label: arm,
        points: own.map(place),
        draw: 'marks',
        look,
      },
      {
        label: `${arm}: ${best}`,
        points: places.map((x) => ({ x, y: 100 * predict(best!, values, x) })),
        draw: 'plain',
        dashed: true,
        look,
      },
    ];
  });
  const held = [...new Set(fitted.flatMap(({ holdout }) => holdout))].sort((a, b) => a - b);
  return await drawLines({
    title: `Laws of the test error in the examples kept: ${recipe.dataSet}`,
    subtitle: `the form of each that foretells its largest sizes best; ${recipe.steps} steps of ${recipe.batch} on each subset, whatever its size`,
    panels: [{ x: { label: 'training examples kept', log: true }, y: { label: 'test error, %', log: true }, series, height: 340 }],
    captions: [
      `Laws are fitted to all sizes but ${held.map((n) => n.toLocaleString('en')).join(' and ')}, which judge them. Marks: means with 95 % t-intervals.`,
      [adapters, date.slice(0, 10)].join(' · '),
    ],
  });
}
