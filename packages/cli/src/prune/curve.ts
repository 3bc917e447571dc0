import { join } from 'node:path';
import { toPng } from '@kindling/figures';
import { wholeOption } from '../datagen/recipe.js';
import { writeWhole } from '../datagen/write.js';
import { formatDuration } from '../sweep/progress.js';
import { ResultsWriter, readResults } from '../sweep/results-folder.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { commit, versions } from '../versions.js';
import { drawCurve, drawLaws } from './curve-figures.js';
import { CURVE, type CurveCard, type CurveLine, curveTrials } from './curve-folder.js';
import { type CurveAsked, curveRecipe } from './curve-recipe.js';
import { curveReadme, curveResults, curveText } from './curve-report.js';
import { runCurve } from './curve-run.js';
import { required } from './theory.js';

export interface CurveOptions extends CurveAsked {
  readonly together?: number;
  readonly adapter?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Most trials in the same dispatches unless told otherwise. */
const TOGETHER = 16;

/** `kindling prune curve`: retrains on what each metric keeps; goes on where an earlier call was stopped. */
export async function curve(options: CurveOptions): Promise<number> {
  const recipe = curveRecipe(options);
  const together = wholeOption('--together', options.together ?? TOGETHER, 1, 4096);
  const out = required(
    options.out,
    '--out',
    'the folder of the results',
    'write e.g. --out runs/curve; the same command goes on after a stop',
  );
  if (recipe.seeds.length < 5) say(`kindling: ${recipe.seeds.length} seeds: intervals will be wide; five or more tell more`);
  const made: CurveCard = {
    kind: 'prune-curve',
    recipe,
    lines: curveTrials(recipe).length,
    data: {},
    versions: versions(),
    commit: commit()?.commit ?? null,
    date: new Date().toISOString(),
  };
  const signal = interruptSignal();
  const writer = new ResultsWriter(CURVE, out, made);
  let summary: Awaited<ReturnType<typeof runCurve>>;
  try {
    for (const note of writer.notes) say(`kindling: ${note}`);
    const { data, adapter } = options;
    summary = await runCurve(recipe, writer, { together, data, adapter, named: options.dataSet !== undefined, signal });
  } finally {
    writer.close();
  }
  const { card, lines } = readResults(out, CURVE);
  const own = lines as readonly CurveLine[];
  const results = curveResults(own, Object.values(card.data)[0]?.test ?? 10_000);
  const adapters = [...new Set(own.map(({ adapter }) => adapter ?? 'an unknown adapter'))].join('; ');
  const svg = await drawCurve(results, card, adapters);
  const document = { kind: 'prune-curve', recipe, adapters, ...results };
  writeWhole(join(out, 'curve.json'), `${JSON.stringify(document, null, 2)}\n`);
  writeWhole(join(out, 'curve.svg'), svg);
  writeWhole(join(out, 'curve.png'), await toPng(svg));
  const tuned = results.transfer === null ? undefined : await drawCurve(results, card, adapters, true);
  if (tuned !== undefined) {
    writeWhole(join(out, 'transfer.svg'), tuned);
    writeWhole(join(out, 'transfer.png'), await toPng(tuned));
  }
  const laws = await drawLaws(results, card, adapters);
  if (laws !== undefined) {
    writeWhole(join(out, 'laws.svg'), laws);
    writeWhole(join(out, 'laws.png'), await toPng(laws));
  }
  // What `kindling scaling fit` reads.
  const csv = own.map(({ arm, fraction, n, seed, accuracy }) => [arm, fraction, n, seed, 1 - accuracy].join());
  writeWhole(join(out, 'curve.csv'), `arm,fraction,n,seed,error\n${csv.join('\n')}\n`);
  writeWhole(join(out, 'README.md'), curveReadme(results, card, adapters));
  if (options.json) {
    printJson({ folder: out, ...summary, ...document });
    return 0;
  }
  print(curveText(results));
  print();
  for (const text of results.words) print(text);
  if (results.transfer) {
    print(`\nAfter fine-tuning on ${results.transfer.dataSet}:\n\n${curveText(results.transfer)}\n`);
    for (const text of results.transfer.words) print(text);
  }
  for (const { arm, words } of results.laws) print(`${arm}, error by examples: ${words}`);
  const { ran, found, seconds } = summary;
  print(`\n${ran} trials in ${formatDuration(seconds)}${found > 0 ? `, ${found} were there already` : ''}.`);
  print(
    `Folder: ${out} (results.jsonl, scores/, curve.json, curve.csv, curve.svg, curve.png, ${tuned === undefined ? '' : 'transfer.svg, transfer.png, '}${laws === undefined ? '' : 'laws.svg, laws.png, '}README.md)`,
  );
  return 0;
}
