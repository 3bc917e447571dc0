// What run.sh starts: probe, device tests, reference cases, benchmarks, PyTorch; each in processes of its own and within its own time. Writes one
// JSON, prints a table. Exits 1 when a test, a case or a benchmark's result is wrong or missing, 2 for bad options, 3 without the adapter.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, hostname, loadavg, release, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aimsOf } from './aims.mjs';
import { killAll, runStage } from './child.mjs';
import { cards, findDriver } from './driver.mjs';
import { parseOptions, usage } from './options.mjs';
import { benchSets, plan, quickFiles } from './plan.mjs';
import { table } from './table.mjs';
import { runTests } from './tests.mjs';

const bundle = fileURLToPath(new URL('..', import.meta.url));
const options = parseOptions(process.argv.slice(2));
if (options.problem) {
  console.error(`run.sh: ${options.problem}\n\n${usage}`);
  process.exit(2);
}
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const { adapter, quick, only, out } = options;
const path = resolve(out);
if (!existsSync(dirname(path))) {
  console.error(`run.sh: --out: got ${out}, in a folder that does not exist; make ${dirname(path)} first`);
  process.exit(2);
}

const began = performance.now();
const elapsed = () => (performance.now() - began) / 1000;
const work = mkdtempSync(join(tmpdir(), 'kindling-gpu-'));
const software = adapter !== 'hardware';
const driver = software ? { variables: {}, found: `not looked for: --adapter ${adapter}` } : findDriver(process.env, work);
const env = {
  ...process.env,
  ...driver.variables,
  // Nothing of the user's: data and SwiftShader lie in the bundle, and settings of other runs do not apply.
  XDG_CACHE_HOME: join(bundle, 'cache'),
  KINDLING_ADAPTER: adapter,
  KINDLING_TEST_ADAPTERS: adapter,
};
delete env.KINDLING_BENCH_SLOW;
// Benchmarks ask git for their commit: it must not be that of a repository which happens to lie around here.
env.GIT_DIR = join(bundle, 'no-repository');

const manifest = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8'));
const report = {
  schema: 'kindling-gpu/1',
  date: new Date().toISOString(),
  bundle: { commit: manifest.commit, date: manifest.date, versions: manifest.versions },
  machine: {
    host: hostname(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()}`,
    node: process.version,
    load: loadavg(),
    driver: driver.found,
    cards: cards(env),
  },
  options: { adapter, quick, only: only ?? null },
  probe: null,
  tests: null,
  verify: null,
  bench: {},
  matmul: null,
  torch: null,
  aims: null,
  stages: [],
  failures: [],
  seconds: 0,
};
const fail = (stage, what, error, correctness) => report.failures.push({ stage, what, ...(error ? { error } : {}), correctness });

/** Writes what is known so far, whole or not at all, also when the disk is full. */
function save() {
  report.seconds = elapsed();
  if (!software && report.probe) report.aims = aimsOf({ ...report, card: report.machine.cards[0]?.name ?? report.probe.adapter.name });
  writeFileSync(`${path}.part`, `${JSON.stringify(report, null, 1)}\n`);
  renameSync(`${path}.part`, path);
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    killAll();
    fail('run', `ended by ${signal}`, undefined, true);
    save();
    rmSync(work, { recursive: true, force: true });
    process.exit(130);
  });
}

const limits = plan({ quick, software });
const wanted = (name) => !only || only.includes(name);
/** Seconds that a stage may take: its own limit, and no more than is left of the whole. */
const timeFor = (name) => Math.min(limits.stages[name].seconds, limits.total - elapsed());

/** Runs one stage unless time is over; its problem goes into the report. */
async function stage(name, run) {
  // What the stages before gave: a machine that is taken away loses the stage at work alone.
  save();
  const seconds = timeFor(name);
  process.stderr.write(`${name} … `);
  const { correctness = false } = limits.stages[name];
  if (seconds < 2) {
    report.stages.push({ name, seconds: 0, problem: 'not begun: the time of the whole run was over' });
    fail(name, 'not begun: the time of the whole run was over', undefined, correctness);
    process.stderr.write('no time left\n');
    return undefined;
  }
  const answer = await run(seconds, limits.stages[name]);
  report.stages.push({ name, seconds: answer.seconds, problem: answer.problem ?? null });
  if (answer.problem) fail(name, answer.problem, undefined, correctness);
  if (answer.result?.environment) answer.result.environment.commit = manifest.commit;
  process.stderr.write(`${answer.seconds.toFixed(1)} s${answer.problem ? `: ${answer.problem}` : ''}\n`);
  return answer;
}
const inChild =
  (module) =>
  (seconds, { request = {} }) =>
    runStage(module, { env, seconds, args: [JSON.stringify({ adapter, ...request })] });

function finish(code) {
  save();
  rmSync(work, { recursive: true, force: true });
  console.log(`${table(report)}\nwritten: ${path}`);
  process.exit(code);
}

mkdirSync(join(bundle, 'cache'), { recursive: true });
const probe = await stage('probe', inChild('./probe.mjs'));
report.probe = probe?.result ?? null;
if (!report.probe) finish(3);

if (wanted('tests')) {
  const all = JSON.parse(readFileSync(join(bundle, 'app/tests.json'), 'utf8'));
  const files = quick ? all.portable.filter((file) => quickFiles.some((part) => file.includes(part))) : all.portable;
  const workers = software ? 1 : Math.max(1, Math.min(8, Math.floor(availableParallelism() / 2)));
  report.tests = (await stage('tests', (seconds) => runTests({ env, files, workers, seconds }))) ?? null;
  if (report.tests) report.tests.left = all.skipped;
  for (const { file, failed } of report.tests?.files ?? [])
    for (const { name, error } of failed) fail('tests', `${file}: ${name}`, error, true);
}
if (wanted('verify')) {
  report.verify = (await stage('verify', inChild('./verify.mjs')))?.result ?? null;
  for (const { name, pass, reason } of report.verify?.cases ?? []) if (!pass) fail('verify', name, reason, true);
}
if (wanted('matmul')) {
  const results = [];
  for (const name of ['matmul', 'matmul_f16']) results.push((await stage(name, inChild('./matmul.mjs')))?.result);
  const [first] = results.filter(Boolean);
  report.matmul = first ? { ...first, entries: results.flatMap((result) => result?.entries ?? []) } : null;
  for (const { name, error, wrong } of report.matmul?.entries ?? [])
    if (wrong) fail('matmul', `${name} is off by ${error} of its size`, undefined, true);
}
for (const set of benchSets) {
  if (!wanted(set) && !(only?.includes('bench') ?? false)) continue;
  const answer = await stage(set, inChild('./bench.mjs'));
  if (answer?.result) report.bench[set] = answer.result;
  for (const { id, wrong, problem } of answer?.result?.entries ?? []) if (problem) fail(set, `${id}: ${problem}`, undefined, wrong);
}
if (wanted('torch')) {
  report.torch = (await stage('torch', inChild('./torch.mjs')))?.result ?? null;
  for (const { engine, workload, wrong, problem } of report.torch?.entries ?? [])
    if (wrong) fail('torch', `${engine}, ${workload}: ${problem}`, undefined, engine === 'kindling');
}
finish(report.failures.some(({ correctness }) => correctness) ? 1 : 0);
