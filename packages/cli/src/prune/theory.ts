import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { drawPruneTheory, toPng } from '@kindling/figures';
import { type Keep, pruneTheory, theoryCurves } from '@kindling/pruning';
import { formatTable } from '../format.js';
import { onDisk, print, printJson, say } from '../terminal.js';

export interface TheoryOptions {
  readonly alpha?: number;
  readonly keepFraction?: number;
  readonly keep?: string;
  readonly angle?: number;
  readonly curves?: string;
  readonly json?: boolean;
}

/** Options are named as the user wrote them, not as the library calls them. */
const OPTION: Readonly<Record<string, string>> = {
  ...{ alpha: '--alpha', keepFraction: '--keep-fraction', keep: '--keep', angle: '--angle' },
  ...{
    dimension: '--dimension',
    seeds: '--seeds',
    seed: '--seed',
    gap: '--gap',
    mostSteps: '--most-steps',
    steps: '--steps',
    score: '--score',
  },
};

/** Runs `work`; an InputError about a field of the theory names the option that gave it. */
export function namingOptions<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError) || !(error.parts.subject in OPTION)) throw error;
    throw new InputError({ ...error.parts, subject: OPTION[error.parts.subject]! }, 2, { cause: error });
  }
}

/** An option that has no default. */
export function required<T>(value: T | undefined, option: string, expected: string, next: string): T {
  if (value === undefined) throw new InputError({ subject: option, got: 'nothing', expected, next });
  return value;
}

/** `kindling prune theory`: one setting, or the curves into a folder. */
export async function theory(options: TheoryOptions): Promise<number> {
  if (options.curves !== undefined) return await drawCurves(options, options.curves);
  const setting = {
    alpha: required(options.alpha, '--alpha', 'examples by dimension before pruning', 'give it, e.g. --alpha 2, or --curves <folder>'),
    keepFraction: required(options.keepFraction, '--keep-fraction', 'the share that stays', 'give it, e.g. --keep-fraction 0.6'),
    keep: (options.keep ?? 'hard') as Keep,
    angle: options.angle ?? 0,
  };
  const { error, R, kappa, rho } = namingOptions(() => pruneTheory(setting));
  if (options.json) {
    printJson({ error, R, kappa, rho, ...setting });
    return 0;
  }
  const rows = [
    ['error (share misclassified)', error.toFixed(6)],
    ['R (student · teacher)', R.toFixed(6)],
    ['kappa (margin)', kappa.toFixed(6)],
    ...(rho === null ? [] : [['rho (student · probe)', rho.toFixed(6)]]),
  ];
  print(formatTable(['', 'theory'], rows));
  return 0;
}

async function drawCurves({ alpha, keepFraction, keep, angle = 0, json }: TheoryOptions, folder: string): Promise<number> {
  for (const [value, option] of [
    [alpha, '--alpha'],
    [keepFraction, '--keep-fraction'],
    [keep, '--keep'],
  ] as const) {
    if (value === undefined) continue;
    const next = 'leave it away: the curves run over α, f, hard and easy; or leave --curves away for one setting';
    throw new InputError({ subject: option, got: `${value} beside --curves`, expected: 'only --angle and --json beside --curves', next });
  }
  onDisk(folder, 'a new folder', 'choose another --curves', () => mkdirSync(folder, { recursive: true }));
  let shown = 0;
  const curves = namingOptions(() =>
    theoryCurves({
      angle,
      onProgress: (share) => {
        if (share - shown < 0.1 && share < 1) return;
        shown = share;
        say(`kindling: theory curves ${Math.round(100 * share)} %`);
      },
    }),
  );
  onDisk(folder, 'a folder to write into', 'choose another --curves', () =>
    writeFileSync(join(folder, 'theory.json'), JSON.stringify(curves)),
  );
  const files = ['theory.json'];
  for (const { name, svg } of await drawPruneTheory(curves)) {
    const png = await toPng(svg);
    onDisk(folder, 'a folder to write into', 'choose another --curves', () => {
      writeFileSync(join(folder, `${name}.svg`), svg);
      writeFileSync(join(folder, `${name}.png`), png);
    });
    files.push(`${name}.svg`, `${name}.png`);
  }
  if (json) printJson({ folder, files, crossovers: curves.crossovers });
  else {
    const value = (at: number | null): string => (at === null ? '–' : at.toFixed(3));
    const rows = curves.crossovers.map(({ fraction, hardEasy, hardRandom }) => [String(fraction), value(hardEasy), value(hardRandom)]);
    print(formatTable(['share kept', 'hard = easy at α_tot', 'hard = random at α_tot'], rows));
    print(`Figures: ${folder}`);
  }
  return 0;
}
