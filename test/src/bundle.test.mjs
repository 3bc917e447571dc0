import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { aimsOf } from '../../scripts/gpu-bundle/app/aims.mjs';
import { runStage } from '../../scripts/gpu-bundle/app/child.mjs';
import { findDriver } from '../../scripts/gpu-bundle/app/driver.mjs';
import { parseOptions } from '../../scripts/gpu-bundle/app/options.mjs';
import { plan, stageNames } from '../../scripts/gpu-bundle/app/plan.mjs';
import { table } from '../../scripts/gpu-bundle/app/table.mjs';
import { runTests } from '../../scripts/gpu-bundle/app/tests.mjs';

const folder = mkdtempSync(join(tmpdir(), 'kindling-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A stage that does what `body` says. */
function stage(name, body) {
  const path = join(folder, name);
  writeFileSync(path, body);
  return pathToFileURL(path).href;
}
const env = { ...process.env, NODE_OPTIONS: '' };

describe('run.sh options', () => {
  it('wants hardware unless a software adapter is named', () => {
    expect(parseOptions([])).toMatchObject({ adapter: 'hardware', quick: false, out: 'kindling-gpu.json', only: undefined });
    expect(parseOptions(['--adapter', 'lavapipe', '--only', 'tests, torch'])).toMatchObject({
      adapter: 'lavapipe',
      only: ['tests', 'torch'],
    });
  });

  it.each([
    [['--adapter', 'software'], /--adapter: got "software", expected hardware, lavapipe, swiftshader/],
    [['--only', 'tests,all'], /--only: got "all", expected some of tests, verify/],
    [['--only', ''], /--only: got ""/],
    [['--out', ''], /--out/],
    [['--seconds', '3'], /--seconds/],
    [['file'], /file/],
  ])('refuses %j', (args, message) => expect(parseOptions(args).problem).toMatch(message));

  it('has a limit for every stage that can be asked for', () => {
    for (const quick of [true, false])
      for (const software of [true, false]) {
        const { stages } = plan({ quick, software });
        for (const name of stageNames.filter((one) => one !== 'bench')) expect(stages[name]?.seconds, name).toBeGreaterThan(0);
      }
  });
});

describe('a stage', () => {
  const run = (name, body, seconds = 60) => runStage(stage(name, body), { env, args: ['{}'], seconds });

  it('gives its result, or says how it ended', async () => {
    expect(await run('good.mjs', `process.send({ result: 3 }, () => process.exit(0));`)).toMatchObject({ result: 3, problem: undefined });
    const crash = await run(
      'crash.mjs',
      `process.send({ progress: 'half' }, () => { console.error('boom'); process.kill(process.pid, 'SIGSEGV'); });`,
    );
    expect(crash).toMatchObject({ result: undefined, partial: [{ progress: 'half' }], problem: 'ended by SIGSEGV: boom' });
    expect((await run('silent.mjs', '')).problem).toBe('gave no result');
    expect((await run('error.mjs', `process.send({ error: 'no card' }, () => process.exit(3));`)).problem).toBe('no card');
  });

  it('is ended when its time is over', async () => {
    expect((await run('hang.mjs', 'setInterval(() => {}, 1000);', 1)).problem).toBe('took longer than 1 s');
  });
});

describe('the device tests', () => {
  const module = () =>
    stage(
      'suite.mjs',
      `process.on('message', ({ file }) => {
  if (file === undefined) process.exit(0);
  if (file === 'crash') process.exit(7);
  if (file === 'hang') return;
  const failed = file === 'wrong' ? [{ name: 'adds', error: 'got 3' }] : [];
  process.send({ result: { file, passed: 2, failed, skipped: [], ms: 1, shares: [{ op: 'relu', variant: '', share: file === 'c' ? 0.5 : null, cases: 1 }] } });
});
process.send({ adapters: [{ kind: 'lavapipe' }] });`,
    );

  it('lose one file to a crash or a hang, and go on', async () => {
    const files = ['a', 'crash', 'wrong', 'hang', 'c'];
    const report = await runTests({ env, files, workers: 2, seconds: 100, fileSeconds: 5, module: module() });
    expect(report).toMatchObject({ passed: 6, failed: 3, notRun: [], problem: undefined, adapters: [{ kind: 'lavapipe' }] });
    expect(report.files.map(({ file, failed }) => [file, failed.length])).toEqual([
      ['a', 0],
      ['c', 0],
      ['crash', 1],
      ['hang', 1],
      ['wrong', 1],
    ]);
    // A NaN is null on its way, and worse than all.
    expect(report.shares).toEqual({ relu: { share: Number.MAX_VALUE, cases: 3 } });
  });

  it('name what they did not reach', async () => {
    const report = await runTests({ env, files: ['a', 'hang', 'b'], workers: 1, seconds: 12, module: module() });
    expect(report.notRun).toEqual(['hang', 'b']);
    expect(report.problem).toBe('2 of 3 files were not reached within 12 s');
  });

  it('say so when no process can be had', async () => {
    const report = await runTests({
      env,
      files: ['a'],
      workers: 1,
      seconds: 60,
      module: stage('broken.mjs', `throw new Error('no driver');`),
    });
    expect(report.notRun).toEqual(['a']);
    expect(report.problem).toMatch(/ended with 1/);
  });
});

describe('the driver', () => {
  it('is found where containers put it, and gets a manifest where it has none', () => {
    const [standard, other, libraries] = ['standard', 'other', 'libraries'].map((name) => join(folder, name));
    for (const path of [standard, other, libraries]) mkdirSync(path);
    const places = { standard: [standard], elsewhere: [other, join(folder, 'absent')], libraryFolders: [libraries] };
    const bare = { PATH: '/nowhere' };
    const work = join(folder, 'work');
    expect(findDriver({ VK_DRIVER_FILES: 'mine' }, work, places)).toEqual({ variables: {}, found: 'as set: mine' });
    expect(findDriver(bare, work, places).variables).toEqual({});
    writeFileSync(join(libraries, 'libEGL_nvidia.so.0'), '');
    const { variables } = findDriver(bare, work, places);
    expect(JSON.parse(readFileSync(variables.VK_DRIVER_FILES, 'utf8')).ICD.library_path).toBe('libEGL_nvidia.so.0');
    writeFileSync(join(other, 'nvidia_icd.json'), '{}');
    expect(findDriver(bare, work, places).variables).toEqual({ VK_DRIVER_FILES: join(other, 'nvidia_icd.json') });
    writeFileSync(join(standard, 'nvidia_icd.x86_64.json'), '{}');
    expect(findDriver(bare, work, places).variables).toEqual({});
    expect(existsSync(work)).toBe(true);
  });
});

describe('the aims', () => {
  const entry = (name, median, rate, more = {}) => ({ name, median, rate: { median: rate }, wrong: false, facts: {}, ...more });
  const report = {
    card: 'NVIDIA H100 80GB HBM3',
    bench: {
      ceiling: { entries: [entry('fill 64 MiB', 0.03, 2000)] },
      generate: {
        entries: [
          entry('count 28×28 f32', 0.01, 1e6, { facts: { bytes: 12e6 } }),
          entry('count 28×28 u8', 0.01, 1e6, { facts: { bytes: 3e6 }, wrong: true }),
        ],
      },
      sweep: { entries: [entry('1 model', 1, 1000), entry('1000 models', 40, 25_000)] },
    },
    matmul: {
      size: 4096,
      entries: [
        { name: 'tile', gflops: 15_000, wrong: false },
        { name: 'block', gflops: 22_000, wrong: false },
        { name: 'subgroup', gflops: 60_000, wrong: true },
        { name: 'matrix_f16', gflops: 99_000, wrong: false },
      ],
    },
    torch: {
      entries: [
        { engine: 'kindling', workload: 'step+binary', msMedian: 0.2 },
        { engine: 'torch-cuda-graphs', workload: 'step', msMedian: 0.1 },
      ],
    },
  };

  it('are judged by what is right, and by nothing that is missing', () => {
    const aims = aimsOf(report);
    expect(aims.map(({ value, met }) => [value === null ? null : Number(value.toFixed(3)), met])).toEqual([
      [0.6, true],
      [null, null],
      [0.5, false],
      [0.329, true],
      [4.5, true],
      [25, true],
    ]);
    expect(aims[3].basis).toBe('22.00 of 66.9 TFLOP/s (published for NVIDIA H100 80GB HBM3)');
    expect(aimsOf({ bench: {}, matmul: null, torch: null, card: undefined }).every(({ met }) => met === null)).toBe(true);
  });

  it('stand in the table beside failures', () => {
    const text = table({
      ...report,
      probe: { adapter: { kind: 'hardware', name: 'H100' } },
      tests: { files: [1], passed: 2, failed: 1, skipped: 0, notRun: [] },
      verify: null,
      bench: {},
      aims: aimsOf(report),
      stages: [{ name: 'tests', seconds: 2, problem: null }],
      failures: [{ stage: 'tests', what: 'a.test.ts: adds', error: 'got 3' }],
      seconds: 4,
    });
    expect(text).toMatch(/hardware: H100/);
    expect(text).toMatch(/WRONG/);
    expect(text).toMatch(/aim 0\.3 +met/);
    expect(text).toMatch(/FAILED tests: a\.test\.ts: adds\n {2}got 3\n1 failure, 4 s$/);
  });
});
