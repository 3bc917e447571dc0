// matmul at the size of the aim, every variant that takes it, on f32 or on f16 storage: checked against sums in f64, then timed in turns.
import { Host } from '../../../benchmarks/src/host.ts';
import { kindlingKernels, kindlingVariants } from '../../../benchmarks/src/kernels/kindling.ts';
import { matmulTask } from '../../../benchmarks/src/kernels/tasks.ts';
import { quantile, rotated } from '../../../benchmarks/src/statistics.ts';
import { Timed } from '../../../benchmarks/src/timed.ts';
import { answer, progress } from './answer.mjs';

/** Largest error of a sum of K f32 products, as a share of the output's typical size; f16 kernels bring their own. */
const toleranceOf = (size) => 1e-4 * Math.max(1, Math.sqrt(size / 1024));

await answer(async ({ adapter, storage, size, rounds, sampleSeconds }) => {
  const host = await Host.open(adapter, () => undefined);
  const task = matmulTask(size);
  const entries = [];
  const timed = [];
  // The naive kernels at 4096³ would take the stage's time for themselves.
  const variants = kindlingVariants(host).filter(
    ({ name }) => name.endsWith('_f16') === (storage === 'f16') && (size <= 1024 || !/:naive/.test(name)),
  );
  for (const engine of storage === 'f16' ? variants : [kindlingKernels(host), ...variants]) {
    const kernel = await engine.prepare(task);
    if (!kernel) continue;
    await progress(`${engine.name}: ${kernel.variant}`);
    await kernel.run(1);
    const error = await kernel.error();
    const entry = {
      name: engine.name.replace('kindling:', ''),
      kernel: kernel.variant,
      error,
      wrong: !(error < (kernel.tolerance ?? toleranceOf(size))),
    };
    entries.push(entry);
    if (entry.wrong) {
      kernel.destroy();
      continue;
    }
    const body = new Timed(kernel);
    await body.calibrate(sampleSeconds);
    timed.push({ entry, body, kernel });
  }
  for (let round = 0; round < rounds; round++) for (const { body } of rotated(timed, round)) await body.sample();
  for (const { entry, body, kernel } of timed) {
    const at = (q) => quantile(body.ms, q);
    Object.assign(entry, { ms: at(0.5), q1: at(0.25), q3: at(0.75), n: body.ms.length, gflops: task.flops / at(0.5) / 1e6 });
    kernel.destroy();
  }
  return { size, flops: task.flops, adapter: host.info.name, entries };
});
