// `npm run test:tarballs`: docs/your-own-model.md and packages/kernels/README.md as a stranger follows them. Packs every package, installs the tarballs into
// empty folders, and runs the pages' files and commands as they stand. A few minutes on a software adapter.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PNG } from 'pngjs';
import { blocksOf } from './guide.mjs';

const usage = `npm run test:tarballs -- [options]
  --offline       npm may not ask the network: third-party packages must be in its cache
  --python FILE   a Python with torch and safetensors, which then loads the weights (default: that part is left out)
  --page NAME     only one page: guide or kernels
  --keep          leaves the folder
Third-party packages come from npm's cache where they are in it (\`npm ci\` in this clone puts them there), else from the registry.`;
let options;
try {
  const flag = { type: 'boolean', default: false };
  options = parseArgs({ options: { offline: flag, keep: flag, help: flag, python: { type: 'string' }, page: { type: 'string' } } }).values;
  if (![undefined, 'guide', 'kernels'].includes(options.page)) throw new Error(`--page: got ${options.page}; expected guide or kernels`);
} catch (error) {
  console.error(`test:tarballs: ${error.message}\n${usage}`);
  process.exit(2);
}
if (options.help) {
  console.log(usage);
  process.exit(0);
}

const root = fileURLToPath(new URL('../..', import.meta.url));
// Below a folder whose name npm and Node show as it is, links resolved.
const place = realpathSync(mkdtempSync(join(tmpdir(), 'kindling-tarballs-')));
const env = {
  ...process.env,
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_prefer_offline: 'true',
  ...(options.offline ? { npm_config_offline: 'true' } : {}),
};
// What npm sets for scripts of this clone must not reach the commands of the other folder.
for (const name of Object.keys(env)) if (/^npm_(package|lifecycle)_|^npm_config_local_prefix$|^INIT_CWD$/.test(name)) delete env[name];
env.PATH = (env.PATH ?? '')
  .split(':')
  .filter((folder) => !folder.startsWith(root))
  .join(':');

class Failure extends Error {}
const expect = (holds, message) => {
  if (!holds) throw new Failure(message);
};

let cwd = place;
/** Runs a script in the reader's folder, which a `cd` in it changes. Returns both streams. */
function shell(script, status = 0) {
  const started = performance.now();
  const where = join(place, '.where');
  const {
    status: code,
    stdout,
    stderr,
  } = spawnSync('bash', ['-euo', 'pipefail', '-c', `${script}\npwd > ${where}`], { cwd, env, encoding: 'utf8' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${script.trim().replace(/^/gm, '$ ')}\n${stdout.trim()}\n[${seconds} s, exit code ${code}]\n`);
  expect(code === status, `exit code ${code} instead of ${status}:\n${script}\n${stderr}`);
  if (code === 0) cwd = readFileSync(where, 'utf8').trim();
  return { stdout, stderr };
}

const read = (path) => readFileSync(join(cwd, path), 'utf8');
const last = (path) => JSON.parse(read(path).trim().split('\n').at(-1));
const json = (script) => JSON.parse(shell(script).stdout);

/** What must hold once the guide's commands have run. */
function checkOutcome() {
  for (const name of ['warmed', 'plain']) {
    const { type, accuracy, p, warmup } = last(`runs/${name}/metrics.jsonl`);
    expect(type === 'summary' && accuracy > 0.5, `runs/${name}: accuracy ${accuracy}, a third is chance`);
    expect(
      name === 'plain' ? p === 0 && warmup === null : p === 0.3 && warmup.hostBytesPerStep === 0,
      `runs/${name}: warm-up ${JSON.stringify(warmup)}`,
    );
    for (const file of ['loss.svg', 'accuracy.svg', 'time.svg', 'recipe.json'])
      expect(existsSync(join(cwd, 'runs', name, file)), `no ${file} in ${name}`);
  }
  const header = JSON.parse(read('runs/warmed/metrics.jsonl').split('\n')[0]);
  expect(header.model.path === join(cwd, 'model.mjs'), `the record names ${header.model.path}`);
  expect(header.model.sha256 === createHash('sha256').update(read('model.mjs')).digest('hex'), 'the record has another SHA-256');
  expect(read('runs/warmed/model.mjs') === read('model.mjs'), 'the copy of the module differs');
  expect(JSON.parse(read('runs/gratings/recipe.json')).generator.label.classes === 3, 'the generator is not in the recipe');
  const bytes = readFileSync(join(cwd, 'runs/warmed/model.safetensors'));
  const { __metadata__: facts, ...tensors } = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString('utf8'));
  const shapes = Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape.join('×')]));
  expect(facts.model === 'two-convs' && facts.input === '[3,24,28]', `metadata ${JSON.stringify(facts)}`);
  expect(shapes['conv1.weight'] === '16×3×3×3' && shapes['fc1.weight'] === '64×1344' && shapes['fc2.bias'] === '3', JSON.stringify(shapes));
  return { warmed: last('runs/warmed/metrics.jsonl').accuracy, plain: last('runs/plain/metrics.jsonl').accuracy };
}

/** PyTorch and Kindling must agree on an image. */
function checkPython(python) {
  const black = new PNG({ width: 28, height: 24 });
  for (let p = 0; p < 28 * 24; p++) black.data[4 * p + 3] = 255;
  writeFileSync(join(cwd, 'black.png'), PNG.sync.write(black));
  const [{ probabilities }] = json('npx kindling predict runs/warmed black.png --json').predictions;
  const theirs = JSON.parse(shell(`${python} load.py`).stdout);
  const most = Math.max(...theirs.map((value, i) => Math.abs(value - probabilities[i])));
  expect(theirs.length === 3 && most < 1e-4, `PyTorch says ${theirs}, Kindling ${probabilities}`);
}

/** Ways in which a reader departs from the guide. */
function checkDepartures(accuracy) {
  const [own, aside] = ['model.mjs', 'elsewhere.mjs'].map((name) => join(cwd, name));
  renameSync(own, aside);
  expect(json('npx kindling evaluate runs/warmed --json').accuracy === accuracy, 'the copy in the run folder evaluates otherwise');
  expect(json('npx kindling evaluate runs/warmed --model elsewhere.mjs --json').agrees === true, '--model evaluates otherwise');
  rmSync(join(cwd, 'runs/warmed/model.mjs'));
  const missing = shell('npx kindling evaluate runs/warmed', 2).stderr;
  expect(/got neither .*expected the module of the model that was trained\. Next: name the module with --model/.test(missing), missing);
  copyFileSync(aside, own);
  copyFileSync(aside, join(cwd, 'runs/warmed/model.mjs'));
  writeFileSync(join(cwd, 'typo.mjs'), read('model.mjs').replace("p['fc1.bias']", "p['fc1.bais']"));
  const typo = shell('npx kindling warmup --model typo.mjs --data shapes --out runs/typo', 2).stderr;
  expect(/typo\.mjs: parameter fc1\.bais: got a name that parameters\(outputs\) does not give; expected conv1\.weight/.test(typo), typo);
  writeFileSync(join(cwd, 'lost.mjs'), `import './nowhere.mjs';\n${read('model.mjs')}`);
  const lost = shell('npx kindling warmup --model lost.mjs --data shapes --out runs/lost', 2).stderr;
  expect(/lost\.mjs: got Error: Cannot find module .*nowhere\.mjs/.test(lost), lost);
  for (const name of ['typo', 'lost']) expect(!existsSync(join(cwd, 'runs', name)), `runs/${name} was made`);
}

/** Runs a page's blocks in order; returns what the last command printed. */
function follow(page) {
  cwd = place;
  let printed = '';
  for (const block of blocksOf(readFileSync(join(root, page), 'utf8'))) {
    if (block.kind === 'file') {
      writeFileSync(join(cwd, block.name), block.text);
    } else if (block.where !== 'clone') {
      printed = shell(block.text).stdout;
    } else if (!existsSync(join(place, 'kindling-tarballs'))) {
      // The clone is installed and built already: this runs in it.
      shell(`cd ${root}\nnode scripts/pack-packages.mjs ${place}/kindling-tarballs\ncd ${place}`);
    }
  }
  return printed;
}

/** "Embed a kernel in ten minutes". */
function followKernels() {
  const { y, losses } = JSON.parse(follow('packages/kernels/README.md').trim().split('\n').at(-1));
  expect(y.join() === '1,2,3,16,0,0,0,4', `one-op.ts gives ${y}`);
  expect(losses.length === 20 && Math.abs(losses[0] - Math.log(10)) < 1e-5 && losses[19] < 1.6, `train.ts gives ${losses}`);
  console.log(`the kernels' page holds: losses ${losses[0]} to ${losses[19]}`);
}

function followGuide() {
  const started = performance.now();
  follow('docs/your-own-model.md');
  const accuracies = checkOutcome();
  if (options.python) checkPython(options.python);
  checkDepartures(accuracies.warmed);
  if (!options.python) console.log('load.py was not run: no --python with torch and safetensors');
  console.log(
    `the guide holds: accuracy ${accuracies.warmed} with a warm-up, ${accuracies.plain} without; ${Math.round((performance.now() - started) / 1000)} s`,
  );
}

let code = 0;
try {
  if (options.page !== 'kernels') followGuide();
  if (options.page !== 'guide') followKernels();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`test:tarballs: ${error.message}`);
  code = 1;
} finally {
  if (options.keep) console.log(`left in ${place}`);
  else rmSync(place, { recursive: true, force: true });
}
process.exit(code);
