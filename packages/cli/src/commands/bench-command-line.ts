import type { Command } from 'commander';
import type { CommandContext } from '../sweep/command-line.js';

const SETS = `
Without a name: the default set, which is ceiling, kernels, generate, data, step and sweep, Kindling alone, in several processes, in under five
minutes on two cores. By name:
  ceiling    what the adapter can do: bytes filled and copied, multiply-adds, the time of a dispatch
  kernels    matmul and convolutions, beside OpenBLAS and other engines
  generate   every family’s batches, beside fill, natural data, other engines and the CPU twins
  data       a batch from disk, resident or generated, a training step with each, and the bytes that move
  step       the poster CNN’s training step, beside other engines
  sweep      M models along the models axis, beside one after another
  peers      step, random batch and forward pass with every engine that is here, losses and results compared
  headline   seconds to an accuracy on MNIST, by component, from disk, resident and generated data, Kindling and others
  compare A.json B.json   two runs, by ratio with an interval; exit code 1 when something is slower
  record NAME             the default set, kept below benchmarks/records/<date>_NAME, which \`kindling figure\` draws again`;

/** `kindling bench`. */
export function addBench(program: Command, { finish, number, examples, adapterHelp, jsonHelp }: Omit<CommandContext, 'dataHelp'>): void {
  program
    .command('bench [what] [files...]')
    .description('measure on this adapter, headless; compare two runs; keep a record (clone only)')
    .option('--adapter <name>', adapterHelp)
    .option('--sets <names>', 'default set only: some of ceiling,kernels,generate,data,step,sweep')
    .option('--passes <n>', 'processes that measure everything, one after another (default: 4)', number('--passes'))
    .option(
      '--rounds <n>',
      'samples of everything, in turns, a process (default: 4; with peers 7 or 9; headline: seeds, 3)',
      number('--rounds'),
    )
    .option('--sample-seconds <s>', 'seconds of one sample at least (default: 0.05)', number('--sample-seconds'))
    .option(
      '--budget <s>',
      'begin no further process, after the second, that would end later (default: 240); headline: no further run after everyone’s first (default: none)',
      number('--budget'),
    )
    .option(
      '--peers [names]',
      'engines to compare with, e.g. jax-js-jit,torch, or none; see below (default: none for the default set, else all; each that cannot run says why)',
    )
    .option('--workloads <names>', 'step: step, step+binary (default: both)')
    .option('--block-seconds <s>', 'step: longest block of a slow peer', number('--block-seconds'))
    .option('--no-cold', 'step: leave out the first step including compilation, which starts a process an engine')
    .option('--soak <n>', 'step: run n steps and watch memory', number('--soak'))
    .option('--tune', 'step: Kindling with the kernels that its tuner found fastest, from the cache or measured now')
    .option('--retune', 'the same, and measure again what the cache holds')
    .option('--task <part>', 'kernels: tasks whose name contains this')
    .option('--variants', 'kernels: every variant of Kindling’s kernels')
    .option('--families <names>', 'generate: families, or count uniform, with commas between them (default: all)')
    .option('--sizes <sides>', 'generate: sides of the images in pixels (default: 28,64)')
    .option('--batch <n>', 'generate: images a dispatch (default: 64, on GPUs 4096)', number('--batch'))
    .option('--models <list>', 'sweep: how many models train side by side (default: 1,8,32, on GPUs up to 1000)')
    .option('--accuracy <share>', 'headline: test accuracy to reach (default: 0.9)', number('--accuracy'))
    .option('--steps <n>', 'headline: give up after so many steps (default: 1000)', number('--steps'))
    .option('--threshold <share>', 'compare: a change below this is none (default: 5%)')
    .option('--record <name>', 'keep the result below benchmarks/records/<date>_<name>')
    .option('--out <file>', 'also write the document, which `bench compare` reads')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      SETS +
        '\n\nEngines: step: jax-js-jit, jax-js, tfjs, torch, torch-dataloader, torch-cuda, torch-compile, torch-cuda-graphs, torch-cuda-dataloader; peers: these,' +
        '\nonnxruntime-web-wasm and onnxruntime-web-webgpu; headline: jax-js-jit, tfjs, torch, torch-dataloader, torch-cuda; an unknown name lists a set’s own.' +
        '\n\nEvery document follows benchmarks/schema/bench.schema.json, see benchmarks/README.md. KINDLING_BENCH_SLOW=step/=1.2 slows entries down on' +
        '\npurpose, to see `bench compare` catch it.\n' +
        examples(
          'bench --out now.json',
          'bench compare before.json now.json --threshold 5%',
          'bench step --peers jax-js-jit,torch',
          'bench data --adapter swiftshader --json',
          'bench sweep --models 1,8,32,100',
          'bench generate --families count,strokes --sizes 28',
          'bench peers --record peers-lavapipe',
          'bench headline --budget 420',
          'bench record nightly',
        ),
    )
    .action(async (what, files, options) => finish(await (await import('./bench.js')).bench(what, files, options)));
}
