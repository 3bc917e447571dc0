// Options of run.sh, checked.
import { parseArgs } from 'node:util';
import { stageNames } from './plan.mjs';

export const usage = `sh run.sh [options]
  --quick           fewer test files, smaller sizes, fewer samples
  --out FILE        the JSON (default: kindling-gpu.json in the current folder)
  --adapter NAME    hardware (default), lavapipe or swiftshader; a software adapter is used only when it is named here
  --only a,b        some of ${stageNames.join(', ')}; the probe always runs
  --help`;

const adapters = ['hardware', 'lavapipe', 'swiftshader'];

/** @returns the options, or {problem} in words */
export function parseOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        quick: { type: 'boolean', default: false },
        out: { type: 'string', default: 'kindling-gpu.json' },
        adapter: { type: 'string', default: 'hardware' },
        only: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    return { problem: error.message };
  }
  const { adapter, only, out } = values;
  if (!adapters.includes(adapter)) return { problem: `--adapter: got ${JSON.stringify(adapter)}, expected ${adapters.join(', ')}` };
  if (out === '') return { problem: '--out: got an empty text, expected a file' };
  const names = only?.split(',').map((name) => name.trim());
  const strange = (names ?? []).filter((name) => !stageNames.includes(name));
  if (strange.length > 0) return { problem: `--only: got ${JSON.stringify(strange.join(','))}, expected some of ${stageNames.join(', ')}` };
  return { ...values, only: names };
}
