// `npm run kernels:export`, and its folders run by programs that import nothing of ours: Deno (wgpu), and C with a WebGPU library.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../suite/build.mjs';
import { deviceHost, driverEnv, firstOf, packageFolder } from '../suite/host.mjs';

const command = join(root, 'packages/kernel-export/dist/node-main.js');
const OPS = ['linear', 'conv2d_grad_weight', 'topk', 'permute', 'sgd', 'softmax_grad'];
const folder = mkdtempSync(join(tmpdir(), 'kernel-export-'));
const out = join(folder, 'all');
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const run = (args) => spawnSync(process.execPath, [command, ...args], { encoding: 'utf8', cwd: folder });

let listed;
let env;
let deno;
beforeAll(async () => {
  listed = JSON.parse(execFileSync(process.execPath, [command, '--out', out, '--ops', OPS.join(','), '--json'], { encoding: 'utf8' }));
  const device = await deviceHost();
  const lavapipe = device.installedDrivers().some((path) => /lvp_icd/.test(path));
  env = { ...process.env, ...driverEnv(device, lavapipe ? 'lavapipe' : 'swiftshader'), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  const binary = packageFolder(`@deno/${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`);
  deno = firstOf([process.env.KINDLING_DENO, binary && join(binary, 'deno')]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The Deno runner: exit code and its JSON document. */
function inDeno(exported, ...more) {
  const script = join(root, 'examples/export-deno/run.js');
  const args = ['run', '--unstable-webgpu', '--allow-read', '--no-config', script, exported, '--json', ...more];
  const { status, stdout, stderr } = spawnSync(deno, args, { encoding: 'utf8', env });
  return { status, stderr, report: stdout.trim() === '' ? undefined : JSON.parse(stdout) };
}

/** A copy of the export with one kernel's manifest changed. */
function changed(name, edit) {
  const copy = join(folder, `changed-${name}`);
  cpSync(out, copy, { recursive: true });
  const path = join(copy, name, 'manifest.json');
  const text = readFileSync(path, 'utf8');
  const mutated = edit(text);
  expect(mutated).not.toBe(text);
  writeFileSync(path, mutated);
  return copy;
}

describe('kernels:export', () => {
  it('lists what it wrote, all of which its schema takes', () => {
    expect(listed).toMatchObject({ out, format: 'kindling-kernels', version: 1, license: 'MIT' });
    expect(listed.kernels.map(({ name }) => name)).toEqual(OPS);
    const ajv = new Ajv2020({ allowUnionTypes: true });
    const schema = readJson(join(out, 'kernel-package.schema.json'));
    ajv.addSchema(schema);
    const accept = (kind, path) => {
      const validate = ajv.getSchema(`${schema.$id}#/$defs/${kind}`);
      if (!validate(readJson(path))) expect.fail(`${path}: ${ajv.errorsText(validate.errors)}`);
    };
    accept('index', join(out, 'kernels.json'));
    accept('expressions', join(out, 'expressions.json'));
    for (const { name, shaders, cases } of listed.kernels) {
      accept('manifest', join(out, name, 'manifest.json'));
      accept('cases', join(out, name, 'cases/cases.json'));
      accept('bench', join(out, name, 'bench/bench.json'));
      expect(readdirSync(join(out, name)).filter((file) => file.endsWith('.wgsl'))).toHaveLength(shaders);
      const found = readJson(join(out, name, 'cases/cases.json')).cases;
      expect(found).toHaveLength(cases);
      for (const one of found)
        for (const { file, element, shape, model_stride: stride } of Object.values(one.tensors)) {
          const blocks = stride === undefined ? 1 : stride === 0 ? 1 : one.models;
          const bytes = readFileSync(join(out, name, 'cases', file)).length / { f64: 8, f32: 4, u32: 4, f16: 2 }[element];
          expect(bytes % (blocks * shape.reduce((a, b) => a * b, 1)), `${name} ${file}`).toBe(0);
        }
    }
  });

  it('writes the same bytes again, over its own export only', () => {
    const again = join(folder, 'again');
    for (let i = 0; i < 2; i++) expect(run(['--out', again, '--ops', 'permute,sgd']).status).toBe(0);
    for (const name of ['permute', 'sgd'])
      for (const file of readdirSync(join(again, name), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
        const path = join(file.parentPath ?? file.path, file.name);
        expect(readFileSync(path).equals(readFileSync(path.replace(again, out))), path).toBe(true);
      }
    const other = join(folder, 'other');
    mkdirSync(other);
    writeFileSync(join(other, 'notes.txt'), 'mine');
    const refused = run(['--out', other, '--ops', 'relu']);
    expect([refused.status, readFileSync(join(other, 'notes.txt'), 'utf8')]).toEqual([2, 'mine']);
    expect(refused.stderr).toMatch(/--out: got .*other.*; expected .* Next: /);
  });

  it.each([
    [['--ops', 'relu,convolution'], /--ops: got convolution; expected .*conv2d/],
    [['--ops', ''], /--ops: got /],
    [['--ops'], /kernels:export: got .*--ops/],
    [['--output', 'x'], /kernels:export: got .*--output/],
    [['extra'], /kernels:export: got .*extra/],
  ])('refuses %j', (args, message) => {
    const { status, stdout, stderr } = run(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});

describe('the Deno runner', () => {
  it('passes every case on every variant that wgpu takes', () => {
    expect(deno, 'npm install without --omit=optional, or KINDLING_DENO').toBeDefined();
    const { status, report, stderr } = inDeno(out);
    expect(stderr).toBe('');
    expect(report.kernels.flatMap(({ failures }) => failures)).toEqual([]);
    expect([status, report.failed, report.expressions]).toEqual([0, 0, []]);
    expect(report.kernels.map(({ name, passed }) => [name, passed > 0])).toEqual(OPS.map((name) => [name, true]));
  });

  it.each([
    ['linear', 'workgroups', (text) => text.replaceAll('"ceil(n * o / 64)"', '"floor(n * o / 64)"'), /not written/],
    ['permute', 'a uniform', (text) => text.replaceAll('"n_axes[5]"', '"n_axes[5] + 1"'), /tolerance/],
    ['softmax_grad', "an output's shape", (text) => text.replace('"shape": "y.shape"', '"shape": "cat(y.shape, [1])"'), /formula gives/],
    ['topk', 'a loop', (text) => text.replace('2048 * exp2(m)', '4096 * exp2(m)'), /./],
  ])('catches a wrong formula in %s: %s', (name, _, edit, message) => {
    const { status, report } = inDeno(changed(name, edit), '--ops', name);
    expect(status).toBe(1);
    expect(report.failed).toBeGreaterThan(0);
    expect(report.kernels[0].failures.map(({ error }) => error).join('\n')).toMatch(message);
  });

  it('times what bench.json names', () => {
    const { status, report } = inDeno(out, '--bench', '--ops', 'permute');
    expect(status).toBe(0);
    expect(report.kernels.map(({ variant, ms, gbytes }) => [variant, ms > 0, gbytes > 0])).toEqual([['naive', true, true]]);
  });

  it.each([[[]], [['nowhere']], [[out, '--what']], [[out, '--ops', 'relu']]])('refuses %j', (args) => {
    const script = join(root, 'examples/export-deno/run.js');
    const { status, stderr } = spawnSync(deno, ['run', '--allow-read', '--no-config', script, ...args], { encoding: 'utf8', env });
    expect(status).toBe(2);
    expect(stderr).toMatch(/got .*expected/);
  });
});

/** A WebGPU library with the C API: one that is named, or the npm package's. */
const library = firstOf([
  process.env.KINDLING_WEBGPU_LIBRARY,
  packageFolder('bun-webgpu-linux-x64') && join(packageFolder('bun-webgpu-linux-x64'), 'libwebgpu_wrapper.so'),
]);
const compiler = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

describe.skipIf(!library || !compiler)('the native runner', () => {
  const program = join(folder, 'run-kernels');
  const source = join(root, 'examples/export-native');
  const native = (...args) => spawnSync(program, [...args, '--library', library], { encoding: 'utf8', env });

  it('compiles without a warning, passes every case and catches a wrong formula', () => {
    const files = readdirSync(source)
      .filter((file) => file.endsWith('.c'))
      .map((file) => join(source, file));
    execFileSync('cc', ['-std=c11', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-O1', '-o', program, ...files, '-ldl', '-lm']);
    expect(existsSync(program)).toBe(true);
    const passed = native(out, '--ops', 'linear,topk,sgd');
    expect(passed.stdout).toMatch(/\n[1-9]\d* passed, 0 failed\n$/);
    expect(passed.status).toBe(0);
    const wrong = native(join(folder, 'changed-permute'), '--ops', 'permute');
    expect(wrong.stdout).toMatch(/the values are off/);
    expect(wrong.status).toBe(1);
    expect(native(join(folder, 'nowhere')).status).toBe(2);
  });
});
