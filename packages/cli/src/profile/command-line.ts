import type { Command } from 'commander';
import { addPruneOptions } from '../pruned-stream-options.js';
import type { CommandContext } from '../sweep/command-line.js';

/** `kindling profile`. */
export function addProfile(program: Command, { finish, number, examples, adapterHelp, dataHelp, jsonHelp }: CommandContext): void {
  const profile = program
    .command('profile [recipe]')
    .description(
      'runs a short trial as `warmup` would, and says where its time and bytes go: each kernel below the adapter’s ceilings, the host, and every byte that crosses with the line that moved it',
    )
    .option('--experiment <name>', 'count, augment or family:<id>, also family:mixture (default: count)')
    .option('--arm <name>', 'how the phases join, as `warmup` takes it (default: published)')
    .option('--generator <recipe>', 'family:<id> only: JSON, or a file, with fields of the family’s recipe')
    .option('--model <file>', 'JavaScript module that makes your own model (default: the poster’s CNN)')
    .option('--p <share>', 'share of the steps that are warm-up, 0 to 1 (default: 0.3)', number('--p'))
    .option('--steps <n>', 'all steps, warm-up included, also of a recipe that has more (default: 40)', number('--steps'))
    .option('--batch <n>', 'images a step (default: 64)', number('--batch'))
    .option('--seed <n>', 'seed of everything random (default: 1)', number('--seed'))
    .option(
      '--recipe <file>',
      'the same as the argument: JSON with these fields, e.g. the recipe.json of a run, or its folder; options win over it',
    )
    .option('--preset <name>', 'poster, or notebook, as `warmup` takes it (default: poster)');
  addPruneOptions(profile, number, 'family:<id> with class labels')
    .option('--keep-list <file>', 'natural training on these examples alone: a list of `prune select` (default: all)')
    .option('--eval-every <n>', 'also evaluate every n natural steps (default: 0, not)', number('--eval-every'))
    .option('--data <folder>', dataHelp)
    .option('--data-set <name>', 'a data set by name, see `data list` (default: mnist)')
    .option(
      '--source <kind>',
      'where batches come from. generated: warm-up made on the GPU, natural steps from a set that is resident there; resident: the same, said of the natural steps; disk: natural steps read and uploaded batch by batch (default: generated)',
    )
    .option('--data-source <kind>', 'the same as `warmup` calls it: resident or disk')
    .option('--adapter <name>', adapterHelp)
    .option('--tune', 'first measure which kernels are fastest on this adapter, or take them from the cache (default: off)')
    .option('--retune', 'the same, and measure again what the cache holds')
    .option('--differences', 'time kernels without timestamp queries, as on a device that lacks them')
    .option('--assert-zero-copy', 'exit code 1 when a training step, warm-up or natural, moves a byte between host and GPU, either way')
    .option('--trace <file>', 'write a trace for ui.perfetto.dev and chrome://tracing: tracks of the GPU and of the host')
    .option('--html <file>', 'write a page of its own: table, roofline, flame view, ledger')
    .option('--json', `the report, see docs/profile.md; ${jsonHelp}`)
    .addHelpText(
      'after',
      '\nTimes: every other step runs each dispatch in a compute pass of its own, between timestamps; the steps between run as one pass, which tells what\n' +
        'the timing costs. Zero copy: from the first step of a phase to its last no byte may cross, but for the readback of the losses after each block\n' +
        'of steps (10 on software adapters, else 50), which is listed by itself. Setup and evaluation are listed and never asserted.\n' +
        examples(
          'profile',
          'profile --p 1 --steps 20 --assert-zero-copy',
          'profile --source disk --assert-zero-copy',
          'profile runs/<run>/recipe.json --html profile.html --trace profile-trace.json',
          'profile --experiment family:strokes --adapter swiftshader --json',
          'profile --experiment family:strokes --prune hard --candidates 4',
        ),
    )
    .action(async (recipe, options) => finish(await (await import('./profile.js')).profile(recipe, options)));
}
