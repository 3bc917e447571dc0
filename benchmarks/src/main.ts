import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { firstStep } from './cold.js';
import type { EngineName } from './engine.js';
import { environment } from './environment.js';
import { type RunRequest, runHere } from './headline/apart.js';
import {
  benchGenerate,
  benchKernels,
  benchStep,
  benchSuite,
  formatDocument,
  formatGenerate,
  formatKernels,
  formatSoak,
  formatStep,
  parseSizes,
  soakStep,
  type Workload,
  writeRecord,
} from './index.js';
import { measurePass, type PassRequest } from './suite/passes.js';

const usage = `node benchmarks/dist/main.js step|kernels|generate|default|ceiling|data|sweep [--adapter NAME] [--peers a,b|none] [--rounds N] [--json] [--record NAME]
step:    [--workloads step,step+binary] [--block-seconds S] [--no-cold] [--soak N]
kernels: [--task PART] [--variants]
generate: [--families a,b] [--sizes 28,64] [--batch N]`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    adapter: { type: 'string' },
    peers: { type: 'string' },
    workloads: { type: 'string' },
    rounds: { type: 'string' },
    'block-seconds': { type: 'string' },
    'no-cold': { type: 'boolean' },
    soak: { type: 'string' },
    task: { type: 'string' },
    variants: { type: 'boolean' },
    families: { type: 'string' },
    sizes: { type: 'string' },
    batch: { type: 'string' },
    engine: { type: 'string' },
    json: { type: 'boolean' },
    record: { type: 'string' },
  },
});

const list = (text: string | undefined): string[] | undefined =>
  text === undefined ? undefined : text.split(',').filter((name) => name !== '' && name !== 'none');
const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
/** Leaves out what was not given, so that defaults stand. */
const given = <T extends object>(options: T): { [K in keyof T]: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
const notice = (line: string): void => console.error(line);
const common = given({ adapter: values.adapter, peers: list(values.peers), rounds: number(values.rounds), notice });

async function run(): Promise<{ report: object; table: string }> {
  const [command] = positionals;
  if (command === 'step' && values.soak !== undefined) {
    const report = {
      environment: environment(),
      ...(await soakStep(given({ adapter: values.adapter, steps: Number(values.soak), notice }))),
    };
    return { report, table: formatSoak(report) };
  }
  if (command === 'step') {
    const options = { workloads: list(values.workloads) as Workload[] | undefined, blockSeconds: number(values['block-seconds']) };
    const report = await benchStep({ ...common, ...given(options), cold: !values['no-cold'] });
    return { report, table: formatStep(report) };
  }
  if (command === 'kernels') {
    const report = await benchKernels({ ...common, ...given({ task: values.task, variants: values.variants }) });
    return { report, table: formatKernels(report) };
  }
  if (command === 'generate') {
    const sizes = values.sizes === undefined ? undefined : parseSizes(values.sizes);
    const report = await benchGenerate({ ...common, ...given({ families: list(values.families), sizes, batch: number(values.batch) }) });
    return { report, table: formatGenerate(report) };
  }
  if (command === 'default' || ['ceiling', 'data', 'sweep'].includes(command ?? '')) {
    const sets = command === 'default' ? undefined : [command!];
    const report = await benchSuite(given({ sets, adapter: values.adapter, rounds: number(values.rounds), notice }));
    return { report, table: formatDocument(report) };
  }
  throw new TypeError(usage);
}

try {
  if (positionals[0] === 'first-step') {
    console.log(JSON.stringify({ firstStepSeconds: await firstStep(values.engine as EngineName, values.adapter) }));
    process.exit(0);
  }
  if (positionals[0] === 'pass') {
    const request = JSON.parse(readFileSync(0, 'utf8')) as PassRequest;
    const answer = await measurePass(request, (line) => console.error(`bench: ${line}`));
    process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
    await new Promise(() => undefined);
  }
  if (positionals[0] === 'headline-run') {
    const request = JSON.parse(readFileSync(0, 'utf8')) as RunRequest;
    const answer = await runHere(request).catch((error: Error) => ({ problem: error.message.split('\n')[0]! }));
    process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit(0));
    await new Promise(() => undefined);
  }
  const { report, table } = await run();
  console.log(values.json ? JSON.stringify(report, null, 2) : table);
  if (values.record !== undefined) {
    const command = `node benchmarks/dist/main.js ${process.argv.slice(2).join(' ')}`;
    const about = `Measured with \`${command}\`.`;
    notice(
      `written: ${writeRecord({ name: values.record, about, command, table, report: report as never, folder: 'benchmarks/records' })}`,
    );
  }
  // TensorFlow.js and jax-js keep devices open, which would keep the process from ending.
  process.exit(0);
} catch (error) {
  console.error(error instanceof TypeError ? error.message : error);
  process.exit(error instanceof TypeError ? 2 : ((error as { exitCode?: number }).exitCode ?? 1));
}
