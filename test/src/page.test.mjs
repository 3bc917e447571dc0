// The page's worker in Chromium beside the command line: same random bits, same accuracy, through pauses and the loss of its device.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSealed, readTar } from '@kindling/core';
import { sample } from '@kindling/datagen';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../packages/page/serve.mjs';
import { findChromium, HEADLESS } from '../suite/chromium.mjs';
import { launch } from './command.ts';

const dist = fileURLToPath(new URL('../../packages/page/dist/', import.meta.url));
const found = await findChromium();
if (found.missing) console.warn(`page: skipped, no Chromium: ${found.missing}`);

/** Lets SwiftShader draw to a canvas where there is no display; a Chromium without Vulkan ignores it, and the page reads its pictures back. */
const CAN_DRAW = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--disable-vulkan-surface',
];

const recipe = { experiment: 'count', arm: 'standardised', p: 0.4, steps: 50, batch: 32, seed: 7, evalEvery: 0 };
const WARMUP = 20;
const words = (options) => Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);

describe.skipIf(found.missing)('the page’s worker', () => {
  const place = mkdtempSync(join(tmpdir(), 'kindling-page-'));
  let server;
  let context;
  let page;
  let commandLine;

  /** Opens a worker as the page does, and notes all that it says. */
  const openWorker = () =>
    page.evaluate(() => {
      const heard = [];
      let wake = () => undefined;
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => {
        heard.push(data);
        wake();
      };
      worker.onerror = ({ message }) => {
        heard.push({ type: 'broken', message });
        wake();
      };
      const placeholder = document.querySelector('canvas');
      const canvas = placeholder.transferControlToOffscreen();
      worker.postMessage({ type: 'init', canvas, data: new URL('/data/', location.href).href }, [canvas]);
      globalThis.post = (message) => worker.postMessage(message);
      globalThis.heard = heard;
      /** The first message of these types from number `from` on, and the number after it. */
      globalThis.until = async (types, from) => {
        for (;;) {
          const at = heard.findIndex(({ type }, i) => i >= from && types.includes(type));
          if (at >= 0) return { message: heard[at], after: at + 1 };
          await new Promise((resolve) => {
            wake = resolve;
          });
        }
      };
      /** What the canvas shows: red of each pixel, and its width. */
      globalThis.shown = () => {
        const copy = document.createElement('canvas');
        [copy.width, copy.height] = [placeholder.width, placeholder.height];
        const drawn = copy.getContext('2d');
        drawn.drawImage(placeholder, 0, 0);
        const { data } = drawn.getImageData(0, 0, copy.width, copy.height);
        return { width: copy.width, height: copy.height, red: Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]) };
      };
    });

  /** Number of the first message that no test has waited for. */
  let heard = 0;
  /** Posts messages and waits for an answer of these types after the last one; another type of `error`, or a worker that breaks, fails the test. */
  const ask = async (messages, ...types) => {
    const { message, after } = await page.evaluate(
      ([asked, wanted, from]) => {
        for (const each of asked) globalThis.post(each);
        return globalThis.until([...wanted, 'error', 'broken'], from);
      },
      [messages, types, heard],
    );
    heard = after;
    if (!types.includes(message.type)) throw new Error(`asked ${JSON.stringify(messages)}, heard ${JSON.stringify(message)}`);
    return message;
  };
  const heardSince = (from, type) =>
    page.evaluate(([first, wanted]) => globalThis.heard.slice(first).filter((m) => m.type === wanted), [from, type]);

  beforeAll(async () => {
    if (!existsSync(join(dist, 'worker.js'))) throw new Error('packages/page/dist is not built. Next: npm run build');
    // Beside the browser: each waits for other things most of the time.
    const data = join(dist, 'data/mnist-part');
    const { evalEvery, ...options } = recipe;
    const out = join(place, 'cli');
    const args = [
      'warmup',
      ...words(options),
      '--eval-every',
      String(evalEvery),
      '--data',
      data,
      '--adapter',
      'swiftshader',
      '--out',
      out,
      '--json',
    ];
    commandLine = launch(args, place).ended;
    server = await serve(0);
    context = await chromium.launchPersistentContext(join(place, 'profile'), {
      executablePath: found.executablePath,
      headless: false, // by the flag, as the shell that Playwright would choose has no WebGPU
      args: [...HEADLESS, ...CAN_DRAW],
    });
    page = context.pages()[0] ?? (await context.newPage());
    await page.goto(`http://127.0.0.1:${server.address().port}/data/mnist-part/manifest.json`);
    await page.setContent('<!doctype html><canvas></canvas>');
    await openWorker();
    const ready = await page.evaluate(() => globalThis.until(['ready', 'no-webgpu', 'error', 'broken'], 0));
    if (ready.message.type !== 'ready') throw new Error(JSON.stringify(ready.message));
  });
  afterAll(async () => {
    await context?.close();
    server?.close();
    rmSync(place, { recursive: true, force: true });
  });

  /** Pixel p of sample i as the canvas has it: 8 tiles a row, a line between them. */
  const pixelOf = ({ width, red }, i, p) => red[(29 * Math.floor(i / 8) + Math.floor(p / 28)) * width + 29 * (i % 8) + (p % 28)];

  /** The summary of a run that was paused and lost its device, and the number of its first message; and its record. */
  let disturbed;
  let record;
  const download = async () => {
    const { name, bytes } = await ask([{ type: 'download' }], 'record');
    return { name, bytes: Uint8Array.from(Object.values(bytes)) };
  };
  const fileOf = ({ name, bytes }, file) => readTar(bytes, name).get(`${name.replace('.tar', '')}/${file}`);
  const text = (from, file) => new TextDecoder().decode(fileOf(from, file));

  it('says in words what it refuses, and goes on', async () => {
    const bad = await ask([{ type: 'start', recipe: { ...recipe, p: 2 } }], 'error');
    expect(bad).toMatchObject({ ended: false, subject: 'p', expected: 'a number from 0 to 1' });
    expect((await ask([{ type: 'download' }], 'error')).got).toBe('no run yet');
    expect((await ask([{ type: 'predict', pixels: new Array(784).fill(0) }], 'error')).got).toBe('other pixels');
    expect((await ask([{ type: 'digest', recipe, steps: 0 }], 'error')).subject).toBe('digest: steps');
  });

  it('makes the very random bits of `kindling datagen hash`', async () => {
    const { digest, command } = await ask([{ type: 'digest', recipe, steps: 3 }], 'digest');
    const [, json] = /--recipe '([^']*)'/.exec(command);
    const { seed, batch } = recipe;
    const { stdout, stderr } = await launch(['datagen', 'hash', '--recipe', json, ...words({ seed, batch, steps: 3 })], place).ended;
    expect(digest, stderr).toBe(stdout.trim());
  });

  it('pauses, shows the batch that was generated, answers, and recovers from a lost device', async () => {
    const begin = heard;
    const started = await ask([{ type: 'profile', on: true }, { type: 'start', recipe }, { type: 'pause' }], 'started');
    expect(started).toMatchObject({ steps: recipe.steps, warmupSteps: WARMUP });
    const paused = await ask([], 'paused');
    expect(paused.step).toBeLessThan(WARMUP);

    // Count images are black and white: the canvas shows the last step's batch to the bit.
    const canvas = await page.evaluate(() => globalThis.shown());
    expect([canvas.width, canvas.height]).toEqual([8 * 29 - 1, 4 * 29 - 1]);
    const generator = { family: 'count', label: { kind: 'standardised' } };
    for (const i of [0, 7, 31]) {
      const { image } = sample(generator, recipe.seed, paused.step - 1, i);
      expect(Array.from(image, (_, p) => pixelOf(canvas, i, p))).toEqual(Array.from(image, (value) => 255 * value));
    }

    const still = heard;
    await page.evaluate(() => globalThis.post({ type: 'predict', pixels: new Float32Array(784), id: 5 }));
    const answer = await ask([], 'prediction');
    expect(answer).toMatchObject({ model: 'untrained', id: 5 });
    expect(answer.probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
    expect(await heardSince(still, 'progress')).toEqual([]);

    await ask([{ type: 'resume' }], 'resumed');
    // The next evaluation ends the warm-up.
    await ask([], 'evaluation');
    await ask([{ type: 'pause' }], 'paused');
    await ask([{ type: 'loseDevice' }], 'lost');
    const recovered = await ask([], 'recovered');
    expect(recovered).toMatchObject({ training: true });
    expect(recovered.step).toBeGreaterThan(0);
    disturbed = { summary: (await ask([{ type: 'resume' }], 'done')).summary, begin };
  });

  it('ends where the command line ends', async () => {
    const { code, stdout, stderr } = await commandLine;
    expect(code, stderr).toBe(0);
    const { accuracy, testLoss } = JSON.parse(stdout);
    expect(accuracy).toBeGreaterThan(0.15);
    // Bits agree where both run the same SwiftShader. Another version of it, or a GPU, sums in another order: 1e-3 of the loss, and 4 of 2,000 images
    // that stand near a border, are far more than was ever seen (1e-8 and none, SwiftShader against lavapipe).
    expect(Math.abs(disturbed.summary.accuracy - accuracy)).toBeLessThanOrEqual(4 / 2000);
    expect(Math.abs(disturbed.summary.testLoss / testLoss - 1)).toBeLessThan(1e-3);
  });

  it('counts what crossed: not a byte to the GPU in a step', async () => {
    const { phases } = (await heardSince(disturbed.begin, 'ledger')).at(-1);
    const [warmup, natural, other] = ['warmup', 'natural', 'other'].map((name) => phases.find(({ phase }) => phase === name));
    expect(warmup).toMatchObject({ bytesToDevice: 0, dispatches: 10 * warmup.steps });
    expect(natural).toMatchObject({ bytesToDevice: 0, dispatches: 10 * natural.steps });
    // Steps that the loss took back were done twice.
    expect(warmup.steps + natural.steps).toBeGreaterThan(recipe.steps);
    expect(other.bytesToDevice).toBeGreaterThan(12_000 * 784);
  });

  it('times kernels where the adapter has a clock, and says so where it has none', async () => {
    const { rows, steps, note } = (await heardSince(disturbed.begin, 'timings')).at(-1);
    if (rows.length === 0) return expect(note).toContain('timestamp-query');
    const warmup = rows.filter(({ phase }) => phase === 'warmup');
    expect(warmup.filter(({ part }) => part === 'data').map(({ kernel }) => kernel)).toEqual(['count/half']);
    expect(warmup.reduce((sum, { calls }) => sum + calls, 0)).toBe(10);
    expect(warmup.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(steps.warmup).toBeGreaterThan(0);
  });

  it('hands out a record that `kindling figure` draws', async () => {
    record = await download();
    const file = join(place, record.name);
    writeFileSync(file, record.bytes);
    const { code, stdout, stderr } = await launch(['figure', file, '--out', join(place, 'figures')], place).ended;
    expect(code, stderr).toBe(0);
    for (const name of ['loss', 'accuracy', 'time']) expect(stdout).toContain(join(place, 'figures', `${name}.svg`));
    const lines = text(record, 'metrics.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ type: 'header', recipe, data: { name: 'mnist-part', train: 12_000, test: 2000 } });
    // Cut back to the copy of the state, and gone on: every step once.
    const steps = lines.filter(({ type }) => type === 'train').flatMap(({ losses }) => losses);
    expect(steps.length).toBe(recipe.steps);
    expect(lines.find(({ type }) => type === 'summary').testLoss).toBe(disturbed.summary.testLoss);
  });

  it('trains again to the same bits without pause or loss', async () => {
    await ask([{ type: 'start', recipe }], 'started');
    const { summary } = await ask([], 'done');
    expect(summary.testLoss).toBe(disturbed.summary.testLoss);
    expect(summary.confusion).toEqual(disturbed.summary.confusion);
    const models = [record, await download()].map((each) => openSealed(fileOf(each, 'model.safetensors'), each.name));
    const [first, second] = (await Promise.all(models)).map(({ tensors }) => tensors);
    expect(Object.keys(second)).toEqual(Object.keys(first));
    for (const [name, { data }] of Object.entries(first)) {
      expect(Buffer.compare(Buffer.from(second[name].data.buffer), Buffer.from(data.buffer)), name).toBe(0);
    }
  });

  it('weighs classes by what was learned of them', async () => {
    const adaptive = { experiment: 'adaptive', arm: 'published', epochs: 1, batch: 20, seed: 1 };
    const from = heard;
    await ask([{ type: 'start', recipe: adaptive }], 'started');
    const { epoch, epochs, weights, accuracy } = await ask([], 'weights');
    expect([epoch, epochs]).toEqual([1, 1]);
    weights.forEach((weight, i) => {
      expect(weight).toBeCloseTo(1 - accuracy[i] + 0.1, 5);
    });
    expect((await ask([], 'done')).summary.recipe).toEqual(adaptive);
    expect((await heardSince(from, 'progress')).flatMap(({ loss }) => loss).length).toBe(10);
  });

  it('stops, with a record and an answer of the net as it was left', async () => {
    await ask([{ type: 'start', recipe: { ...recipe, seed: 8 } }, { type: 'stop' }], 'started');
    const { step } = await ask([], 'stopped');
    expect(step).toBeLessThan(recipe.steps);
    const lines = text(await download(), 'metrics.jsonl')
      .trim()
      .split('\n');
    expect(JSON.parse(lines.at(-1))).toMatchObject({ type: 'interrupted', step });
    await page.evaluate(() => globalThis.post({ type: 'predict', pixels: new Float32Array(784) }));
    expect(await ask([], 'prediction')).toMatchObject({ model: 'untrained', step });
  });
});
