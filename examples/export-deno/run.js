// Runs exported kernels in Deno, whose WebGPU is wgpu: every test case on every variant that the adapter takes, or with --bench their times.
//   deno run --unstable-webgpu --allow-read run.js FOLDER [--ops a,b] [--bench] [--json]
// Exit code 0: all passed, 1: some did not, 2: wrong arguments, 3: no adapter. Nothing of Kindling is imported: only the export is read.
import { timeKernel } from './bench.js';
import { openDevice } from './device.js';
import { environment, evaluate, same } from './expressions.js';
import { Problem } from './gpu.js';
import { allowedVariants, loadKernel, plan } from './kernel.js';

function usage(message) {
  console.error(`${message}\nusage: run.js FOLDER [--ops a,b] [--bench] [--json]`);
  Deno.exit(2);
}

function parse(args) {
  const found = { folder: undefined, ops: undefined, bench: false, json: false };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === '--bench' || arg === '--json') found[arg.slice(2)] = true;
    else if (arg === '--ops') found.ops = args[++i]?.split(',') ?? usage('--ops: got nothing; expected names with commas between');
    else if (arg.startsWith('-') || found.folder !== undefined) usage(`got ${arg}; expected one folder and options`);
    else found.folder = arg;
  }
  return found.folder === undefined ? usage('got no folder; expected one that kernels:export wrote') : found;
}

/** Share of its tolerance that a tensor uses at most; 1 is all of it. */
function shareOf(got, want, { absolute, relative, floor }) {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  const largest = want.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let share = 0;
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs(got[i] - want[i]);
    if (error === 0) continue;
    const used = error / (absolute * largest + relative * Math.abs(want[i]) + floor);
    share = Math.max(share, Number.isNaN(used) ? Number.POSITIVE_INFINITY : used);
  }
  return share;
}

const ARRAYS = { f64: Float64Array, f32: Float32Array, u32: Uint32Array };

async function readBytes(path) {
  const bytes = await Deno.readFile(path);
  // A fresh buffer: arrays of eight bytes an element want it aligned.
  return new Uint8Array(bytes).slice();
}

/** One case on all variants: [{variant, share, error}]. */
async function runCase(kernel, one, adapter) {
  const inputs = Object.entries(one.tensors).filter(([, { role }]) => role === 'input');
  const request = {
    models: one.models,
    attrs: one.attrs,
    shapes: Object.fromEntries(inputs.map(([name, { shape }]) => [name, shape])),
    strides: Object.fromEntries(inputs.map(([name, tensor]) => [name, tensor.model_stride ?? 0])),
  };
  // A case for a feature that is not there is no failure: storage f16 without shader-f16.
  if (one.attrs.storage === 'f16' && !adapter.features.has('shader-f16')) return [];
  if (one.attrs.to && !adapter.features.has('shader-f16')) return [];
  const planned = plan(kernel, request, adapter);
  const contents = {};
  for (const [name, { file }] of inputs) contents[name] = await readBytes(`${kernel.folder}/cases/${file}`);
  const wanted = [];
  for (const [name, { role, element, shape, file, tolerance }] of Object.entries(one.tensors)) {
    if (role !== 'output') continue;
    const tensor = name.replace(/\.after$/, '');
    if (!same(planned.tensors[tensor].shape, shape))
      throw new Error(`${name}: the shape's formula gives [${planned.tensors[tensor].shape}], not [${shape}]`);
    wanted.push({ tensor, tolerance, values: new ARRAYS[element]((await readBytes(`${kernel.folder}/cases/${file}`)).buffer) });
  }
  const problem = new Problem(kernel, planned, adapter, contents);
  const results = [];
  for (const variant of allowedVariants(kernel, planned, adapter)) {
    try {
      adapter.device.pushErrorScope('validation');
      problem.reset();
      await problem.run(await problem.prepare(variant));
      const error = await adapter.device.popErrorScope();
      if (error) throw new Error(error.message.split('\n').slice(0, 4).join(' '));
      let share = 0;
      for (const { tensor, tolerance, values } of wanted) share = Math.max(share, shareOf(await problem.read(tensor), values, tolerance));
      results.push({ variant, share, ...(share <= 1 ? {} : { error: `uses ${(100 * share).toFixed(0)} % of its tolerance` }) });
    } catch (error) {
      results.push({ variant, share: null, error: error.message });
    }
  }
  problem.destroy();
  return results;
}

async function testKernel(kernel, adapter) {
  const found = [];
  for (const one of kernel.cases) {
    try {
      for (const result of await runCase(kernel, one, adapter)) found.push({ case: one.name, ...result });
    } catch (error) {
      found.push({ case: one.name, variant: null, share: null, error: error.message });
    }
  }
  const failed = found.filter(({ error }) => error !== undefined);
  const ran = new Set(found.map(({ variant }) => variant));
  return {
    name: kernel.manifest.name,
    passed: found.length - failed.length,
    failed: failed.length,
    share: found.reduce((most, { share }) => Math.max(most, share ?? 0), 0),
    not_run: kernel.manifest.variants.map(({ name }) => name).filter((name) => !ran.has(name)),
    failures: failed,
  };
}

/** The evaluator against the export's own list of expressions. */
async function testExpressions(folder) {
  const { expressions } = JSON.parse(await Deno.readTextFile(`${folder}/expressions.json`));
  return expressions.flatMap(({ expression, values, definitions, features, result }) => {
    const got = evaluate(expression, environment(values, definitions, new Set(features)));
    return same(got, result) ? [] : [`${expression} gives ${JSON.stringify(got)}, not ${JSON.stringify(result)}`];
  });
}

const { folder, ops, bench, json } = parse(Deno.args);
const index = await Deno.readTextFile(`${folder}/kernels.json`).then(JSON.parse, () =>
  usage(`got ${folder}; expected a folder that kernels:export wrote`),
);
const unknown = (ops ?? []).filter((name) => !index.kernels.some((kernel) => kernel.name === name));
if (unknown.length > 0) usage(`--ops: got ${unknown.join(', ')}; expected names in kernels.json`);
const adapter = await openDevice();
if (!adapter) {
  console.error('no WebGPU adapter');
  Deno.exit(3);
}
const say = json ? () => undefined : console.log;
say(`adapter: ${adapter.name}${adapter.features.size > 0 ? ` (${[...adapter.features].join(', ')})` : ''}`);
const wrong = await testExpressions(folder);
for (const line of wrong) say(`expression: ${line}`);
const kernels = [];
for (const { name, folder: own } of index.kernels.filter((kernel) => !ops || ops.includes(kernel.name))) {
  const kernel = await loadKernel(`${folder}/${own}`);
  if (bench) {
    kernels.push(...(await timeKernel(kernel, adapter, say)));
    continue;
  }
  const result = await testKernel(kernel, adapter);
  kernels.push(result);
  const share = `largest share of tolerance ${(100 * result.share).toFixed(0).padStart(3)} %`;
  say(
    `${name.padEnd(30)} ${String(result.passed).padStart(3)} passed, ${result.failed} failed, ${share}${result.not_run.length > 0 ? `; not run here: ${result.not_run.join(', ')}` : ''}`,
  );
  for (const { case: one, variant, error } of result.failures) say(`  ${one}${variant ? ` ${variant}` : ''}: ${error}`);
}
const count = (key) => kernels.reduce((sum, kernel) => sum + (kernel[key] ?? 0), 0);
const [passed, failed] = [count('passed'), count('failed') + wrong.length];
if (json)
  console.log(JSON.stringify({ adapter: adapter.name, features: [...adapter.features], passed, failed, expressions: wrong, kernels }));
else if (!bench) say(`${passed} passed, ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
