import type { Command } from 'commander';

/** What every command of the command line shares. */
export interface Shared {
  readonly finish: (code: number) => void;
  readonly number: (option: string) => (text: string) => number;
  readonly examples: (...lines: string[]) => string;
  readonly adapterHelp: string;
  readonly jsonHelp: string;
}

const RECIPE = 'family name, JSON file, or JSON such as {"family": "gratings", "image": {"height": 64}}';

/** The commands below `kindling datagen`; each loads its own code when it is called. */
export function addDatagen(program: Command, { finish, number, examples, adapterHelp, jsonHelp }: Shared): void {
  const datagen = program
    .command('datagen')
    .description('look at, count, check and export the data that families generate')
    .addHelpText(
      'after',
      examples('datagen list', 'datagen gallery --out gallery', 'datagen export --family gratings --count 60000 --out data'),
    );
  const collect = (value: string, all: string[]): string[] => [...all, value];

  datagen
    .command('list')
    .description('every family: labels, sizes and, with --json, its default recipe; needs no device')
    .option('--json', jsonHelp)
    .addHelpText('after', examples('datagen list', 'datagen list --json'))
    .action(async (options) => finish((await import('./list.js')).list(options)));

  datagen
    .command('gallery')
    .description('contact sheets of families, at 28 and 64 pixels, as PNG beside an index.html')
    .option('--family <name>', 'family, comma list, or given again (default: all)', collect, [])
    .option('--out <folder>', 'where to (default: gallery)')
    .option('--seed <n>', 'seed (default: 1)', number('--seed'))
    .option('--adapter <name>', adapterHelp)
    .option('--json', jsonHelp)
    .addHelpText('after', examples('datagen gallery --out gallery', 'datagen gallery --family ifs,gratings --seed 7'))
    .action(async ({ family, ...options }) => {
      finish(await (await import('./gallery.js')).gallery(family.length > 0 ? { ...options, family } : options));
    });

  datagen
    .command('render')
    .description('one sample: its label, its parameters, and its image (or the plot of a vector) as PNG')
    .option('--recipe <recipe>', RECIPE)
    .option('--seed <n>', 'seed (default: 1)', number('--seed'))
    .option('--step <n>', 'step (default: 0)', number('--step'))
    .option('--index <n>', 'index, up to 2^53 − 1 (default: 0)', number('--index'))
    .option('--png <file>', 'where to write the picture')
    .option('--zoom <n>', 'output pixels a pixel (default: 1)', number('--zoom'))
    .option('--adapter <name>', adapterHelp)
    .option('--json', `with the values of a vector; ${jsonHelp}`)
    .addHelpText(
      'after',
      examples(
        'datagen render --recipe gratings --index 5 --png five.png --zoom 8',
        `datagen render --recipe '{"family": "points"}' --json`,
      ),
    )
    .action(async (options) => finish(await (await import('./render.js')).render(options)));

  datagen
    .command('export')
    .description('samples 0 to count − 1 as files for other frameworks; a second call goes on where the first was stopped')
    .option('--family <name>', 'family with its default recipe')
    .option('--recipe <recipe>', RECIPE)
    .option('--count <n>', 'samples (default: 1000)', number('--count'))
    .option('--format <name>', 'npy: f32 images [N,C,H,W]; idx: bytes, as MNIST; png: a folder and labels.csv (default: npy)')
    .option('--seed <n>', 'seed (default: 1)', number('--seed'))
    .option('--step <n>', 'step (default: 0)', number('--step'))
    .option('--out <folder>', 'where to (default: <family>-dataset)')
    .option('--adapter <name>', adapterHelp)
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      examples(
        'datagen export --family gratings --count 60000 --format idx --out data',
        'datagen export --recipe recipe.json --format png --out pictures',
      ),
    )
    .action(async (options) => finish(await (await import('./export.js')).exportDataset(options)));

  datagen
    .command('stats')
    .description('label balance, parameters against their specification, pixel moments; exit code 1 if one is beyond chance')
    .option('--family <name>', 'family with its default recipe')
    .option('--recipe <recipe>', RECIPE)
    .option('--samples <n>', 'samples (default: 2048)', number('--samples'))
    .option('--seed <n>', 'seed (default: 1)', number('--seed'))
    .option('--step <n>', 'step (default: 0)', number('--step'))
    .option('--adapter <name>', adapterHelp)
    .option('--json', jsonHelp)
    .addHelpText('after', examples('datagen stats --family gratings', 'datagen stats --recipe recipe.json --samples 10000 --json'))
    .action(async (options) => finish(await (await import('./stats.js')).stats(options)));

  datagen
    .command('hash')
    .description(
      'SHA-256 of the random words and integer labels of a seed’s first steps: the same on every adapter, however they are rendered',
    )
    .option('--family <name>', 'family with its default recipe')
    .option('--recipe <recipe>', RECIPE)
    .option('--seed <n>', 'seed (default: 1)', number('--seed'))
    .option('--steps <n>', 'steps, from 0 (default: 1)', number('--steps'))
    .option('--batch <n>', 'samples a step (default: 64)', number('--batch'))
    .option('--split <k>', 'render each batch in k parts (default: 1)', number('--split'))
    .option('--shards <w>', 'have w workers render the indices ≡ 0 … w − 1 (mod w) (default: 1)', number('--shards'))
    .option('--adapter <name>', adapterHelp)
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      '\nIt covers the draws of the label and the image, not those of post-passes. Which part of a mixture a sample comes from shows in it by its\nlabel and its draws; with --json `partsDigest` covers the choices themselves.\n' +
        examples('datagen hash --family gratings --steps 3', 'datagen hash --family count --batch 100 --split 7 --shards 3'),
    )
    .action(async (options) => finish(await (await import('./hash.js')).hash(options)));
}
