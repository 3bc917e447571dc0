// packages/kernels/README.md as a stranger follows it: a project in an empty folder, from tarballs. `npm run test:tarballs` does it with npm itself.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sample } from '@kindling/datagen';
import { testAdapters } from '@kindling/device/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { consumerParts, install, pack, writeFiles } from '../tarballs/consumer.mjs';

const bin = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
const { files, commands } = consumerParts();
let place;
let folder;

/** One of the page's commands, with the clone's tools in the place of installed ones. */
function run(command, status = 0) {
  const shell = spawnSync('bash', ['-euo', 'pipefail', '-c', command.replaceAll('npx ', '')], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  });
  if ((shell.status === 0) !== (status === 0)) throw new Error(`${command}: exit code ${shell.status}\n${shell.stdout}\n${shell.stderr}`);
  return shell.stdout;
}

beforeAll(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'kindling-consumer-')));
  folder = join(place, 'my-engine');
  mkdirSync(folder);
  const tarballs = pack(['shaders', 'packages/core', 'packages/kernels', 'packages/datagen', 'packages/device'], join(place, 'tarballs'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'my-engine', private: true, type: 'module' }));
  install(folder, tarballs, ['@webgpu/types']);
  writeFiles(folder, files);
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** The page's training in f64: mean losses of a linear classifier on the same batches. */
function lossesOf(steps) {
  const [batch, size, classes, rate] = [32, 28, 10, 0.1];
  const recipe = { family: 'strokes' };
  const pixels = size * size;
  const w = new Float64Array(classes * pixels);
  const b = new Float64Array(classes);
  return Array.from({ length: steps }, (_, step) => {
    const [dw, db] = [new Float64Array(w.length), new Float64Array(classes)];
    let loss = 0;
    for (let n = 0; n < batch; n++) {
      const { image, label } = sample(recipe, 7, step, n);
      const logits = Array.from(b, (bias, k) => image.reduce((sum, value, p) => sum + value * w[k * pixels + p], bias));
      const total = logits.reduce((sum, z) => sum + Math.exp(z), 0);
      loss += (Math.log(total) - logits[label]) / batch;
      for (let k = 0; k < classes; k++) {
        const dz = (Math.exp(logits[k]) / total - (k === label ? 1 : 0)) / batch;
        db[k] += dz;
        for (let p = 0; p < pixels; p++) dw[k * pixels + p] += dz * image[p];
      }
    }
    for (let i = 0; i < w.length; i++) w[i] -= rate * dw[i];
    for (let k = 0; k < classes; k++) b[k] -= rate * db[k];
    return loss;
  });
}

it('the page names its files and commands', () => {
  expect(Object.keys(files)).toEqual(['one-op.ts', 'train.ts', 'main.ts', 'tsconfig.json']);
  expect(commands).toHaveLength(2);
  expect(
    commands[1]
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(0, 2).join(' ')),
  ).toEqual(['npx tsc', 'npx esbuild', 'node main.mjs']);
});

it('its files type-check, bundle, and train to the losses of an f64 twin', async () => {
  const [adapter] = await testAdapters();
  const [check, bundle, start] = commands[1].trim().split('\n');
  run(check);
  run(bundle);
  const text = readFileSync(join(folder, 'main.mjs'), 'utf8');
  for (const absent of ['safetensors', 'layernorm', 'lstat']) expect(text).not.toContain(absent);
  const { y, losses } = JSON.parse(run(`KINDLING_ADAPTER='${adapter}' ${start}`));
  expect(y).toEqual([1, 2, 3, 16, 0, 0, 0, 4]);
  const want = lossesOf(3);
  expect(losses).toHaveLength(20);
  for (const [step, loss] of losses.slice(0, want.length).entries())
    expect(Math.abs(loss - want[step]), `step ${step}: ${loss}, not ${want[step]}`).toBeLessThan(1e-4);
  expect(losses[0]).toBeCloseTo(Math.log(10), 5);
  expect(losses.at(-1)).toBeLessThan(1.6);
});

it('the declarations themselves hold, with TypeScript’s own WebGPU types', () => {
  writeFileSync(join(folder, 'all.ts'), "export * as datagen from '@kindling/datagen';\nexport * as kernels from '@kindling/kernels';\n");
  const { compilerOptions } = JSON.parse(files['tsconfig.json'].replace(/^\/\/.*/, ''));
  const options = { ...compilerOptions, types: [], skipLibCheck: false };
  writeFileSync(join(folder, 'tsconfig.all.json'), JSON.stringify({ compilerOptions: options, include: ['all.ts'] }));
  run('npx tsc -p tsconfig.all.json');
});

it('a type error in a consumer’s code is one', () => {
  const wrong = files['one-op.ts'].replace('w: [4, 3]', "w: 'four'");
  expect(wrong).not.toBe(files['one-op.ts']);
  writeFileSync(join(folder, 'one-op.ts'), wrong);
  expect(run('npx tsc -p .', 1)).toMatch(/one-op\.ts\(\d+,\d+\): error TS2322: Type 'string' is not assignable/);
  writeFileSync(join(folder, 'one-op.ts'), files['one-op.ts']);
});
