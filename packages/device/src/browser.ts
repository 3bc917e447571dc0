import { adapterInfo, type Backend, type Candidate, type Found } from './adapter.js';

/** `navigator.gpu` of a browser or Deno: one adapter that it prefers, and its fallback where it has one. */
export const browserBackend: Backend = {
  stages: ['system'],
  async find(): Promise<Found> {
    const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
    if (!gpu) return { candidates: [], problems: ['This environment has no navigator.gpu.'] };
    const candidates: Candidate[] = [];
    for (const options of [{ powerPreference: 'high-performance' }, { forceFallbackAdapter: true }] as const) {
      const adapter = await gpu.requestAdapter(options);
      if (!adapter) continue;
      const info = adapterInfo('', adapter.info);
      if (!candidates.some((other) => other.info.name === info.name)) candidates.push({ info, driver: '', adapter });
    }
    return { candidates, problems: candidates.length > 0 ? [] : ['navigator.gpu offers no adapter.'] };
  },
  advice: (kinds) =>
    kinds.has('hardware')
      ? []
      : ['Use a browser with WebGPU switched on (chrome://gpu tells why it is off); on Linux Chromium needs --enable-unsafe-webgpu.'],
  untested: () => [],
};
