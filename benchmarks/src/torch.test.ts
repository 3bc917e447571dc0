import { describe, expect, it } from 'vitest';
import type { Engine } from './engine.js';
import { agreement } from './losses.js';
import { openTorch, requireTorch, type TorchName } from './peers/torch.js';
import type { Workload } from './workload.js';

/** What `body` throws, or undefined. */
function thrown(body: () => unknown): string | undefined {
  try {
    body();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const noTorch = thrown(() => requireTorch('torch'));
const noCompile = noTorch ?? thrown(() => requireTorch('torch-compile', 'cpu'));
const noCuda = noTorch ?? thrown(() => requireTorch('torch-cuda'));

/** The first losses of an engine, one step at a time, and one more after a block. */
async function lossesOf(engine: Engine, workload: Workload): Promise<{ workload: Workload; losses: number[] }> {
  const trainer = await engine.start(workload);
  const losses: number[] = [];
  for (const steps of [1, 1, 1, 4]) {
    await trainer.run(steps);
    expect(trainer.seconds!()).toBeGreaterThan(0);
    losses.push(await trainer.loss());
  }
  return { workload, losses };
}

const open = async <T>(name: TorchName, device: 'cpu' | 'cuda', body: (engine: Engine) => Promise<T>): Promise<T> => {
  const engine = openTorch(name, device);
  try {
    return await body(engine);
  } finally {
    engine.destroy();
  }
};

describe.skipIf(noTorch !== undefined)('PyTorch as a peer', { timeout: 300_000 }, () => {
  const cases: [TorchName, 'cpu' | 'cuda', string | undefined][] = [
    ['torch-dataloader', 'cpu', noTorch],
    ['torch-cuda', 'cpu', noTorch],
    ['torch-compile', 'cpu', noCompile],
    ['torch-cuda', 'cuda', noCuda],
    ['torch-compile', 'cuda', noCuda ?? noCompile],
    ['torch-cuda-graphs', 'cuda', noCuda],
  ];
  it.each(cases.filter(([, , missing]) => missing === undefined))('has the losses of eager steps as %s on %s', async (name, device) => {
    const eager = await open('torch', 'cpu', (engine) => lossesOf(engine, 'step'));
    await open(name, device, async (engine) => {
      const own = await lossesOf(engine, 'step');
      expect(own.losses.at(-1)).toBeLessThan(own.losses[0]!);
      expect(agreement([eager, own]).size).toBe(0);
      if (!engine.workloads.includes('step+binary')) return;
      const fresh = await lossesOf(engine, 'step+binary');
      expect(agreement([fresh]).size).toBe(0);
      // Batches differ from step to step, and so do losses.
      expect(new Set(fresh.losses).size).toBe(4);
    });
  });

  it('answers with the reason where CUDA graphs have no CUDA, and goes on', async () => {
    await open('torch-cuda-graphs', 'cpu', async (engine) => {
      await expect(engine.start('step')).rejects.toThrow('CUDA graphs need a CUDA device, got cpu');
      await expect(engine.start('step+binary')).rejects.toThrow('CUDA graphs need a CUDA device, got cpu');
    });
  });

  it.skipIf(noCuda === undefined)('refuses to open where PyTorch sees no CUDA device', () => {
    for (const name of ['torch-cuda', 'torch-compile', 'torch-cuda-graphs'] as const)
      expect(thrown(() => openTorch(name))).toMatch(/no Python with torch on CUDA .*sees no CUDA device/);
  });

  it.skipIf(noCompile === undefined)('refuses torch.compile where this PyTorch lacks it', () => {
    expect(noCompile).toMatch(/torch \S+ lacks torch\.compile/);
  });
});
