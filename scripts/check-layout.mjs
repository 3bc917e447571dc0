// Checks the house rules that no compiler sees; prints every breach and exits 1 if there is one.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const breaches = [];
const breach = (path, rule) => breaches.push(`${path}: ${rule}`);
const walk = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', '.turbo'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? walk(path) : [path];
  });
const exists = (path) => statSync(path, { throwIfNoEntry: false }) !== undefined;
const isTest = (path) => /\.test\.ts$|\/testing(\/|\.ts$)|vitest\.config\.ts$|(^|\/)(test|benchmarks)\//.test(path);

const shaders = walk('shaders').filter((path) => path.endsWith('.wgsl'));
const sources = ['packages', 'benchmarks', 'test'].flatMap(walk).filter((path) => path.endsWith('.ts'));
const text = new Map([...shaders, ...sources].map((path) => [path, readFileSync(path, 'utf8')]));
const production = sources.filter((path) => !isTest(path));

// A shader nobody describes is dead; a shader opens by saying what it computes.
const describing = [...production, ...sources.filter((path) => path.startsWith('benchmarks/'))];
const imported = new Set(
  describing.flatMap((path) => [...text.get(path).matchAll(/@kindling\/shaders\/([^'"]+)/g)].map((match) => match[1])),
);
for (const path of shaders) {
  if (!imported.has(path.replace(/^shaders\/|\.wgsl$/g, ''))) breach(path, 'no descriptor imports it');
  if (!text.get(path).startsWith('//')) breach(path, 'opens without a comment that says what it computes');
}

// One op, one folder, four files. The rooms that hold no differentiable op are named here.
const plain = new Set(['optimizer', 'evaluate', 'embed', 'testing', 'work']);
const ops = readdirSync('packages/kernels/src', { withFileTypes: true }).filter((entry) => entry.isDirectory() && !plain.has(entry.name));
for (const { name } of ops) {
  const folder = join('packages/kernels/src', name);
  for (const file of ['descriptor.ts', 'gradient.ts', 'reference.ts']) if (!exists(join(folder, file))) breach(folder, `lacks ${file}`);
  if (!readdirSync(folder).some((file) => file.endsWith('.test.ts'))) breach(folder, 'lacks a test');
}

// A package imports what its manifest names, and what the layout allows.
const forbidden = {
  core: /.*/,
  shaders: /.*/,
  kernels: /^(device|autograd|data|datagen|warmup|figures)$/,
  datagen: /^(device|autograd|kernels|warmup)$/,
  figures: /^(device|kernels|autograd|datagen|data|warmup)$/,
  // It measures what others do with a device, and so knows kernels, and nobody who launches them.
  profile: /^(autograd|datagen|figures|verify|warmup)$/,
};
const imports = /^(?:import|export)\s(?:[^'"`;]*\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;
const common = JSON.parse(readFileSync('package.json', 'utf8')).devDependencies;
for (const path of sources) {
  const [root, name] = path.split('/');
  const folder = root === 'packages' ? join(root, name) : root;
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const named = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...(isTest(path) ? { ...manifest.devDependencies, ...common } : {}),
  };
  for (const [, statement, call] of text.get(path).matchAll(imports)) {
    const specifier = statement ?? call;
    if (specifier.startsWith('.')) continue;
    const [scope, second] = specifier.split('/');
    const dependency = scope.startsWith('@') ? `${scope}/${second}` : scope;
    if (specifier.startsWith('node:')) {
      const files =
        root !== 'packages' || name === 'cli' || isTest(path) || /\/(node|node-.*|disk|files|mnist|swiftshader|vulkan|png)\.ts$/.test(path);
      if (!files) breach(path, `imports ${specifier}: only cli, Node entries, benchmarks and test touch the system`);
      continue;
    }
    if (dependency === manifest.name) continue;
    if (!(dependency in named)) breach(path, `imports ${dependency}, which ${folder}/package.json does not name`);
    if (scope === '@kindling' && !isTest(path) && forbidden[name]?.test(second) && second !== 'core' && second !== 'shaders') {
      breach(path, `imports ${dependency}: ${name} stands below it`);
    }
  }
  const gpu = /navigator\s*(\??\.)\s*gpu|\brequestAdapter\(/.test(text.get(path));
  if (gpu && name !== 'device' && !isTest(path)) breach(path, 'names navigator.gpu or asks for an adapter: only device does');
}

// An example is one file that can be read from top to bottom, and takes our packages as anybody would.
const openers = new Set(['examples/run.mjs', 'examples/node.test.js']);
const usedByExamples = {
  ...JSON.parse(readFileSync('examples/package.json', 'utf8')).devDependencies,
  ...common,
};
for (const path of walk('examples').filter((file) => /\.m?js$/.test(file))) {
  const code = readFileSync(path, 'utf8');
  const lines = code.trimEnd().split('\n').length;
  const most = path === 'examples/plain/main.js' ? 40 : 100;
  if (path.endsWith('/main.js') && lines > most) breach(path, `has ${lines} lines: an example has at most ${most}`);
  for (const [, statement, call] of code.matchAll(imports)) {
    const specifier = statement ?? call;
    if (/^([./]|node:)/.test(specifier)) continue;
    const [scope, second] = specifier.split('/');
    const dependency = scope.startsWith('@') ? `${scope}/${second}` : scope;
    if (!(dependency in usedByExamples)) breach(path, `imports ${dependency}, which examples/package.json does not name`);
    if (dependency === '@kindling/device' && !openers.has(path) && !path.startsWith('examples/drive/')) {
      breach(path, 'imports @kindling/device: an example takes the GPUDevice of its engine');
    }
  }
}

// Long files are a hint, not a breach.
for (const path of sources) {
  const lines = text.get(path).split('\n').length;
  if (lines > 400) console.log(`note: ${path} has ${lines} lines: does it still have one subject?`);
}
for (const line of breaches) console.error(line);
console.log(`layout: ${shaders.length} shaders, ${ops.length} op folders, ${sources.length} source files, ${breaches.length} breaches`);
process.exit(breaches.length > 0 ? 1 : 0);
