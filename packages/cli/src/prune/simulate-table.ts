import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { drawPruneSimulation, toPng } from '@kindling/figures';
import { planSimulation, pruneTheory, SIMULATION_CELLS, type SimulationCell, type SimulationSetting } from '@kindling/pruning';
import { makeFolder, writeWhole } from '../datagen/write.js';
import { formatTable } from '../format.js';
import { openAnnounced } from '../session.js';
import { interruptSignal, onDisk, print, printJson, say } from '../terminal.js';
import { commit, versions } from '../versions.js';
import { type SimulateOptions, simulateCell, theoryOf } from './simulate.js';
import { namingOptions } from './theory.js';

/** A cell as results.json keeps it. */
interface TableCell extends SimulationCell {
  readonly mean: number;
  readonly se: number | null;
  readonly examples: number;
  readonly kept: number;
  readonly theory: number | null;
  readonly converged: number;
  /** Largest gap of a seed to the largest margin, and mean steps of training. */
  readonly gap: number;
  readonly steps: number;
  readonly seconds: number;
  /** Load of the machine over a minute when the cell was done. */
  readonly load: number;
  readonly adapter: string;
  readonly date: string;
}

/** What the cells of one table share: another table needs another folder. */
interface TableSetting {
  readonly dimension: number;
  readonly seeds: number;
  readonly seed: number;
  readonly gap: number;
  readonly mostSteps: number;
}

interface TableRecord {
  readonly setting: TableSetting;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly cells: readonly TableCell[];
}

const FILE = 'results.json';
const FIGURE = 'theory-and-simulation';
/** How far a mean may be from theory: sampling, and what finite dimensions are allowed. */
const allowed = ({ se, theory }: TableCell): number => 3 * (se ?? Number.NaN) + 0.02 * (theory ?? Number.NaN);
const isWithin = (cell: TableCell): boolean => Math.abs(cell.mean - (cell.theory ?? Number.NaN)) <= allowed(cell);
const sameCell = (a: SimulationCell, b: SimulationCell): boolean =>
  a.alpha === b.alpha && a.keepFraction === b.keepFraction && a.keep === b.keep && a.angle === b.angle;

const placeOf = (cell: TableCell): number => SIMULATION_CELLS.findIndex((other) => sameCell(cell, other));
const byPlace = (a: TableCell, b: TableCell): number =>
  a.alpha - b.alpha || b.keepFraction - a.keepFraction || a.angle - b.angle || placeOf(a) - placeOf(b);

/** What a folder holds of this table. @throws InputError when it is another table's */
function readTable(path: string, setting: TableSetting): readonly TableCell[] {
  if (!existsSync(path)) return [];
  const text = onDisk(path, 'a readable table', 'choose another --table', () => readFileSync(path, 'utf8'));
  let record: TableRecord;
  try {
    record = JSON.parse(text) as TableRecord;
  } catch (cause) {
    const next = 'remove it, or choose another --table';
    throw new InputError({ subject: path, got: 'no JSON', expected: 'what this command wrote', next }, 2, { cause });
  }
  const [got, expected] = [JSON.stringify(record.setting), JSON.stringify(setting)];
  if (got !== expected || !Array.isArray(record.cells)) {
    throw new InputError({ subject: path, got: got ?? 'no setting', expected, next: 'give the same options, or another --table' });
  }
  return record.cells;
}

const rowsOf = (cells: readonly TableCell[]): string[][] =>
  cells.map((cell) => [
    String(cell.alpha),
    String(cell.keepFraction),
    cell.keep,
    String(cell.angle),
    String(cell.kept),
    cell.theory?.toFixed(5) ?? '–',
    cell.mean.toFixed(5),
    cell.se?.toFixed(5) ?? '–',
    cell.theory === null ? '–' : `${((100 * (cell.mean - cell.theory)) / cell.theory).toFixed(2)} %`,
    isWithin(cell) ? 'yes' : 'no',
    `${cell.converged}`,
    cell.steps.toFixed(0),
    cell.seconds.toFixed(1),
  ]);
const HEAD = ['α_tot', 'f', 'keep', 'angle', 'kept', 'theory', 'mean', 'SE', 'off', 'within', 'converged', 'steps', 'seconds'];

function readme({ dimension, seeds, seed, gap }: TableSetting, cells: readonly TableCell[]): string {
  const adapters = [...new Set(cells.map(({ adapter }) => adapter))].join('; ');
  const within = cells.filter(isWithin).length;
  return `# Pruned perceptrons, simulated, beside theory

Teacher–student perceptrons in N = ${dimension} dimensions, ${seeds} seeds a cell, drawn, scored, pruned and trained to their largest margin on the GPU
(${adapters}); error = arccos(R)/π, exact. Training ends when the margin is within ${100 * gap} % of a bound that no separator exceeds.

    kindling prune simulate --table <folder> --dimension ${dimension} --seeds ${seeds} --seed ${seed}

\`off\` is (mean − theory)/theory; \`within\`: closer to theory than 3·SE + 2 %, which ${within} of ${cells.length} cells are. Theory is for N → ∞. Seconds are of a
machine that did other work as well (its load stands in \`${FILE}\`): no measurement of speed.

![Theory and simulation](${FIGURE}.png)

\`\`\`
${formatTable(HEAD, rowsOf(cells), 3)}
\`\`\`
`;
}

/** α_tot of the lines of theory. */
const LINE = Array.from({ length: 25 }, (_, i) => 0.2 * 100 ** (i / 24));

async function drawTable(folder: string, { dimension, seeds }: TableSetting, cells: readonly TableCell[]): Promise<void> {
  const straight = cells.filter(({ angle }) => angle === 0);
  // A share of which only one amount was simulated makes no panel.
  const fractions = [0.6, 0.22, 0.1].filter((share) => straight.some(({ keepFraction }) => keepFraction === share));
  if (fractions.length === 0) return;
  const lines = [1, ...fractions].flatMap((keepFraction) =>
    (['hard', 'easy', 'random'] as const)
      .filter((keep) => keepFraction < 1 || keep === 'random')
      .map((keep) => ({
        keepFraction,
        keep,
        points: LINE.map((alpha) => ({ alpha, error: pruneTheory({ alpha, keepFraction, keep }).error })),
      })),
  );
  const svg = await drawPruneSimulation({ dimension, seeds, fractions, lines, cells: straight });
  const png = await toPng(svg);
  writeWhole(join(folder, `${FIGURE}.svg`), svg);
  writeWhole(join(folder, `${FIGURE}.png`), png);
}

/** Every cell of the table that the folder does not hold yet, then the page and the figure. */
export async function runTable(options: SimulateOptions, folder: string): Promise<number> {
  const { alpha, keepFraction, keep, angle } = options;
  for (const [option, value] of Object.entries({ '--alpha': alpha, '--keep-fraction': keepFraction, '--keep': keep, '--angle': angle })) {
    if (value === undefined) continue;
    const next = 'leave it away: the table has its own cells; or leave --table away for one cell';
    throw new InputError({ subject: option, got: `${value} beside --table`, expected: 'no cell beside --table', next });
  }
  const { dimension = 200, seeds = 400, seed = 0, gap = 2e-3, mostSteps = 20_000 } = options;
  const setting: TableSetting = { dimension, seeds, seed, gap, mostSteps };
  const settingOf = (cell: SimulationCell): SimulationSetting => ({ ...cell, ...setting });
  namingOptions(() => {
    for (const cell of SIMULATION_CELLS) planSimulation(settingOf(cell));
  });
  makeFolder(folder, '--table');
  const path = join(folder, FILE);
  const cells = [...readTable(path, setting)];
  const missing = SIMULATION_CELLS.filter((cell) => !cells.some((done) => sameCell(done, cell)));
  const environment = { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length, versions: versions(), commit: commit() };
  const signal = interruptSignal();
  if (missing.length > 0) {
    const { device, name } = await openAnnounced(options.adapter);
    try {
      for (const cell of missing) {
        const label = `α ${cell.alpha} f ${cell.keepFraction} ${cell.keep}${cell.angle === 0 ? '' : ` ${cell.angle}°`}`;
        const { result, seconds } = await simulateCell(device, settingOf(cell), label, signal);
        const { mean, se, examples, kept, converged, steps } = result;
        const measured = { mean, se, examples, kept, theory: theoryOf(cell), converged, gap: result.gap, steps, seconds };
        cells.push({ ...cell, ...measured, load: loadavg()[0]!, adapter: name, date: new Date().toISOString() });
        writeWhole(path, `${JSON.stringify({ setting, environment, cells } satisfies TableRecord, null, 1)}\n`);
        writeWhole(join(folder, 'README.md'), readme(setting, [...cells].sort(byPlace)));
        const last = cells.at(-1)!;
        say(`${label}: ${mean.toFixed(5)} ± ${se?.toFixed(5) ?? '–'}, theory ${last.theory?.toFixed(5) ?? '–'}, ${seconds.toFixed(1)} s`);
      }
    } finally {
      device.destroy();
    }
  }
  cells.sort(byPlace);
  writeWhole(join(folder, 'README.md'), readme(setting, cells));
  await drawTable(folder, setting, cells);
  const failed = cells.filter((cell) => !isWithin(cell)).length;
  if (options.json) printJson({ folder, ...setting, failed, cells: cells.map((cell) => ({ ...cell, within: isWithin(cell) })) });
  else {
    print(formatTable(HEAD, rowsOf(cells), 3));
    print(`\n${cells.length - failed} of ${cells.length} cells within 3·SE + 2 % of theory. ${folder}`);
  }
  return failed > 0 ? 1 : 0;
}
