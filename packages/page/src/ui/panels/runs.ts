import type { RunSummary } from '../../protocol.js';
import { isAdaptive, type PageRecipe } from '../../recipe.js';
import type { Look, Shadow } from '../charts/accuracy-plot.js';
import { byId, h, setText } from '../dom.js';
import { duration, percent, short } from '../format.js';
import { recipeName, recipeNumbers } from '../recipes.js';

/** A run of this tab that came to its end. */
export interface FinishedRun {
  readonly number: number;
  readonly summary: RunSummary;
  readonly looks: readonly Look[];
}

/** What must agree before two runs are set side by side: everything but experiment, arm, p and generator. */
function setting(recipe: PageRecipe): string {
  return isAdaptive(recipe)
    ? JSON.stringify(['adaptive', recipe.epochs, recipe.batch])
    : JSON.stringify([recipe.steps, recipe.batch, recipe.model]);
}

/** The runs of this tab, side by side. */
export class Runs {
  private readonly all: FinishedRun[] = [];

  /** @param again fills the form with a run's recipe */
  constructor(private readonly again: (recipe: PageRecipe) => void) {}

  /** The last few that can be set beside a recipe, for the accuracy chart. */
  shadows(recipe: PageRecipe): Shadow[] {
    const like = this.all.filter(({ summary }) => setting(summary.recipe) === setting(recipe));
    return like.slice(-3).map(({ number, looks }) => ({ name: `run ${number}`, looks }));
  }

  /** Adds a run. @returns a sentence that sets it beside an earlier one of the same steps, batch and seed; empty where there is none */
  add(summary: RunSummary, looks: readonly Look[]): string {
    const run: FinishedRun = { number: this.all.length + 1, summary, looks };
    const { recipe, hash } = summary;
    const fair = this.all.filter(
      (other) =>
        setting(other.summary.recipe) === setting(recipe) && other.summary.recipe.seed === recipe.seed && other.summary.hash !== hash,
    );
    // Of the same experiment where there is one: others may differ in more than the warm-up, as in the schedule of the learning rate.
    const like = fair.findLast((other) => other.summary.recipe.experiment === recipe.experiment) ?? fair.at(-1);
    this.all.push(run);
    this.draw();
    if (!like) return '';
    const points = 100 * (summary.accuracy - like.summary.accuracy);
    const size = `${Math.abs(points).toFixed(1)} points`;
    const beside = `run ${like.number}, “${recipeName(like.summary.recipe)}”`;
    if (Math.abs(points) < 0.05) return `The same as ${beside}.`;
    return `${size} ${points > 0 ? 'above' : 'below'} ${beside}, at the same seed.${Math.abs(points) < 3 ? ' With one seed, that little may be chance.' : ''}`;
  }

  private draw(): void {
    setText(byId('runs-note'), 'The same steps and seed under another warm-up make a fair pair. One seed says little: try a few.');
    const best = Math.max(...this.all.map(({ summary }) => summary.accuracy));
    const rows = [...this.all].reverse().map(({ number, summary }) => {
      const { recipe, accuracy, testLoss, seconds } = summary;
      const bar = h('span', { class: 'bar' });
      bar.style.width = `${(100 * accuracy).toFixed(1)}%`;
      const use = h('button', { type: 'button', class: 'plain', 'aria-label': `Use the recipe of run ${number} again` }, 'Use again');
      use.addEventListener('click', () => this.again(recipe));
      return h(
        'tr',
        {},
        h('td', { class: 'number' }, number),
        h('th', { scope: 'row' }, recipeName(recipe), h('small', {}, recipeNumbers(recipe)), use),
        h('td', { class: accuracy === best ? 'best' : '' }, h('span', { class: 'track', 'aria-hidden': 'true' }, bar), percent(accuracy)),
        h('td', {}, short(testLoss)),
        h('td', { class: 'time' }, duration(seconds)),
      );
    });
    const head = ['Run', 'Recipe', 'Accuracy', 'Test loss', 'Time'].map((text) =>
      h('th', { scope: 'col', class: text === 'Time' ? 'time' : '' }, text),
    );
    byId('runs-table').replaceChildren(
      h(
        'table',
        { class: 'numbers-table runs-table' },
        h('caption', { class: 'unseen' }, 'Finished runs of this tab, the latest first'),
        h('thead', {}, h('tr', {}, ...head)),
        h('tbody', {}, ...rows),
      ),
    );
  }
}
