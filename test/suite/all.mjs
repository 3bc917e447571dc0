// `npm run test:all`: the suite in Node on every adapter, in Deno and in Chromium, and the table of errors that it leaves.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, root } from './build.mjs';
import { runChromium } from './chromium.mjs';
import { runDeno } from './deno.mjs';
import { deviceHost } from './host.mjs';
import { runNode } from './node.mjs';
import { shortTable, totals, writeReport } from './report.mjs';

const usage = `npm run test:all -- [options]
  --only node,deno,chromium   implementations to run; all of them by default
  --adapter KIND              one adapter for Node and Deno: hardware, lavapipe or swiftshader
  --files TEXT                only test files whose path holds the text
  --record                    also copies the table to benchmarks/records/<date>_kernels/`;

let options;
try {
  options = parseArgs({
    options: {
      only: { type: 'string' },
      adapter: { type: 'string' },
      files: { type: 'string', default: '' },
      record: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
} catch (error) {
  console.error(`${error.message}\n${usage}`);
  process.exit(2);
}
if (options.help) {
  console.log(usage);
  process.exit(0);
}

const known = ['node', 'deno', 'chromium'];
const only = options.only?.split(',') ?? known;
const strange = only.filter((name) => !known.includes(name));
// esbuild has said by itself what does not compile.
const { portable, skipped } = await bundle().catch(() => process.exit(1));
const matches = (file) => file.includes(options.files);
const files = portable.filter(matches);
if (strange.length > 0 || files.length === 0) {
  console.error(
    `${strange.length > 0 ? `not an implementation: ${strange.join(', ')}` : `no test file matches ${options.files}`}\n${usage}`,
  );
  process.exit(2);
}

const device = await deviceHost();
const survey = await device.listAdapters({ env: { ...process.env, KINDLING_ADAPTER: undefined } });
const kinds = [...new Set(survey.adapters.map(({ kind }) => kind))].filter((kind) => !options.adapter || kind === options.adapter);
if (kinds.length === 0) {
  console.error(`no such adapter here: ${options.adapter}; found: ${survey.adapters.map(({ kind }) => kind).join(', ') || 'none'}`);
  process.exit(3);
}

const runners = {
  node: () => runNode({ files: options.files === '' ? [] : [options.files], kinds, survey }),
  // Deno offers one adapter of those it sees, so it is shown the best one alone.
  deno: () => runDeno({ files, kind: kinds[0], device }),
  chromium: () => runChromium({ files, device }),
};

const runs = {};
for (const name of known.filter((one) => only.includes(one))) {
  process.stderr.write(`${name}\n`);
  const start = performance.now();
  const run = await runners[name]();
  runs[name] = { ...run, seconds: (performance.now() - start) / 1000 };
  if (run.missing) process.stderr.write(`  not here: ${run.missing}\n`);
}

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
function commitHere() {
  try {
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' with changes');
  } catch {
    return 'unknown';
  }
}
const date = new Date().toISOString();
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${process.platform} ${release()}`;
const { text, json, failures } = writeReport({
  date,
  commit: commitHere(),
  machine,
  runs,
  left: skipped.filter(({ file }) => matches(file)),
});
const folders = [join(root, 'test/report'), ...(options.record ? [join(root, `benchmarks/records/${date.slice(0, 10)}_kernels`)] : [])];
for (const folder of folders) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kernels.md'), text);
  writeFileSync(join(folder, 'kernels.json'), `${JSON.stringify(json, null, 1)}\n`);
}

console.log(`\n${shortTable(runs)}\n`);
for (const [name, run] of Object.entries(runs)) {
  if (run.missing) {
    console.log(`${name}: not here: ${run.missing}`);
    continue;
  }
  const { files: count, passed, failed, skipped: left } = totals(run);
  console.log(`${name}: ${count} files, ${passed} passed, ${failed} failed, ${left} skipped, ${run.seconds.toFixed(0)} s (${run.version})`);
}
for (const { runner, file, name, error } of failures)
  console.log(`FAILED ${runner}: ${file} ${name}\n  ${error.trim().split('\n').slice(0, 3).join('\n  ')}`);
console.log(folders.map((folder) => `table: ${relative(root, join(folder, 'kernels.md'))}`).join('\n'));
process.exit(failures.length > 0 ? 1 : 0);
