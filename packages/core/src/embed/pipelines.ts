import { InputError } from '../errors.js';
import { type Access, joinSources, type Program } from '../program.js';

/** GPUShaderStage.COMPUTE. */
const COMPUTE = 4;
const layoutTypes: Readonly<Record<Access, GPUBufferBindingType>> = {
  read: 'read-only-storage',
  read_write: 'storage',
  uniform: 'uniform',
};

/** Labels of what was created, in order. */
export interface CreatedPipelines {
  readonly shaderModules: string[];
  readonly bindGroupLayouts: string[];
  readonly pipelineLayouts: string[];
  readonly pipelines: string[];
}

interface Layout {
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

/** A program's pipeline and the layout of its bind group 0. */
export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/**
 * The uniform's size is part of it: wgpu (Deno) checks a shared layout against the largest uniform block that any pipeline with it declared
 * (gfx-rs/wgpu#7359; delete when Deno ships the fix of #9341).
 */
const signatureOf = (program: Program): string =>
  program.bindings.map(({ access }) => (access === 'uniform' ? `uniform ${program.params?.byteLength ?? 0}` : access)).join();

/** Errors of a module, each as file:line:column and what the compiler says; empty where the device tells none. */
async function messagesOf(module: GPUShaderModule, { sources }: Program): Promise<string> {
  const { lines } = joinSources(sources);
  const { messages } = await module.getCompilationInfo().catch(() => ({ messages: [] as GPUCompilationMessage[] }));
  return messages
    .filter(({ type }) => type === 'error')
    .map(({ lineNum, linePos, message }) => {
      const place = lines[lineNum - 1];
      return `${place ? `${place.path}:${place.line}:${linePos}: ` : ''}${message.trim()}`;
    })
    .join('; ');
}

/**
 * Pipelines of one device by what they are made of, so that several `prepare` share them. WebGPU has no way to destroy a pipeline: they are freed
 * when nobody holds the cache or a `Prepared` any more.
 */
export class PipelineCache {
  readonly device: GPUDevice;
  readonly #compiled = new Map<string, Compiled>();
  readonly #underway = new Map<string, Promise<Compiled>>();
  readonly #modules = new Map<string, GPUShaderModule>();
  readonly #layouts = new Map<string, Layout>();

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** The program's pipeline, created now where it is new; what is created is appended to `created`. */
  get(program: Program, created: CreatedPipelines): Compiled {
    const { text, key } = this.#key(program);
    const known = this.#compiled.get(key);
    if (known) return known;
    const { descriptor, layout } = this.#describe(program, text, created);
    created.pipelines.push(program.name);
    const compiled = { pipeline: this.device.createComputePipeline(descriptor), layout };
    this.#compiled.set(key, compiled);
    return compiled;
  }

  /** The same, compiled off the main thread. @throws InputError with what the device says of a program that does not compile */
  getAsync(program: Program, created: CreatedPipelines): Promise<Compiled> {
    const { text, key } = this.#key(program);
    const known = this.#compiled.get(key);
    if (known) return Promise.resolve(known);
    let making = this.#underway.get(key);
    if (!making) {
      // What is wrong with the module is told below, not to uncapturederror.
      this.device.pushErrorScope('validation');
      const { descriptor, layout } = this.#describe(program, text, created);
      const { module } = descriptor.compute;
      this.device.popErrorScope().catch(() => {});
      created.pipelines.push(program.name);
      making = this.device
        .createComputePipelineAsync(descriptor)
        .then(
          (pipeline) => {
            const compiled = { pipeline, layout };
            this.#compiled.set(key, compiled);
            return compiled;
          },
          async (cause: unknown) => {
            this.#modules.delete(text);
            const said = await messagesOf(module, program);
            throw new InputError(
              {
                subject: program.name,
                got: said || (cause instanceof Error ? cause.message.trim() : String(cause)),
                expected: 'WGSL that this device compiles',
                next: 'plan with traitsOf(device), or with another variant',
              },
              2,
              { cause },
            );
          },
        )
        .finally(() => this.#underway.delete(key));
      this.#underway.set(key, making);
    }
    return making;
  }

  #key(program: Program): { text: string; key: string } {
    const { text } = joinSources(program.sources);
    const constants = Object.entries(program.constants).sort(([a], [b]) => (a < b ? -1 : 1));
    return { text, key: JSON.stringify([text, program.entryPoint, constants, signatureOf(program)]) };
  }

  #describe(program: Program, text: string, created: CreatedPipelines) {
    const { group, pipeline } = this.#layout(program, created);
    let module = this.#modules.get(text);
    if (!module) {
      module = this.device.createShaderModule({ label: program.name, code: text });
      this.#modules.set(text, module);
      created.shaderModules.push(program.name);
    }
    const compute = { module, entryPoint: program.entryPoint, constants: { ...program.constants } };
    return { descriptor: { label: program.name, layout: pipeline, compute }, layout: group };
  }

  #layout(program: Program, created: CreatedPipelines): Layout {
    const label = signatureOf(program);
    let layout = this.#layouts.get(label);
    if (!layout) {
      const entries = program.bindings.map(({ access }, binding) => ({
        binding,
        visibility: COMPUTE,
        buffer: { type: layoutTypes[access], minBindingSize: access === 'uniform' ? (program.params?.byteLength ?? 0) : 0 },
      }));
      const group = this.device.createBindGroupLayout({ label, entries });
      layout = { group, pipeline: this.device.createPipelineLayout({ label, bindGroupLayouts: [group] }) };
      this.#layouts.set(label, layout);
      created.bindGroupLayouts.push(label);
      created.pipelineLayouts.push(label);
    }
    return layout;
  }
}
