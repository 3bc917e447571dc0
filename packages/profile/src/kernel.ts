import { type Program, paramsOf, type Work, type WorkRule } from '@kindling/core';
import { dataWork } from '@kindling/data';
import { type BoundRange, boundGroup } from '@kindling/device';
import { kernelWork } from '@kindling/kernels';
import type { Encoded } from './split-pass.js';

/** Rules by program name without its variant; later ones win. */
export type WorkRules = Readonly<Record<string, WorkRule>>;

export const builtInWork: WorkRules = { ...kernelWork, ...dataWork };

/** What a dispatch is, and what it cannot do without. */
export interface KernelFacts {
  /** `conv2d/forward.tile`: folder, pass and variant. */
  readonly name: string;
  readonly op: string;
  readonly variant: string;
  /** Sizes, `n64 c8 h14`; empty where nobody knows. */
  readonly shape: string;
  readonly flops: number | null;
  readonly bytes: number | null;
  /** `rule`: counted from the sizes; `bindings`: all that is bound, read or written once; `unknown`: nobody's Program. */
  readonly counted: 'rule' | 'bindings' | 'unknown';
}

/** Sizes worth naming, in the order of their naming. */
const SIZES = ['n', 'batch', 'batches', 'c', 'channels', 'planes', 'h', 'w', 'height', 'width', 'k', 'r', 's', 'i', 'j', 'o', 'p', 'q'];
const MORE = ['rows', 'length', 'outputs', 'inner', 'pixels', 'blocks', 'size', 'parts', 'count', 'total'];

function shapeOf(program: Program, p: Readonly<Record<string, number>>): string {
  const names = [...SIZES, ...MORE].filter((name) => p[name] !== undefined && Number.isInteger(p[name]));
  const models = program.workgroups[2];
  // A batch of one matrix is none.
  const shown = names.filter((name) => !(name === 'batches' && p[name] === 1)).slice(0, 5);
  return [...(models > 1 ? [`×${models}`] : []), ...shown.map((name) => `${name}${p[name]}`)].join(' ');
}

const ruleFor = (name: string, rules: WorkRules): WorkRule | undefined => {
  const dot = name.indexOf('.');
  return rules[name] ?? (dot > 0 ? rules[name.slice(0, dot)] : undefined) ?? rules[name.split('/')[0]!];
};

/** Every range read or written once: the truth for kernels whose buffers hold their batch and nothing else. */
function boundWork(ranges: readonly BoundRange[]): Work {
  const sum = (access: string): number => ranges.reduce((bytes, range) => bytes + (range.access === access ? range.size : 0), 0);
  return { flops: null, readBytes: sum('read'), writtenBytes: sum('read_write') };
}

/** Reads name, sizes and work off what a dispatch binds. */
export function kernelFacts({ pipeline, groups }: Encoded, rules: WorkRules = builtInWork): KernelFacts {
  const known = groups[0]?.[1] ? boundGroup(groups[0][1]) : undefined;
  if (!known) {
    const name = pipeline.label || 'unnamed';
    return { name, op: name.split('/')[0]!, variant: '', shape: '', flops: null, bytes: null, counted: 'unknown' };
  }
  const { program, ranges } = known;
  const { name } = program;
  const p = paramsOf(program);
  const rule = ruleFor(name, rules);
  const bound = (binding: string): number => ranges.find((range) => range.name === binding)?.size ?? 0;
  const work = rule ? rule({ p, models: program.workgroups[2], program, bound }) : boundWork(ranges);
  const dot = name.indexOf('.');
  return {
    name,
    op: dot > 0 ? name.slice(0, dot) : name,
    variant: dot > 0 ? name.slice(dot + 1) : '',
    shape: shapeOf(program, p),
    flops: work.flops,
    bytes: work.readBytes + work.writtenBytes,
    counted: rule ? 'rule' : 'bindings',
  };
}
