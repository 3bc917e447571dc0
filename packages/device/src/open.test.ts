import { DeviceError, InputError } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import { type AdapterInfo, type AdapterKind, kindOf, rank, stagesFor, wantedAdapter } from './adapter.js';
import { listAdapters, openDevice } from './open.js';
import { scaleProgram } from './test-programs.js';
import { testAdapters } from './testing.js';

const kinds = await testAdapters();
const env = { ...process.env, KINDLING_ADAPTER: undefined };
const info = (kind: AdapterKind, name: string): { info: AdapterInfo } => ({
  info: { kind, name, vendor: '', architecture: '', description: '', software: kind !== 'hardware' },
});

describe('choice of an adapter', () => {
  const found = [info('swiftshader', 'SwiftShader'), info('lavapipe', 'llvmpipe (LLVM 15)'), info('hardware', 'Apple M4')];

  it('prefers a GPU, then lavapipe, then SwiftShader', () => {
    expect(rank(found, undefined).map((one) => one.info.kind)).toEqual(['hardware', 'lavapipe', 'swiftshader']);
    expect(rank(found, 'software').map((one) => one.info.kind)).toEqual(['lavapipe', 'swiftshader']);
    expect(rank(found, 'llvm')).toEqual([found[1]]);
    expect(rank(found, 'm4')).toEqual([found[2]]);
    expect(rank(found, 'nvidia')).toEqual([]);
  });

  it('takes the option before the environment', () => {
    expect(wantedAdapter('Lavapipe', { KINDLING_ADAPTER: 'hardware' })).toBe('lavapipe');
    expect(wantedAdapter(undefined, { KINDLING_ADAPTER: ' hardware ' })).toBe('hardware');
    expect(wantedAdapter(undefined, { KINDLING_ADAPTER: '' })).toBeUndefined();
  });

  it('looks at npm only where that can help', () => {
    expect(stagesFor('lavapipe', ['system', 'bundled'])).toEqual(['system']);
    expect(stagesFor('swiftshader', ['system', 'bundled'])).toEqual(['bundled', 'system']);
    expect(stagesFor(undefined, ['system', 'bundled'])).toEqual(['system', 'bundled']);
  });

  it('tells kinds apart', () => {
    const base = { vendor: '', architecture: '', description: '', isFallbackAdapter: false };
    expect(kindOf('llvmpipe (LLVM 15.0.6, 256 bits)', { ...base, isFallbackAdapter: true })).toBe('lavapipe');
    expect(kindOf('', { ...base, architecture: 'swiftshader' })).toBe('swiftshader');
    expect(kindOf('Microsoft Basic Render Driver', base)).toBe('software');
    expect(kindOf('NVIDIA H100', { ...base, vendor: 'nvidia' })).toBe('hardware');
  });
});

describe('openDevice', () => {
  it.each(kinds)('opens %s by option, with raised limits and a notice', async (kind) => {
    const lines: string[] = [];
    const device = await openDevice({ adapter: kind, env: { ...env, KINDLING_ADAPTER: 'nonsense' }, notice: (line) => lines.push(line) });
    expect(device.info.kind).toBe(kind);
    if (device.info.software) expect(lines.join()).toContain(`running on software adapter ${device.info.name}`);
    expect(device.traits.features).toContain('subgroups');
    expect(device.traits.maxStorageBuffersPerShaderStage).toBeGreaterThan(8);
    device.destroy();
  });

  it('obeys KINDLING_ADAPTER, also a part of a name', async () => {
    const wanted = kinds.includes('swiftshader') ? 'Subzero' : kinds[0]!;
    const device = await openDevice({ env: { ...env, KINDLING_ADAPTER: wanted }, notice: () => undefined });
    expect(device.info.name.toLowerCase() + device.info.kind).toContain(wanted.toLowerCase());
    device.destroy();
  });

  it('lists what was found for an unknown name and for a kind that is not there', async () => {
    const unknown = await openDevice({ adapter: 'voodoo', env }).catch((error: unknown) => error);
    expect(unknown).toBeInstanceOf(InputError);
    const { adapters } = await listAdapters({ env });
    for (const { name } of adapters) expect((unknown as Error).message).toContain(name);
    if (adapters.some(({ kind }) => kind === 'hardware')) return;
    const none = await openDevice({ adapter: 'hardware', env }).catch((error: unknown) => error);
    expect(none).toBeInstanceOf(DeviceError);
    expect((none as Error).message).toMatch(/expected an adapter of kind hardware\. Next: /);
  });

  it('names a feature that the adapter lacks', async () => {
    await expect(openDevice({ adapter: kinds[0]!, features: ['warp-drive'] })).rejects.toThrow(/a request for warp-drive/);
  });

  it('runs two adapters in one process, opened at the same time', async () => {
    const devices = await Promise.all([...kinds, ...kinds].map((adapter) => openDevice({ adapter, env, notice: () => undefined })));
    expect(devices.map((device) => device.info.kind)).toEqual([...kinds, ...kinds]);
    const results = devices.map(async (device, index) => {
      const y = device.buffer('y', 16);
      device.run(scaleProgram(4, index), { x: device.upload('x', new Float32Array([1, 2, 3, 4])), y });
      return [...(await device.readF32(y))];
    });
    expect(await Promise.all(results)).toEqual(devices.map((_, index) => [1, 2, 3, 4].map((value) => value * index)));
    for (const device of devices) device.destroy();
  });

  it.runIf(process.platform === 'linux')('respects VK_DRIVER_FILES, and leaves the environment as it was', async () => {
    const before = { ...process.env };
    const survey = await listAdapters({ env: { ...env, VK_DRIVER_FILES: '/nonexistent/icd.json' } });
    expect(survey.adapters.map(({ kind }) => kind).filter((kind) => kind !== 'swiftshader')).toEqual([]);
    expect({ ...process.env }).toEqual(before);
  });
});

describe('listAdapters', () => {
  it('reports every adapter, one of them chosen, and why', async () => {
    const { adapters, advice, untested } = await listAdapters({ env });
    for (const kind of kinds) expect(adapters.map((adapter) => adapter.kind)).toContain(kind);
    expect(adapters.map(({ chosen }) => chosen)).toEqual(adapters.map((_, index) => index === 0));
    expect(adapters[0]!.why).toBe('the best that was found');
    expect(adapters[0]!.subgroupMinSize).toBeGreaterThan(0);
    expect(adapters[0]!.limits.maxBufferSize).toBeGreaterThan(2 ** 28);
    if (adapters[0]!.kind !== 'hardware') expect(advice.length).toBeGreaterThan(0);
    expect(untested).toBeInstanceOf(Array);
  });

  it('says in problems that the one asked for is not there', async () => {
    const { adapters, problems } = await listAdapters({ adapter: 'voodoo', env });
    expect(adapters.some(({ chosen }) => chosen)).toBe(false);
    expect(problems.join()).toContain('voodoo');
  });
});
