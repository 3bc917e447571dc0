import { defineProgram, type Program } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import { compileBeside } from './compile-beside.js';
import type { Device } from './device.js';

const programs = Array.from({ length: 5 }, (_, i) => {
  const text = `@compute @workgroup_size(1)\nfn main() {}\n${'// longer\n'.repeat(i)}`;
  return defineProgram({ name: `p${i}`, source: { path: `p${i}.wgsl`, text }, workgroups: [1, 1, 1] });
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A first device that takes `ms` for a program it has not seen, and a second one that takes as long, or fails. */
function stage(ms: number, failing = false) {
  const compiled = new Set<Program>();
  const beside: Program[] = [];
  const events: string[] = [];
  const second = {
    async compile(some: readonly Program[]) {
      await sleep(ms);
      if (failing) throw new Error('out of memory');
      beside.push(...some);
      return 0;
    },
    destroy: () => events.push('destroyed'),
  } as unknown as Device;
  const run = (): Promise<void> =>
    compileBeside(
      programs,
      async (some) => {
        for (const program of some) {
          if (!compiled.has(program) && !beside.includes(program)) await sleep(ms);
          compiled.add(program);
        }
      },
      async () => {
        events.push('opened');
        return second;
      },
      (device) => events.push(device === second ? 'metered' : 'another'),
    );
  return { compiled, beside, events, run };
}

describe('compileBeside', () => {
  it('shares a cold compilation out, and compiles everything on the first device in the end', async () => {
    const { compiled, beside, events, run } = stage(80);
    await run();
    expect([...compiled].sort((a, b) => a.name.localeCompare(b.name))).toEqual(programs);
    expect(beside.length).toBeGreaterThan(0);
    expect(beside).not.toContain(programs[0]);
    expect(events).toEqual(['opened', 'metered', 'destroyed']);
  });

  it('opens no second device where the smallest kernel comes out of the cache', async () => {
    const { compiled, events, run } = stage(0);
    await run();
    expect(compiled.size).toBe(programs.length);
    expect(events).toEqual([]);
  });

  it('compiles everything alone where the second device fails, which is destroyed all the same', async () => {
    const { compiled, beside, events, run } = stage(80, true);
    await run();
    expect(compiled.size).toBe(programs.length);
    expect(beside).toEqual([]);
    expect(events).toEqual(['opened', 'metered', 'destroyed']);
  });
});
