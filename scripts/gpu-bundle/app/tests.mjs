// The device tests: a few processes take files from one list. A crash or a hang costs one file and a new process.
import { problemOf, start } from './child.mjs';

/** A file that says nothing for this long is given up. */
const FILE_SECONDS = 150;

/** @returns {adapters, files: [{file, passed, failed: [{name, error}], skipped, ms}], notRun, shares, problem} */
export async function runTests({ env, files, workers, seconds, module = './suite.mjs', fileSeconds = FILE_SECONDS }) {
  const began = performance.now();
  const waiting = [...files];
  const results = [];
  let adapters;
  let problem;
  let late = false;
  const running = new Set();
  const timer = setTimeout(() => {
    late = true;
    for (const child of running) child.kill();
  }, 1000 * seconds);

  /** One process until the list is empty or it dies. @returns whether it did any work */
  async function worker() {
    let current;
    let patience;
    let did = 0;
    const next = () => {
      clearTimeout(patience);
      current = waiting.shift();
      child.say(current === undefined ? {} : { file: current });
      if (current !== undefined) patience = setTimeout(() => child.kill(), 1000 * fileSeconds);
    };
    const child = start(module, {
      env,
      onMessage(message) {
        adapters ??= message.adapters;
        if (message.result) {
          results.push(message.result);
          did++;
          current = undefined;
        }
        next();
      },
    });
    running.add(child);
    const end = await child.ended;
    running.delete(child);
    clearTimeout(patience);
    if (current !== undefined && late) waiting.unshift(current);
    else if (current !== undefined) {
      results.push({
        file: current,
        passed: 0,
        failed: [{ name: 'the whole file', error: problemOf(end) }],
        skipped: [],
        ms: 0,
        shares: [],
      });
      did++;
    } else if (did === 0 && !late) problem ??= problemOf(end) ?? 'a test process ended without a word';
    return did > 0;
  }

  async function lane() {
    while (waiting.length > 0 && !late && (await worker()));
  }
  await Promise.all(Array.from({ length: workers }, lane));
  clearTimeout(timer);
  return {
    adapters: adapters ?? [],
    passed: results.reduce((sum, { passed }) => sum + passed, 0),
    failed: results.reduce((sum, { failed }) => sum + failed.length, 0),
    skipped: results.reduce((sum, { skipped }) => sum + skipped.length, 0),
    files: results.map(({ shares: _, ...file }) => file).sort((a, b) => (a.file < b.file ? -1 : 1)),
    notRun: waiting,
    shares: largestShares(results.flatMap(({ shares }) => shares)),
    problem:
      problem ??
      (waiting.length > 0 ? `${waiting.length} of ${files.length} files were not reached within ${Math.round(seconds)} s` : undefined),
    seconds: (performance.now() - began) / 1000,
  };
}

/** By op and variant: the largest share of its tolerance that a comparison used. A NaN counts as more than all. */
function largestShares(shares) {
  const largest = {};
  for (const { op, variant, share, cases } of shares) {
    const name = variant ? `${op}.${variant}` : op;
    const known = largest[name] ?? { share: 0, cases: 0 };
    largest[name] = { share: Math.max(known.share, share ?? Number.MAX_VALUE), cases: known.cases + cases };
  }
  return largest;
}
