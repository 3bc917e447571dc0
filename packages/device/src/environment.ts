/** True in Node, whose WebGPU is Dawn and reports errors within the call. Deno also has `process`, and brings its own WebGPU. */
export const inNode = (): boolean => !('Deno' in globalThis) && typeof globalThis.process?.versions?.node === 'string';
