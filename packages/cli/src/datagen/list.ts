import { describeFamily, type FamilyId, families } from '@kindling/datagen';
import { formatTable } from '../format.js';
import { print, printJson } from '../terminal.js';

const range = ([least, most]: readonly [number, number]): string => (least === most ? `${least}` : `${least}–${most}`);

/** Every family: what it shows, its labels, its sizes, and with --json its default recipe. Needs no device. */
export function list(options: { readonly json?: boolean }): number {
  const described = (Object.keys(families) as FamilyId[]).map(describeFamily);
  if (options.json) {
    printJson({ families: described });
    return 0;
  }
  const rows = described.map(({ id, form, labels, sizes, defaults: { image } }) => [
    id,
    form,
    labels.join(', '),
    form === 'vector' ? `${range(sizes.width)} values` : `${range(sizes.height)} × ${range(sizes.width)}`,
    form === 'vector' ? '–' : sizes.channels.join(', '),
    form === 'vector' ? `${image.width}` : `${image.height}×${image.width}×${image.channels}`,
  ]);
  print(formatTable(['family', 'form', 'labels', 'sizes', 'channels', 'default'], rows, 6));
  print(`\n${described.map(({ id, title }) => `${id}: ${title}`).join('\n')}`);
  print('\nSeveral in one batch: {"family": "mixture", "parts": [{"recipe": {"family": "…"}}, …]}. Default recipes: --json.');
  return 0;
}
