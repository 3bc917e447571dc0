// The part of the suite that runs inside Deno or a page: imports one test file at a time and says what came of it, as plain JSON.

// Modules that build.mjs writes: every test file, as a function that imports it, and the bundle's source map.
import { files } from 'suite:files';
import sourceMap from 'suite:map';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { startTests } from '@vitest/runner';
import { DecodedMap, getOriginalPosition } from '@vitest/utils/source-map';
import { takeShares } from '../../packages/kernels/src/testing/shares.js';

// Stacks name files and lines of the repository: some tests look at them, and people read them.
const map = new DecodedMap(sourceMap, '/test/dist/suite/suite.js');
function place(site) {
  const [line, column] = [site.getLineNumber(), site.getColumnNumber()];
  // A URL in browsers, a path in Deno.
  const original = site.getFileName()?.endsWith('/suite.js') && line ? getOriginalPosition(map, { line, column: column - 1 }) : null;
  return original ? `${original.source}:${original.line}:${original.column + 1}` : `${site.getFileName() ?? 'native'}:${line}:${column}`;
}
Error.prepareStackTrace = (error, sites) =>
  [String(error), ...sites.map((site) => `    at ${site.getFunctionName() ?? '<anonymous>'} (${place(site)})`)].join('\n');

const config = ({ timeout }) => ({
  root: '/',
  name: '',
  setupFiles: [],
  sequence: { shuffle: false, concurrent: false, hooks: 'stack', setupFiles: 'list' },
  tags: [],
  strictTags: false,
  maxConcurrency: 1,
  allowOnly: false,
  passWithNoTests: false,
  retry: 0,
  testTimeout: timeout,
  hookTimeout: timeout,
});

const title = (task) => (task.suite?.name ? `${title(task.suite)} > ${task.name}` : task.name);
const tests = (task) => (task.type === 'test' ? [task] : task.tasks.flatMap(tests));
const suites = (task) => (task.type === 'test' ? [] : [task, ...task.tasks.flatMap(suites)]);
const errorOf = (task) => task.result.errors.map(({ message, stack }) => message || stack).join('\n');

/** Runs the tests of one file; `files` has them all. */
export async function run(file, { timeout = 120_000 } = {}) {
  const start = performance.now();
  const [task] = await startTests([file], { config: config({ timeout }), importFile: (path) => files[path]() });
  const all = tests(task);
  // A suite fails by itself where its hooks or its import do; its tests then count as skipped.
  const failed = [...suites(task), ...all].filter(({ result }) => result?.state === 'fail' && result.errors?.length > 0);
  return {
    file,
    passed: all.filter(({ result }) => result?.state === 'pass').length,
    failed: failed.map((test) => ({ name: title(test), error: errorOf(test) })),
    skipped: all.filter(({ result }) => !['pass', 'fail'].includes(result?.state)).map(title),
    ms: Math.round(performance.now() - start),
    shares: takeShares(),
  };
}

/** The adapters that the tests run on, as a device of each says. */
export async function adapters() {
  const found = [];
  for (const kind of await testAdapters()) {
    const { info, traits } = await testDevice(kind);
    found.push({ kind, name: info.name, features: traits.features, subgroupSize: traits.subgroupSize });
  }
  return found;
}
