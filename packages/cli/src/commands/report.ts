import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InputError } from '@kindling/core';
import { drawSweep, type SamplePicture, type SweepFigure, type SweepRecord, sweepReport, toPng } from '@kindling/figures';
import { makeFolder } from '../datagen/write.js';
import { writeWhole } from '../run-folder.js';
import { readSweep, type SweepFolder } from '../sweep/folder.js';
import { onDisk, print, printJson, say } from '../terminal.js';

export interface ReportOptions {
  readonly out?: string;
  readonly samples?: boolean;
  readonly margin?: number;
  readonly adapter?: string;
  readonly json?: boolean;
}

/** Where pictures of generated samples lie in a sweep's folder. */
export const SAMPLES = 'samples';

const recordOf = ({ card, lines, notes }: SweepFolder): SweepRecord => ({
  // The recipe is data here: its fields are shown by name.
  recipe: { ...card.recipe },
  expected: card.lines,
  shard: card.shard,
  data: card.data,
  versions: card.versions,
  commit: card.commit,
  date: card.date,
  lines,
  notes,
});

/** The pictures that lie in a sweep's folder; a file's name is its title: `count__step-0.png`. */
function readSamples(path: string): SamplePicture[] {
  const folder = join(path, SAMPLES);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.png'))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => {
      const file = join(folder, name);
      const bytes = onDisk(file, 'a readable picture', 'allow reading it, or delete it', () => readFileSync(file));
      return {
        title: name
          .slice(0, -'.png'.length)
          .replaceAll('__', ', ')
          .replaceAll('+', ', ')
          .replace(/\b(seed|step)-(?=\d)/g, '$1 '),
        png: bytes.toString('base64'),
      };
    });
}

/** Writes a sweep's figures as SVG and PNG; returns the paths. */
async function writeSweepFigures(figures: readonly SweepFigure[], target: string): Promise<string[]> {
  makeFolder(target);
  const paths: string[] = [];
  for (const { name, wide } of figures) {
    const path = join(target, name);
    writeWhole(`${path}.svg`, wide);
    writeWhole(`${path}.png`, await toPng(wide));
    paths.push(`${path}.svg`, `${path}.png`);
  }
  return paths;
}

/** Draws a sweep's figures from its record alone. */
export async function sweepFigures(folder: string, target = folder): Promise<string[]> {
  const sweep = readSweep(folder);
  for (const note of sweep.notes) say(`kindling: ${note}`);
  return writeSweepFigures(await drawSweep(recordOf(sweep)), target);
}

/** One page about a sweep, its figures beside it; from the record alone, unless samples are to be rendered first. */
export async function report(folder: string, options: ReportOptions): Promise<number> {
  const { margin = 0.01, out = join(folder, 'report.html') } = options;
  if (!(margin >= 0 && margin <= 1)) {
    const next = 'write e.g. --margin 0.01 for one point';
    throw new InputError({ subject: '--margin', got: String(margin), expected: 'a share of test images from 0 to 1', next });
  }
  if (options.adapter !== undefined && !options.samples) {
    const next = 'leave it out, or add --samples';
    throw new InputError({ subject: '--adapter', got: 'it without --samples', expected: 'something to render', next });
  }
  const sweep = readSweep(folder);
  for (const note of sweep.notes) say(`kindling: ${note}`);
  if (sweep.lines.length < sweep.card.lines) say(`kindling: ${folder}: ${sweep.lines.length} of ${sweep.card.lines} lines are there`);
  if (options.samples) {
    const { renderSamples } = await import('../sweep-samples.js');
    await renderSamples(sweep.card.recipe, join(folder, SAMPLES), options.adapter);
  }
  const { html, figures, groups, limits } = await sweepReport(recordOf(sweep), { samples: readSamples(folder), margin });
  const paths = await writeSweepFigures(figures, dirname(out));
  writeWhole(out, html);
  if (options.json) printJson({ report: out, figures: paths, groups, limits });
  else for (const path of [out, ...paths]) print(path);
  return 0;
}
