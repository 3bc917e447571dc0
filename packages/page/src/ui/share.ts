import { InputError } from '@kindling/core';
import { type PageRecipe, recipeFromHash, recipeToHash } from '../recipe.js';
import { byId, setText } from './dom.js';
import { announce, dismiss, errorText, notify } from './notices.js';

/** The address of this page with a recipe in its hash. */
const linkOf = (recipe: PageRecipe): string => `${location.href.replace(/#.*$/, '')}#${recipeToHash(recipe)}`;

/** Puts the recipe into the address bar, without a step in the history. */
export function keepInAddress(recipe: PageRecipe): void {
  history.replaceState(null, '', `#${recipeToHash(recipe)}`);
}

/** Copies the link of a recipe, and says so; where the clipboard is closed the link is shown and selected. */
export async function copyLink(recipe: PageRecipe): Promise<void> {
  const button = byId<HTMLButtonElement>('share');
  const field = byId<HTMLInputElement>('link');
  const link = linkOf(recipe);
  keepInAddress(recipe);
  field.value = link;
  field.hidden = false;
  try {
    await navigator.clipboard.writeText(link);
    setText(button, 'Link copied');
    announce('The link to this recipe is on the clipboard.');
  } catch {
    field.focus();
    field.select();
    setText(button, 'Press Ctrl+C or ⌘C to copy the link');
    announce('The clipboard is closed to this page: the link is selected in the field, copy it from there.');
  }
  setTimeout(() => setText(button, 'Copy link to this recipe'), 4000);
}

/** The recipe in the address, or undefined where there is none; a damaged one is told. */
export function recipeInAddress(): PageRecipe | undefined {
  dismiss('link');
  try {
    return recipeFromHash(location.hash);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    notify('link', {
      kind: 'trouble',
      title: 'This link does not hold a recipe that can be run',
      body: [...errorText(error.parts)],
    });
    return undefined;
  }
}
