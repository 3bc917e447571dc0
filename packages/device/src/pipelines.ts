import { type Access, InputError, joinSources, type Program } from '@kindling/core';
import { inNode } from './environment.js';
import type { Faults } from './faults.js';
import { fromCompilationInfo, parseMessages, shaderError } from './wgsl-errors.js';

/** A program's pipeline and the layout of its bind group 0. */
export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  /** Set when a browser reports late that the program does not compile: the next use tries, and fails, anew. */
  failed?: true;
}

/** What a pipeline is found by, and the joined text that it is made of. */
interface Key {
  readonly key: string;
  readonly text: string;
}

const layoutTypes: Record<Access, GPUBufferBindingType> = { read: 'read-only-storage', read_write: 'storage', uniform: 'uniform' };

/**
 * Pipelines by what they are made of: joined text, entry point, constants, bindings. Programs with equal parts share one, and equal
 * lists of bindings share a bind group layout, so that a bind group serves all of them (`layout: 'auto'` would tie it to one pipeline).
 */
export class Pipelines {
  readonly #gpu: GPUDevice;
  readonly #faults: Faults;
  readonly #byProgram = new WeakMap<Program, Compiled>();
  readonly #byKey = new Map<string, Compiled>();
  readonly #modules = new Map<string, GPUShaderModule>();
  readonly #underway = new Map<string, Promise<boolean>>();
  readonly #layouts = new Map<string, { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout }>();

  constructor(gpu: GPUDevice, faults: Faults) {
    this.#gpu = gpu;
    this.#faults = faults;
  }

  /** The pipeline of a program, created now where it is new. @throws InputError as `Device.pipeline` says. */
  get(program: Program): Compiled {
    const known = this.#known(program);
    if (known.compiled) return known.compiled;
    return inNode() ? this.#getNow(program, known) : this.#getUnchecked(program, known);
  }

  /** Dawn in Node: errors are known when the calls return. */
  #getNow(program: Program, { key, text }: Key): Compiled {
    const { value, errors } = this.#faults.during(() => this.#createNow(program, text));
    if (errors[0]) {
      this.#modules.delete(text);
      throw shaderError(program, parseMessages(errors[0].message), errors[0].message);
    }
    return this.#remember(program, key, value);
  }

  /** Browsers and Deno: errors come later; the next `wait` or `read` looks for them. */
  #getUnchecked(program: Program, { key, text }: Key): Compiled {
    this.#gpu.pushErrorScope('validation');
    let compiled: Compiled | undefined;
    let scope: Promise<GPUError | null>;
    try {
      compiled = this.#createNow(program, text);
    } finally {
      scope = this.#gpu.popErrorScope();
    }
    const module = this.#modules.get(text)!;
    const check = scope.then(async (error) => {
      if (!error) return undefined;
      compiled.failed = true;
      this.#modules.delete(text);
      return shaderError(program, fromCompilationInfo(await module.getCompilationInfo()), error.message);
    });
    this.#faults.expect(check);
    return this.#remember(program, key, compiled);
  }

  #createNow(program: Program, text: string): Compiled {
    const { descriptor, layout } = this.#describe(program, text);
    return { pipeline: this.#gpu.createComputePipeline(descriptor), layout };
  }

  /** The same, compiled off the main thread. Resolves to false where the pipeline was there, or on its way, already. */
  async create(program: Program): Promise<boolean> {
    const { compiled, key, text } = this.#known(program);
    if (compiled) return false;
    const underway = this.#underway.get(key);
    if (underway) return underway.then(() => false);
    const creating = this.#create(program, key, text).finally(() => this.#underway.delete(key));
    this.#underway.set(key, creating);
    return creating;
  }

  async #create(program: Program, key: string, text: string): Promise<boolean> {
    // A bad module reports by itself and through the rejection below, which is the one that is explained.
    this.#gpu.pushErrorScope('validation');
    let described: { descriptor: GPUComputePipelineDescriptor; layout: GPUBindGroupLayout };
    let creating: Promise<GPUComputePipeline>;
    let scope: Promise<unknown>;
    try {
      described = this.#describe(program, text);
      creating = this.#gpu.createComputePipelineAsync(described.descriptor);
    } finally {
      scope = this.#gpu.popErrorScope().catch(() => null);
    }
    try {
      const pipeline = await creating;
      this.#remember(program, key, { pipeline, layout: described.layout });
      return true;
    } catch (error) {
      const info = await this.#modules.get(text)?.getCompilationInfo();
      this.#modules.delete(text);
      throw shaderError(program, info ? fromCompilationInfo(info) : [], error instanceof Error ? error.message : String(error));
    } finally {
      await scope;
    }
  }

  /** One program for each pipeline that these need and that does not exist yet. */
  missing(programs: readonly Program[]): Program[] {
    const byKey = new Map<string, Program>();
    for (const program of programs) {
      const { compiled, key } = this.#known(program);
      if (!compiled && !byKey.has(key)) byKey.set(key, program);
    }
    return [...byKey.values()];
  }

  /** The layout of bind group 0, shared by every program with the same list of accesses. */
  layoutOf(program: Program): GPUBindGroupLayout {
    return this.#layout(program).group;
  }

  #known(program: Program): Key & { compiled?: Compiled } {
    const compiled = this.#byProgram.get(program);
    if (compiled && !compiled.failed) return { compiled, key: '', text: '' };
    const { text } = joinSources(program.sources);
    const constants = Object.entries(program.constants).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([text, program.entryPoint, constants, this.#signature(program)]);
    const shared = this.#byKey.get(key);
    if (!shared || shared.failed) return { key, text };
    this.#byProgram.set(program, shared);
    return { compiled: shared, key, text };
  }

  #remember(program: Program, key: string, compiled: Compiled): Compiled {
    this.#byKey.set(key, compiled);
    this.#byProgram.set(program, compiled);
    return compiled;
  }

  /**
   * Programs with equal signatures share a layout. The uniform's size is part of it: wgpu (Deno) checks a shared layout against the largest
   * uniform block that any pipeline with it declared (gfx-rs/wgpu#7359; delete when Deno ships the fix of #9341).
   */
  #signature(program: Program): string {
    return program.bindings.map(({ access }) => (access === 'uniform' ? `uniform ${program.params?.byteLength ?? 0}` : access)).join();
  }

  #layout(program: Program): { group: GPUBindGroupLayout; pipeline: GPUPipelineLayout } {
    const signature = this.#signature(program);
    let layout = this.#layouts.get(signature);
    if (!layout) {
      const group = this.#gpu.createBindGroupLayout({
        label: signature,
        entries: program.bindings.map(({ access }, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: layoutTypes[access], minBindingSize: access === 'uniform' ? (program.params?.byteLength ?? 0) : 0 },
        })),
      });
      layout = { group, pipeline: this.#gpu.createPipelineLayout({ label: signature, bindGroupLayouts: [group] }) };
      this.#layouts.set(signature, layout);
    }
    return layout;
  }

  #describe(program: Program, text: string): { descriptor: GPUComputePipelineDescriptor; layout: GPUBindGroupLayout } {
    this.#requireFeatures(program);
    let module = this.#modules.get(text);
    if (!module) {
      module = this.#gpu.createShaderModule({ label: program.name, code: text });
      this.#modules.set(text, module);
    }
    const { group, pipeline } = this.#layout(program);
    const compute = { module, entryPoint: program.entryPoint, constants: { ...program.constants } };
    return { descriptor: { label: program.name, layout: pipeline, compute }, layout: group };
  }

  #requireFeatures(program: Program): void {
    const missing = program.features.filter((feature) => !this.#gpu.features.has(feature));
    if (missing.length === 0) return;
    throw new InputError({
      subject: program.name,
      got: `a device without ${missing.join(', ')}`,
      expected: `a device with ${program.features.join(', ')}`,
      next: 'choose the variant by device.traits, or another adapter (kindling doctor lists their features)',
    });
  }
}
