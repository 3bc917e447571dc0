/** One dispatch as it was encoded. */
export interface Encoded {
  readonly pipeline: GPUComputePipeline;
  readonly groups: readonly (readonly [index: number, group: GPUBindGroup | null, offsets: readonly number[]])[];
  readonly workgroups: readonly [number, number, number] | null;
}

/** What becomes of a compute pass that its caller thinks is one. */
export interface PassKeeper {
  /** Begins a real pass for this dispatch, or returns the one that is open. */
  passFor(encoded: Encoded): GPUComputePassEncoder;
  /** Told after the dispatch. */
  dispatched(): void;
  /** The caller ended the pass. */
  end(): void;
  /** Immediate data went by, in bytes. */
  immediates(bytes: number): void;
}

type WithImmediates = GPUComputePassEncoder & { setImmediates?: (...args: unknown[]) => undefined };

/**
 * A compute pass that can be cut at any dispatch: it remembers pipeline and bind groups, and sets them again in every real pass that the keeper
 * begins. Commands that are not dispatches take effect at the next one.
 */
export function splitPass(keeper: PassKeeper, label: string): GPUComputePassEncoder {
  let pipeline: GPUComputePipeline | undefined;
  const groups = new Map<number, readonly [number, GPUBindGroup | null, readonly number[]]>();
  let immediates: unknown[][] = [];
  let current: GPUComputePassEncoder | undefined;
  let pipelineSet: GPUComputePipeline | undefined;
  const groupsSet = new Map<number, unknown>();

  const ready = (workgroups: Encoded['workgroups']): GPUComputePassEncoder => {
    if (!pipeline) throw new TypeError('a dispatch without a pipeline');
    const pass = keeper.passFor({ pipeline, groups: [...groups.values()], workgroups });
    if (pass !== current) {
      current = pass;
      pipelineSet = undefined;
      groupsSet.clear();
    }
    if (pipelineSet !== pipeline) pass.setPipeline(pipeline);
    pipelineSet = pipeline;
    for (const [index, bound] of groups) {
      if (groupsSet.get(index) === bound) continue;
      const [, group, offsets] = bound;
      pass.setBindGroup(index, group, offsets);
      groupsSet.set(index, bound);
    }
    for (const args of immediates) (pass as WithImmediates).setImmediates?.(...args);
    return pass;
  };

  const split = {
    label,
    setPipeline(next: GPUComputePipeline) {
      pipeline = next;
    },
    setBindGroup(index: number, group: GPUBindGroup | null, offsets: Iterable<number> = [], start?: number, length?: number) {
      const all = [...offsets];
      groups.set(index, [index, group, start === undefined ? all : all.slice(start, start + (length ?? all.length))]);
    },
    setImmediates(...args: unknown[]) {
      const [, data, from = 0, size] = args as [number, AllowSharedBufferSource, number?, number?];
      keeper.immediates(size ?? data.byteLength - from);
      immediates = [...immediates.filter(([at]) => at !== args[0]), args];
    },
    dispatchWorkgroups(x: number, y = 1, z = 1) {
      ready([x, y, z]).dispatchWorkgroups(x, y, z);
      keeper.dispatched();
    },
    dispatchWorkgroupsIndirect(buffer: GPUBuffer, offset: number) {
      ready(null).dispatchWorkgroupsIndirect(buffer, offset);
      keeper.dispatched();
    },
    pushDebugGroup() {},
    popDebugGroup() {},
    insertDebugMarker() {},
    end() {
      keeper.end();
    },
  };
  return split as unknown as GPUComputePassEncoder;
}
