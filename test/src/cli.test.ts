import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeSafetensors } from '@kindling/core';
import { loadMnist } from '@kindling/data/node';
import { testAdapters } from '@kindling/device/testing';
import { parseRecord } from '@kindling/figures';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The built command, as npm links it: `npm test` builds first.
const bin = fileURLToPath(new URL('../../packages/cli/bin/kindling.js', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'kindling-cli-'));
const data = join(place, 'small');
const at = (name: string): string => join(place, name);

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

function launch(args: readonly string[], env: Record<string, string> = {}): { child: ChildProcess; ended: Promise<Result> } {
  const child = spawn(process.execPath, [bin, ...args], { cwd: place, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const result = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    result.stdout += text;
  });
  child.stderr.on('data', (text) => {
    result.stderr += text;
  });
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, ...result }))) };
}

const kindling = (...args: string[]): Promise<Result> => launch(args).ended;
/** What Kindling said on stderr, without what Dawn prints there. */
const complaint = ({ stderr }: Result): string => stderr.replace(/^Warning: .*\n/gm, '').trim();
const lines = (path: string): Record<string, unknown>[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The first 600 training and 200 test images of MNIST as IDX files: evaluation takes no time. */
async function writeSmallMnist(folder: string): Promise<void> {
  const mnist = await loadMnist();
  mkdirSync(folder, { recursive: true });
  const idx = (magic: number, sizes: number[], bytes: Uint8Array): Uint8Array => {
    const head = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
    for (const [i, value] of [magic, ...sizes].entries()) head.setUint32(4 * i, value);
    return Buffer.concat([new Uint8Array(head.buffer), bytes]);
  };
  for (const [stem, split, count] of [
    ['train', mnist.train, 600],
    ['t10k', mnist.test, 200],
  ] as const) {
    writeFileSync(join(folder, `${stem}-images-idx3-ubyte`), idx(0x803, [count, 28, 28], split.images.subarray(0, 784 * count)));
    writeFileSync(join(folder, `${stem}-labels-idx1-ubyte`), idx(0x801, [count], split.labels.subarray(0, count)));
  }
}

beforeAll(() => writeSmallMnist(data));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('bad input', () => {
  it.each([
    ['an unknown option', ['warmup', '--shine'], /unknown option '--shine'.*Next: see `kindling warmup --help`/],
    ['a misspelt option', ['start', '--stepz', '5'], /Did you mean --steps/],
    ['an unknown command', ['glow'], /unknown command 'glow'/],
    ['no command', [], /no command/],
    ['p beyond 1', ['warmup', '--p', '1.5'], /--p: got 1\.5; expected a number from 0 to 1/],
    ['steps in words', ['warmup', '--steps', 'abc'], /--steps: got "abc"/],
    ['half a step', ['warmup', '--steps', '1.5'], /--steps: got 1\.5; expected a whole number/],
    ['an unknown arm', ['warmup', '--arm', 'nope'], /--arm: got nope; .*published, standardised/],
    ['an experiment that there is not', ['warmup', '--experiment', 'dreams'], /--experiment: got dreams/],
    ['an unreadable run', ['evaluate', 'nowhere'], /nowhere: got no such folder/],
    ['a folder without a run', ['figure', '.'], /no metrics\.jsonl/],
    ['a folder without data', ['warmup', '--data', '.'], /got no train-images-idx3-ubyte/],
    ['a recipe that is no JSON', ['warmup', '--recipe', 'small/t10k-labels-idx1-ubyte'], /expected JSON/],
    ['a missing recipe', ['warmup', '--recipe', 'none.json'], /none\.json: got ENOENT/],
  ])('%s ends with exit code 2 and says what to do', async (_, args, message) => {
    const result = await kindling(...args);
    expect(complaint(result)).toMatch(message);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(complaint(result)).toMatch(/^kindling: .*Next: /);
    expect(complaint(result).split('\n').length).toBeLessThanOrEqual(2);
  });

  it('a truncated data file is named, and leaves no run', async () => {
    const folder = at('cut');
    await writeSmallMnist(folder);
    const images = join(folder, 'train-images-idx3-ubyte');
    writeFileSync(images, readFileSync(images).subarray(0, 1000));
    const result = await kindling('warmup', '--data', folder, '--out', at('never'));
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(complaint(result)).toContain(images);
    expect(readdirSync(place)).not.toContain('never');
  });

  it('with --json an error is one object on stdout', async () => {
    const result = await kindling('warmup', '--p', '2', '--json');
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { subject: '--p', got: '2', exitCode: 2 } });
  });
});

describe('help and version', () => {
  it.each([[], ['start'], ['warmup'], ['evaluate'], ['predict'], ['figure'], ['doctor']])('%s --help has examples', async (...args) => {
    const result = await kindling(...args, '--help');
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('Examples:\n  $ npx kindling ');
  });

  it('--version is the package’s', async () => {
    expect(await kindling('--version')).toMatchObject({ code: 0, stdout: '0.1.0\n' });
  });
});

// Adapters differ in nothing that the command sees, so the first one stands for all.
describe('on a device', async () => {
  const [adapter] = await testAdapters();
  const small = ['--data', data, '--adapter', adapter!];
  const run = at('run');
  let outcome: Result;
  const json = (): Record<string, never> => JSON.parse(outcome.stdout);

  beforeAll(async () => {
    outcome = await kindling(
      'warmup',
      '--arm',
      'standardised',
      '--steps',
      '20',
      '--batch',
      '16',
      '--p',
      '0.5',
      '--json',
      '--out',
      run,
      ...small,
    );
  });

  it('warmup --json prints one object with what the run was and did', () => {
    expect(complaint(outcome)).not.toContain('Next:');
    expect(outcome.code).toBe(0);
    expect(outcome.stdout.trimEnd()).not.toContain('\n');
    expect(json()).toMatchObject({ experiment: 'count', arm: 'standardised', p: 0.5, steps: 20, batch: 16, seed: 1, run });
    expect(Object.keys(json())).toEqual(expect.arrayContaining(['adapter', 'accuracy', 'testLoss', 'time', 'warmup']));
    expect(typeof json().adapter).toBe('string');
    expect(Object.keys(json().time)).toEqual(['compile', 'generate', 'load', 'train', 'evaluate', 'total']);
    expect(Object.values(json().time).every((seconds) => typeof seconds === 'number')).toBe(true);
  });

  it('sends nothing from host to GPU in the warm-up', () => {
    expect(json().warmup).toMatchObject({ hostBytesPerStep: 0 });
    expect((json().warmup as { dispatchesPerStep: number }).dispatchesPerStep).toBeGreaterThan(0);
    expect((json().warmup as { submitsPerStep: number }).submitsPerStep).toBeLessThan(1);
  });

  it('leaves recipe, record, model and figures', () => {
    const written = ['metrics.jsonl', 'model.safetensors', 'recipe.json'];
    const figures = ['accuracy', 'loss', 'time'].flatMap((name) => [`${name}.png`, `${name}.svg`]);
    expect(readdirSync(run).sort()).toEqual([...written, ...figures].sort());
    const [head, ...rest] = lines(join(run, 'metrics.jsonl'));
    expect(head).toMatchObject({ type: 'header', recipe: { arm: 'standardised' }, adapter: json().adapter });
    expect(head!.recipeHash).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(head!.versions as object)).toEqual(['kindling', 'node', 'webgpu']);
    expect(rest.at(-1)).toMatchObject({ type: 'summary', accuracy: json().accuracy });
    const { tensors, metadata } = decodeSafetensors(readFileSync(join(run, 'model.safetensors')));
    const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual({
      'conv1.weight': [8, 1, 3, 3],
      'conv1.bias': [8],
      'conv2.weight': [16, 8, 3, 3],
      'conv2.bias': [16],
      'fc1.weight': [64, 784],
      'fc1.bias': [64],
      'fc2.weight': [10, 64],
      'fc2.bias': [10],
    });
    expect(metadata.trial).toBe('run');
  });

  it('runs again from its recipe.json, with options on top; p = 0 has no warm-up', async () => {
    const again = await kindling('warmup', '--recipe', join(run, 'recipe.json'), '--p', '0', '--json', '--out', at('plain'), ...small);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ arm: 'standardised', p: 0, steps: 20, warmup: null });
  });

  it('warmup --tune keeps its choices in the recipe and in the cache folder, and a second run finds them there', async () => {
    const cache = at('cache');
    // Mesa keeps compiled kernels below the same variable: those stay where they are.
    const env = { XDG_CACHE_HOME: cache, MESA_SHADER_CACHE_DIR: process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache') };
    const tuned = ['warmup', '--tune', '--steps', '2', '--batch', '2', '--p', '0', ...small];
    const first = await launch([...tuned, '--out', at('tuned')], env).ended;
    expect(first.code).toBe(0);
    expect(complaint(first)).toMatch(/tuned conv_relu_pool → \w+ \(naive [\d.e+]+ ms, /);
    const { choices } = JSON.parse(readFileSync(join(at('tuned'), 'recipe.json'), 'utf8'));
    expect(Object.keys(choices).length).toBeGreaterThan(3);
    expect(lines(join(at('tuned'), 'metrics.jsonl'))[0]).toMatchObject({ recipe: { choices } });
    expect(readdirSync(join(cache, 'kindling')).filter((name) => /^tuning-[0-9a-f]{8}\.json$/.test(name))).toHaveLength(1);
    const second = await launch([...tuned, '--out', at('tuned2'), '--json'], env).ended;
    expect(complaint(second)).toContain(`${Object.keys(choices).length} choices of kernels, 0 measured now`);
    expect(JSON.parse(second.stdout)).toMatchObject({ choices });
  });

  it('reads from disk batch by batch, evaluates as asked, and ends where the resident source does', async () => {
    const args = [
      'warmup',
      '--arm',
      'standardised',
      '--steps',
      '20',
      '--batch',
      '16',
      '--p',
      '0.5',
      '--eval-every',
      '5',
      '--data-source',
      'disk',
    ];
    const disk = await kindling(...args, '--json', '--out', at('disk'), ...small);
    expect(disk.code).toBe(0);
    expect(Math.abs(JSON.parse(disk.stdout).accuracy - Number(json().accuracy))).toBeLessThanOrEqual(0.01);
    const evals = lines(join(at('disk'), 'metrics.jsonl')).filter(({ type, phase }) => type === 'eval' && phase === 'natural');
    expect(evals.map(({ step }) => step)).toEqual([15, 20]);
  });

  it('refuses to write over a run', async () => {
    const result = await kindling('warmup', '--steps', '2', '--out', run, ...small);
    expect(result.code).toBe(2);
    expect(complaint(result)).toContain('a folder that holds a run');
  });

  it('evaluate agrees with the record, and fails the check where it does not', async () => {
    const good = await kindling('evaluate', run, '--json', '--adapter', adapter!);
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout)).toMatchObject({ agrees: true, recorded: { accuracy: json().accuracy } });
    const record = join(run, 'metrics.jsonl');
    const text = readFileSync(record, 'utf8');
    writeFileSync(record, text.replace(/("type":"summary".*?"accuracy":)[\d.]+/, '$10.9'));
    const bad = await kindling('evaluate', run, '--json', '--adapter', adapter!);
    writeFileSync(record, text);
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.stdout)).toMatchObject({ agrees: false });
    expect(complaint(bad)).toContain('as its record says');
  });

  it('predicts test images', async () => {
    const result = await kindling('predict', run, 'mnist:0', 'mnist:199', '--json', '--adapter', adapter!);
    expect(result.code).toBe(0);
    const { predictions } = JSON.parse(result.stdout) as { predictions: { label: number; probabilities: number[] }[] };
    expect(predictions[0]).toMatchObject({ image: 'mnist:0', label: 7 });
    for (const { probabilities } of predictions) expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    writeFileSync(at('text.png'), 'no image');
    const text = await kindling('predict', run, at('text.png'), '--adapter', adapter!);
    expect(text.code).toBe(2);
    expect(complaint(text)).toContain('does not begin as a PNG');
    const beyond = await kindling('predict', run, 'mnist:200', '--adapter', adapter!);
    expect(beyond.code).toBe(2);
    expect(complaint(beyond)).toContain('from 0 to 199');
  });

  it('predicts the PNG of a test image as that image, at twice and at its own size', async () => {
    const { test } = await loadMnist({ folder: data });
    const paths = [1, 2].map((zoom) => {
      const side = 28 * zoom;
      const image = new PNG({ width: side, height: side });
      for (let i = 0; i < side * side; i++) {
        const grey = test.images[28 * Math.floor(Math.floor(i / side) / zoom) + Math.floor((i % side) / zoom)]!;
        image.data.set([grey, grey, grey, 255], 4 * i);
      }
      const path = at(`zoom${zoom}.png`);
      writeFileSync(path, PNG.sync.write(image));
      return path;
    });
    const result = await kindling('predict', run, 'mnist:0', ...paths, '--json', '--adapter', adapter!);
    const [expected, ...got] = (JSON.parse(result.stdout) as { predictions: { probabilities: number[] }[] }).predictions;
    for (const { probabilities } of got) {
      probabilities.forEach((value, digit) => {
        expect(value).toBeCloseTo(expected!.probabilities[digit]!, 5);
      });
    }
  });

  it('redraws its figures from the record alone', async () => {
    const drawn = await kindling('figure', run, '--out', at('figures'));
    expect(drawn.code).toBe(0);
    for (const name of readdirSync(at('figures')).filter((file) => file.endsWith('.svg'))) {
      expect(readFileSync(join(at('figures'), name), 'utf8')).toBe(readFileSync(join(run, name), 'utf8'));
    }
    expect(readdirSync(at('figures'))).toEqual(expect.arrayContaining(['loss.svg', 'loss.png', 'accuracy.svg', 'accuracy.png']));
  });

  it('start compares four trials in one run folder', async () => {
    const result = await kindling('start', '--steps', '4', '--out', at('start'), ...small);
    expect(result.code).toBe(0);
    for (const text of ['published', 'standardised', 'skip', 'host→GPU bytes', 'raw counts', 'Run folder:']) {
      expect(result.stdout).toContain(text);
    }
    const record = parseRecord(readFileSync(join(at('start'), 'metrics.jsonl'), 'utf8'));
    expect(record.trials).toEqual(['p0', 'p0.3-published', 'p0.3-skip', 'p0.3-standardised']);
    expect(record.summaries).toHaveLength(4);
    expect(readdirSync(at('start'))).toEqual(expect.arrayContaining(['recipe.json', 'model.safetensors', 'loss.png', 'accuracy.svg']));
    for (const folder of [at('start'), join(at('start'), 'trials/p0.3-skip')]) {
      const check = await kindling('evaluate', folder, '--json', '--adapter', adapter!);
      expect(check.code).toBe(0);
      expect(JSON.parse(check.stdout)).toMatchObject({ agrees: true });
    }
  });

  it('Ctrl-C leaves a readable record and says how to start anew', async () => {
    const { child, ended } = launch(['warmup', '--steps', '100000', '--batch', '16', '--json', '--out', at('stopped'), ...small]);
    const steps = (): number => {
      try {
        return lines(join(at('stopped'), 'metrics.jsonl')).length;
      } catch {
        return 0;
      }
    };
    while (steps() < 4 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGINT');
    const result = await ended;
    expect(result.code).toBe(130);
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { exitCode: 130 } });
    expect(complaint(result)).toContain(`kindling warmup --recipe ${at('stopped')}/recipe.json`);
    const last = lines(join(at('stopped'), 'metrics.jsonl')).at(-1)!;
    expect(last.type).toBe('interrupted');
    expect(last.step).toBeGreaterThan(0);
    expect((await kindling('figure', at('stopped'))).code).toBe(0);
    expect((await kindling('evaluate', at('stopped'))).code).toBe(2);
  });

  it('doctor --json describes every adapter and the choice; KINDLING_ADAPTER is honoured', async () => {
    const result = await launch(['doctor', '--json'], { KINDLING_ADAPTER: adapter! }).ended;
    expect(result.code).toBe(0);
    const report = JSON.parse(result.stdout);
    expect(report.chosen.kind).toBe(adapter);
    expect(report.adapters[0]).toMatchObject({ features: expect.any(Array), limits: { maxStorageBufferBindingSize: expect.any(Number) } });
    for (const key of ['versions', 'platform', 'advice', 'problems', 'untested']) expect(report).toHaveProperty(key);
  });

  it('without the adapter asked for, exit code is 3', async () => {
    const none = adapter === 'hardware' ? 'swiftshader' : 'hardware';
    if ((await testAdapters()).includes(none)) return;
    expect((await kindling('doctor', '--adapter', none)).code).toBe(3);
    const run = await kindling('warmup', '--data', data, '--adapter', none, '--out', at('none'));
    expect(run.code).toBe(3);
    expect(complaint(run)).toMatch(/adapter: got .*Next: /);
  });
});
