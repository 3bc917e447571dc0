import { InputError } from '@kindling/core';
import { isAdaptive, MOST, type PageRecipe, pageRecipe, recipeToHash } from '../recipe.js';
import { byId, h, setText } from './dom.js';
import { percent, plural } from './format.js';
import { CHOICES, EXAMPLES, FAMILY, familyName, NAMES } from './recipes.js';

/** Fields that only a link can set. They hold until the experiment changes. */
const EXTRAS = ['preset', 'model', 'generator', 'select', 'choices'] as const;
type Extras = Partial<Record<(typeof EXTRAS)[number], unknown>>;

const NUMBERS = {
  steps: [1, MOST.steps],
  epochs: [1, MOST.epochs],
  seed: [0, MOST.seed],
  batch: [1, MOST.batch],
  evalEvery: [0, MOST.steps],
} as const;
type NumberField = keyof typeof NUMBERS;

/** The recipe's form: fills itself from a recipe, and gives the recipe that it holds. */
export class RecipeForm {
  private extras: Extras = {};
  private adaptive = false;
  private readonly examples: { readonly button: HTMLButtonElement; readonly key: string }[] = [];
  private readonly experiment = byId<HTMLSelectElement>('experiment');
  private readonly family = byId<HTMLSelectElement>('family');
  private readonly arm = byId<HTMLSelectElement>('arm');
  private readonly p = byId<HTMLInputElement>('p');

  constructor() {
    const families = CHOICES.filter(({ id }) => id.startsWith(FAMILY));
    this.experiment.append(
      ...['augment', 'count', 'adaptive'].map((id) => h('option', { value: id }, NAMES[id]!)),
      h('option', { value: 'family' }, 'A family of drawn pictures'),
    );
    this.family.append(...families.map(({ id }) => h('option', { value: id }, familyName(id.slice(FAMILY.length)))));
    for (const [id, [least, most]] of Object.entries(NUMBERS)) {
      const input = byId<HTMLInputElement>(id);
      input.min = String(least);
      input.max = String(most);
    }
    for (const { title, recipe } of EXAMPLES) {
      const button = h('button', { type: 'button' }, title);
      button.addEventListener('click', () => this.fill({ ...recipe, seed: Number(byId<HTMLInputElement>('seed').value) || 0 }));
      byId('examples').append(button);
      this.examples.push({ button, key: keyOf(recipe) });
    }
    this.experiment.addEventListener('change', () => this.choose());
    this.family.addEventListener('change', () => this.choose());
    byId('drop').addEventListener('click', () => {
      this.extras = {};
      this.refresh();
      this.experiment.focus();
    });
    byId('form').addEventListener('input', ({ target }) => {
      // These tell of a change once more, as `change`, and then with their arms.
      if (target !== this.experiment && target !== this.family) this.refresh();
    });
  }

  private id(): string {
    return this.experiment.value === 'family' ? this.family.value : this.experiment.value;
  }

  /** Another experiment: its arms, and the batch that it is used to. */
  private choose(): void {
    const adaptive = this.id() === 'adaptive';
    if (adaptive !== this.adaptive) byId<HTMLInputElement>('batch').value = adaptive ? '20' : '64';
    this.adaptive = adaptive;
    this.extras = {};
    this.offerArms(this.arm.value);
    this.refresh();
  }

  private offerArms(wanted: string): void {
    const arms = CHOICES.find(({ id }) => id === this.id())?.arms ?? [];
    this.arm.replaceChildren(...arms.map(({ id }) => h('option', { value: id }, id)));
    this.arm.value = arms.some(({ id }) => id === wanted) ? wanted : (arms.find(({ id }) => id === 'kept') ?? arms[0])!.id;
  }

  /** Puts a recipe into the form. */
  fill(recipe: PageRecipe): void {
    const family = recipe.experiment.startsWith(FAMILY);
    this.experiment.value = family ? 'family' : recipe.experiment;
    if (family) {
      // A mixture, or a family that only a link names, is an option from now on.
      if (![...this.family.options].some(({ value }) => value === recipe.experiment)) {
        this.family.append(h('option', { value: recipe.experiment }, familyName(recipe.experiment.slice(FAMILY.length))));
      }
      this.family.value = recipe.experiment;
    }
    this.adaptive = isAdaptive(recipe);
    this.offerArms(recipe.arm);
    if (this.arm.value !== recipe.arm) {
      this.arm.append(h('option', { value: recipe.arm }, recipe.arm));
      this.arm.value = recipe.arm;
    }
    if (!isAdaptive(recipe)) this.p.value = String(recipe.p);
    for (const field of Object.keys(NUMBERS) as NumberField[]) {
      if (field in recipe) byId<HTMLInputElement>(field).value = String((recipe as unknown as Record<NumberField, number>)[field]);
    }
    const values = recipe as unknown as Record<string, unknown>;
    this.extras = Object.fromEntries(
      EXTRAS.filter((field) => values[field] !== undefined && values[field] !== 'poster-cnn').map((field) => [field, values[field]]),
    );
    this.refresh();
  }

  /** The recipe that the form holds. @throws InputError naming the field */
  recipe(): PageRecipe {
    const number = (id: NumberField): unknown => {
      const { value } = byId<HTMLInputElement>(id);
      return value.trim() === '' ? null : Number(value);
    };
    const common = { experiment: this.id(), arm: this.arm.value, batch: number('batch'), seed: number('seed') };
    if (this.id() === 'adaptive') return pageRecipe({ ...common, epochs: number('epochs') });
    return pageRecipe({ ...common, p: Number(this.p.value), steps: number('steps'), evalEvery: number('evalEvery'), ...this.extras });
  }

  /** Notes beside fields, which fields show, and the error of the first that does not hold. */
  private refresh(): void {
    const id = this.id();
    const adaptive = id === 'adaptive';
    const choice = CHOICES.find((each) => each.id === id);
    const family = id.startsWith(FAMILY);
    byId('family-field').hidden = !family;
    setText(byId('family-note'), family ? sentence(choice?.title ?? 'a mixture of families') : '');
    setText(byId('arm-note'), sentence(choice?.arms.find((arm) => arm.id === this.arm.value)?.note ?? ''));
    for (const field of ['p-field', 'steps-field', 'evalEvery-field']) byId(field).hidden = adaptive;
    byId('epochs-field').hidden = !adaptive;
    const p = Number(this.p.value);
    const steps = Number(byId<HTMLInputElement>('steps').value) || 0;
    // As the trial counts: an intended step is not lost to 0.29 · 100 = 28.999….
    const warm = Math.floor(p * steps + 1e-9);
    const said = `${percent(p, 0)}: ${plural(warm, 'step')} ${this.arm.value === 'skip' ? 'left out' : 'of warm-up'}, ${plural(steps - warm, 'real step')}`;
    setText(byId('p-note'), said);
    this.p.setAttribute('aria-valuetext', said);
    const extras = Object.entries(this.extras);
    byId('extras').hidden = extras.length === 0;
    setText(
      byId('extras-text'),
      extras.map(([field, value]) => `${field} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join('; '),
    );
    const recipe = this.check();
    const key = recipe && keyOf(recipe);
    for (const example of this.examples) example.button.setAttribute('aria-pressed', String(example.key === key));
  }

  /** Marks the field that does not hold. @returns the recipe, or undefined where one does not */
  check(): PageRecipe | undefined {
    const problem = byId('problem');
    let wrong: string | undefined;
    let recipe: PageRecipe | undefined;
    try {
      recipe = this.recipe();
      problem.hidden = true;
      setText(problem, '');
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { subject, got, expected } = error.parts;
      wrong = subject.split('.')[0];
      const field = document.querySelector(`label[for="${wrong}"]`)?.textContent ?? subject;
      problem.hidden = false;
      setText(problem, `${field}: got ${got === 'null' ? 'nothing' : got}; expected ${expected}.`);
    }
    for (const field of Object.keys(NUMBERS)) {
      const input = byId<HTMLInputElement>(field);
      if (field === wrong) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
      if (field === wrong) input.setAttribute('aria-errormessage', 'problem');
      else input.removeAttribute('aria-errormessage');
    }
    // A field out of sight cannot be mended.
    if (wrong === 'batch' || wrong === 'evalEvery') byId<HTMLDetailsElement>('more').open = true;
    return recipe;
  }

  /** Puts the focus on the field that does not hold. */
  focusProblem(): void {
    document.querySelector<HTMLElement>('#form [aria-invalid]')?.focus();
  }
}

/** Equal for recipes that differ in their seeds alone. */
const keyOf = (recipe: PageRecipe): string => recipeToHash({ ...recipe, seed: 0 });

const sentence = (text: string): string => (text ? `${text[0]!.toUpperCase()}${text.slice(1)}.` : '');
