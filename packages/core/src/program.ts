import { InputError } from './errors.js';

/** One WGSL file: its path below `shaders/` (for messages) and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export type Access = 'read' | 'read_write' | 'uniform';

/** One `@group(0) @binding(i)` variable of a shader; its place in `Program.bindings` is `i`. */
export interface Binding {
  readonly name: string;
  readonly access: Access;
}

/** What a kernel needs from the adapter beyond WebGPU's core. */
export type Feature = 'subgroups' | 'shader-f16' | 'chromium-experimental-subgroup-matrix';

/**
 * One dispatch, as plain data: everything a host needs to build a pipeline and encode it, and no device object.
 * Other engines may consume it directly: concatenate `sources`, create a pipeline with `constants`, bind one buffer a binding
 * (a uniform buffer holding `params` where the binding is named `params`), dispatch `workgroups`.
 */
export interface Program {
  /** Path-like name, e.g. `conv2d/forward.naive`. */
  readonly name: string;
  /** Libraries first, the module with the entry point last. */
  readonly sources: readonly Source[];
  readonly entryPoint: string;
  /** Values of the module's `override` constants. */
  readonly constants: Readonly<Record<string, number>>;
  readonly bindings: readonly Binding[];
  /** Bytes of the uniform binding `params`, laid out as the WGSL struct `Params` says. */
  readonly params?: Uint8Array<ArrayBuffer>;
  readonly workgroups: readonly [number, number, number];
  readonly features: readonly Feature[];
}

/** WebGPU's default limit on workgroups in one dimension of a dispatch. */
export const MAX_WORKGROUPS = 65_535;

/**
 * Spreads a one-dimensional count of workgroups over x and y, so that counts beyond 65,535 fit. The shader recovers its number as
 * `wid.y * num_workgroups.x + wid.x` and ignores what is past the end; z is left for the models axis.
 */
export function foldWorkgroups(count: number, models = 1): [number, number, number] {
  const x = Math.min(count, MAX_WORKGROUPS);
  return [x, Math.ceil(count / x), models];
}

const scalar = /^(u32|i32|f32)$/;
const bindingPattern = /@group\(0\)\s*@binding\((\d+)\)\s*var<\s*(uniform|storage)\s*(?:,\s*(read|read_write)\s*)?>\s*(\w+)\s*:/g;
const withoutComments = (text: string): string => text.replace(/\/\/[^\n]*/g, '');

/** The bindings that a module declares in group 0, in binding order. @throws InputError when numbers are missing or repeated. */
export function bindingsOf(source: Source): Binding[] {
  const found: Binding[] = [];
  for (const [, index, space, access, name] of withoutComments(source.text).matchAll(bindingPattern)) {
    found[Number(index)] = { name: name!, access: space === 'uniform' ? 'uniform' : ((access ?? 'read') as Access) };
  }
  for (let index = 0; index < found.length; index++) {
    if (found[index]) continue;
    throw new InputError({
      subject: source.path,
      got: `no @group(0) @binding(${index})`,
      expected: 'bindings numbered 0, 1, 2 … without a gap',
      next: 'renumber the bindings of the shader',
    });
  }
  return found;
}

/** Field names and scalar types of `struct Params` in order; empty where the module has none. */
export function paramFields(source: Source): { name: string; type: 'u32' | 'i32' | 'f32' }[] {
  const body = /struct\s+Params\s*\{([^}]*)\}/.exec(withoutComments(source.text))?.[1];
  if (body === undefined) return [];
  return body
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '')
    .map((field) => {
      const [name = '', type = ''] = field.split(':').map((part) => part.trim());
      if (!scalar.test(type)) {
        throw new InputError({
          subject: `${source.path}: struct Params`,
          got: `${name}: ${type}`,
          expected: 'u32, i32 or f32 fields only (so that offsets are 4 bytes a field on every implementation)',
          next: 'split the field into scalars',
        });
      }
      return { name, type: type as 'u32' | 'i32' | 'f32' };
    });
}

/** Packs values into the layout of `struct Params`. @throws InputError when a field has no value or a value no field. */
export function packParams(source: Source, values: Readonly<Record<string, number>>): Uint8Array<ArrayBuffer> | undefined {
  const fields = paramFields(source);
  const unknown = Object.keys(values).filter((name) => !fields.some((field) => field.name === name));
  const missing = fields.filter((field) => values[field.name] === undefined).map((field) => field.name);
  if (unknown.length > 0 || missing.length > 0) {
    throw new InputError({
      subject: `${source.path}: struct Params`,
      got: `values without a field: [${unknown.join(', ')}], fields without a value: [${missing.join(', ')}]`,
      expected: 'exactly one value a field',
      next: 'make the descriptor and the WGSL struct agree',
    });
  }
  if (fields.length === 0) return undefined;
  // Uniform bindings are padded to 16 bytes, which every implementation accepts as the binding size.
  const view = new DataView(new ArrayBuffer(Math.ceil(fields.length / 4) * 16));
  fields.forEach(({ name, type }, index) => {
    const value = values[name]!;
    if (type === 'f32') view.setFloat32(4 * index, value, true);
    else if (type === 'i32') view.setInt32(4 * index, value, true);
    else view.setUint32(4 * index, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** What `defineProgram` takes: a program whose bindings and features are read off the WGSL itself. */
export interface ProgramInit {
  readonly name: string;
  readonly source: Source;
  readonly libraries?: readonly Source[];
  readonly constants?: Readonly<Record<string, number>>;
  readonly params?: Readonly<Record<string, number>>;
  readonly workgroups: readonly [number, number, number];
}

/**
 * Builds a `Program`: bindings, uniform layout and needed features come from the WGSL text, never from hand-written offsets.
 * @throws InputError when params do not match the struct, or a workgroup count is not a whole number from 1 to 65,535.
 */
export function defineProgram(init: ProgramInit): Program {
  const sources = [...(init.libraries ?? []), init.source];
  if (!init.workgroups.every((count) => Number.isInteger(count) && count >= 1 && count <= MAX_WORKGROUPS)) {
    throw new InputError({
      subject: init.name,
      got: `workgroups [${init.workgroups.join(', ')}]`,
      expected: `whole numbers from 1 to ${MAX_WORKGROUPS}`,
      next: 'fold a long count with foldWorkgroups, or split the work',
    });
  }
  const text = sources.map((source) => source.text).join('\n');
  const params = packParams(init.source, init.params ?? {});
  return {
    name: init.name,
    sources,
    entryPoint: 'main',
    constants: init.constants ?? {},
    bindings: bindingsOf(init.source),
    ...(params ? { params } : {}),
    workgroups: init.workgroups,
    features: [
      ...(/^\s*enable\s+subgroups\s*;/m.test(text) ? (['subgroups'] as const) : []),
      ...(/^\s*enable\s+f16\s*;/m.test(text) ? (['shader-f16'] as const) : []),
      ...(/^\s*enable\s+chromium_experimental_subgroup_matrix\s*;/m.test(text) ? (['chromium-experimental-subgroup-matrix'] as const) : []),
    ],
  };
}

/**
 * The WGSL text of a program: libraries before the entry module, `enable` lines lifted to the top as WGSL demands.
 * `lines[i]` tells which file and line the text's line i + 1 came from, so that compiler messages can be mapped back.
 */
export function joinSources(sources: readonly Source[]): { text: string; lines: { path: string; line: number }[] } {
  const enables: { text: string; path: string; line: number }[] = [];
  const body: { text: string; path: string; line: number }[] = [];
  for (const source of sources) {
    source.text.split('\n').forEach((text, index) => {
      const directive = /^\s*(enable|requires|diagnostic)\b/.test(text);
      const entry = { text, path: source.path, line: index + 1 };
      if (!directive) body.push(entry);
      else if (!enables.some((other) => other.text.trim() === text.trim())) enables.push(entry);
    });
  }
  const all = [...enables, ...body];
  return { text: all.map((entry) => entry.text).join('\n'), lines: all.map(({ path, line }) => ({ path, line })) };
}
