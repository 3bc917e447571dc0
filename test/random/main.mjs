// `npm run test:random`: pipes words made on the device into dieharder and keeps the report as a dated record. About a quarter of an hour.
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, root } from './bundle.mjs';
import { assess, readResults, table } from './report.mjs';
import { streams } from './streams.mjs';
import { controls, tests } from './tests.mjs';

const usage = `npm run test:random -- [options]
  --only NAME,NAME   streams: ${Object.keys(streams).join(', ')}; then no record is kept
  --tests TEXT       only tests whose name holds the text; then no record is kept
  --seed N           seed of the streams, default 1
  --no-record        leaves nothing below benchmarks/records`;

let options;
try {
  options = parseArgs({
    options: {
      only: { type: 'string' },
      tests: { type: 'string', default: '' },
      seed: { type: 'string', default: '1' },
      'no-record': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
  const strange = options.only?.split(',').filter((name) => !(name in streams)) ?? [];
  if (!tests.some(({ name }) => name.includes(options.tests))) throw new Error(`no test's name holds ${options.tests}`);
  if (strange.length > 0) throw new Error(`no such stream: ${strange.join(', ')}`);
  if (!/^\d+$/.test(options.seed) || Number(options.seed) >= 2 ** 32)
    throw new Error(`--seed ${options.seed} is no whole number of 32 bits`);
} catch (error) {
  console.error(`${error.message}\n${usage}`);
  process.exit(2);
}
if (options.help) {
  console.log(usage);
  process.exit(0);
}

try {
  // It has no --version; its list of tests names the version in a frame.
  options.version = /dieharder version ([\d.]+)/.exec(execFileSync('dieharder', ['-l'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
} catch {
  console.error(
    'dieharder: got no such command; expected the test suite of that name. Next: apt-get install -y dieharder (Debian, Ubuntu)',
  );
  process.exit(2);
}

/** Runs all tests on one continuing stream: each reads on where the one before it stopped. Resolves with dieharder's own text. */
function run(command, chosen) {
  const calls = chosen.map(({ args }) => `dieharder -g 200 ${args.join(' ')}`).join('; ');
  const child = spawn('bash', ['-c', `${command} | { ${calls}; }`], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { out: '', err: '' };
  child.stdout.on('data', (data) => {
    text.out += data;
  });
  child.stderr.on('data', (data) => {
    text.err += data;
  });
  return new Promise((resolve) => child.on('close', () => resolve(text)));
}

const module = await bundle();
const { environment, writeRecord } = await import(module);
const before = environment();
const start = performance.now();
const names = options.only?.split(',') ?? Object.keys(streams);
const jobs = [
  ...names.map((name) => ({
    name,
    about: streams[name].about,
    chosen: tests.filter((test) => test.name.includes(options.tests)),
    command: `node test/random/stream.mjs ${name} ${options.seed}`,
    module,
  })),
  ...Object.entries(controls).map(([name, { about, chosen }]) => ({
    name,
    about,
    chosen,
    command: `node test/random/stream-control.mjs ${name}`,
  })),
];
const done = [];
const queue = [...jobs];
async function worker() {
  for (let job = queue.shift(); job; job = queue.shift()) {
    const from = performance.now();
    const { out, err } = await run(job.module ? `${job.command} '${job.module}'` : job.command, job.chosen);
    const words = /(\d+) words/.exec(err)?.[1];
    const device = /; (.*)$/m.exec(err)?.[1];
    const result = {
      ...job,
      text: out,
      results: readResults(out),
      words: Number(words),
      device,
      seconds: (performance.now() - from) / 1000,
    };
    done.push(result);
    const counts = assess(result.results);
    process.stderr.write(
      `${job.name}: ${counts.passed} passed, ${counts.weak} weak, ${counts.failed} FAILED, ${result.seconds.toFixed(0)} s\n`,
    );
    if (result.results.length === 0) process.stderr.write(`${err}\n`);
  }
}
// Two at a time: dieharder keeps one core busy, and the device makes the words in between.
await Promise.all([worker(), worker()]);

const order = new Map(jobs.map(({ name }, i) => [name, i]));
done.sort((a, b) => order.get(a.name) - order.get(b.name));
const report = { dieharder: options.version, seed: Number(options.seed), seconds: (performance.now() - start) / 1000, streams: done };
const { text, ok } = table(report);
console.log(text);

if (!options.only && options.tests === '' && !options['no-record']) {
  const device = done[0].device ?? 'no device';
  const path = writeRecord({
    name: `dieharder-${/llvmpipe/.test(device) ? 'lavapipe' : /SwiftShader/.test(device) ? 'swiftshader' : 'hardware'}`,
    about: `Words of the random-number contract, made on the device (${device}), read by dieharder. \`<stream>.txt\` is what dieharder printed.`,
    command: `npm run test:random -- --seed ${options.seed}`,
    table: text,
    report: { environment: before, ...report, streams: done.map(({ text: _, chosen: __, module: ___, ...rest }) => rest) },
    folder: join(root, 'benchmarks/records'),
  });
  for (const { name, text: raw } of done) writeFileSync(join(path, `${name}.txt`), raw);
  console.log(`record: ${relative(root, path)}`);
}
process.exit(ok ? 0 : 1);
