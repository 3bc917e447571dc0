import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { type BenchFigureDocument, drawBench, toPng } from '@kindling/figures';
import { writeWhole } from '../run-folder.js';
import { onDisk } from '../terminal.js';

const REPORT = 'report.json';

/** Whether a folder is a record of `kindling bench`. */
export const isBenchRecord = (folder: string): boolean => existsSync(join(folder, REPORT)) && !existsSync(join(folder, 'metrics.jsonl'));

function readDocument(folder: string): BenchFigureDocument {
  const path = join(folder, REPORT);
  const next = 'point at a folder that `kindling bench record` has written';
  const text = onDisk(path, 'a readable file', next, () => readFileSync(path, 'utf8'));
  let document: Partial<BenchFigureDocument> & { schema?: unknown };
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new InputError({ subject: path, got: (cause as Error).message, expected: 'JSON', next });
  }
  if (document.schema === 'kindling-bench/1' && Array.isArray(document.entries)) return document as BenchFigureDocument;
  throw new InputError({ subject: path, got: `schema ${String(document.schema ?? 'none')}`, expected: 'kindling-bench/1', next });
}

/**
 * Draws a record's figures as SVG and PNG, from its report alone. Returns their paths.
 * @throws InputError for a folder that is no record
 */
export async function drawBenchRecord(folder: string, out = folder): Promise<string[]> {
  const figures = await drawBench(readDocument(folder));
  onDisk(out, 'a folder to write to', 'choose another --out', () => mkdirSync(out, { recursive: true }));
  const paths: string[] = [];
  for (const { name, svg } of figures) {
    for (const [ending, contents] of [
      ['svg', svg],
      ['png', await toPng(svg)],
    ] as const) {
      const path = join(out, `${name}.${ending}`);
      writeWhole(path, contents);
      paths.push(path);
    }
  }
  return paths;
}
