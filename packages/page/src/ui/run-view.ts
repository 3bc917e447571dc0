import type { Evaluated, Progress, RunSummary, Started } from '../protocol.js';
import type { PageRecipe } from '../recipe.js';
import { AccuracyPlot, type Look, type Shadow } from './charts/accuracy-plot.js';
import { LossPlot } from './charts/loss-plot.js';
import { byId, setText, table } from './dom.js';
import { duration, percent, plural, short, whole } from './format.js';
import { announce } from './notices.js';
import { showConfusion } from './panels/confusion.js';
import { recipeName, recipeNumbers } from './recipes.js';

const PHASE = { warmup: 'Warm-up', natural: 'Real images' } as const;

/** The run as it goes: state line, progress, loss and accuracy with their tables, and how it ended. */
export class RunView {
  private readonly loss = new LossPlot(byId('loss'));
  private readonly accuracy = new AccuracyPlot(byId('accuracy'));
  private phase: 'warmup' | 'natural' | undefined;
  private step = 0;
  private steps = 0;

  constructor() {
    this.describe();
    for (const id of ['loss-table', 'accuracy-table']) {
      byId(id)
        .closest('details')
        ?.addEventListener('toggle', () => this.tables());
    }
  }

  get looks(): readonly Look[] {
    return this.accuracy.all();
  }

  /** Step that the run stands at. */
  get at(): number {
    return this.step;
  }

  compiling(recipe: PageRecipe): void {
    setText(byId('run-name'), `${recipeName(recipe)}: ${recipeNumbers(recipe)}`);
    this.say('Compiling the kernels. The first run takes longest.');
    byId<HTMLProgressElement>('progress').removeAttribute('value');
    byId('after').hidden = true;
  }

  begin(started: Started, shadows: readonly Shadow[]): void {
    this.phase = undefined;
    this.step = 0;
    this.steps = started.steps;
    this.loss.begin(this.steps, started.warmupSteps);
    this.accuracy.begin(this.steps, started.warmupSteps, shadows);
    byId<HTMLProgressElement>('progress').max = Math.max(1, this.steps);
    byId<HTMLProgressElement>('progress').value = 0;
    setText(byId('command'), started.command);
    setText(byId('loss-key'), '');
    this.describe();
    this.tables();
  }

  progress({ step, phase, loss, rate }: Progress): void {
    const { steps } = this;
    this.step = step;
    this.loss.add(phase, step, loss);
    byId<HTMLProgressElement>('progress').value = step;
    const left = rate > 0 ? `, ${duration((steps - step) / rate)} left` : '';
    this.say(`${PHASE[phase]}: step ${whole(step)} of ${whole(steps)}. ${whole(rate)} steps a second${step < steps ? left : ''}.`);
    if (phase !== this.phase) {
      announce(phase === 'warmup' ? 'The warm-up has begun.' : 'Training on real images has begun.');
      this.phase = phase;
    }
    const last = loss.findLast((value) => value !== null);
    setText(byId('loss-key'), last === undefined || last === null ? 'now not a number' : `now ${short(last)}`);
    this.tables();
  }

  evaluation({ step, accuracy }: Evaluated): void {
    this.accuracy.add({ step, accuracy });
    this.tables();
  }

  /** Goes back to the state after `step`: a lost device. */
  backTo(step: number): void {
    this.step = step;
    this.loss.backTo(step);
    this.accuracy.backTo(step);
    byId<HTMLProgressElement>('progress').value = step;
  }

  /** Says where the run stands, in the state line and to screen readers. */
  tell(text: string): void {
    this.say(text);
    announce(text);
    this.describe();
  }

  done(summary: RunSummary, beside: string, tested: number | undefined): void {
    const images = tested ? `${whole(tested)} test images` : 'the test images';
    const result = `${percent(summary.accuracy)} of ${images} read right, test loss ${short(summary.testLoss)}, in ${duration(summary.seconds)}.`;
    const { steps } = this;
    byId<HTMLProgressElement>('progress').value = steps;
    setText(byId('result'), result);
    setText(byId('beside'), beside);
    byId('beside').hidden = beside === '';
    byId('confusion-details').hidden = false;
    showConfusion(summary.confusion);
    byId('after').hidden = false;
    this.say(`Done after ${plural(steps, 'step')}.`);
    announce(`Done. ${result} ${beside}`);
    this.describe();
  }

  stopped(step: number): void {
    this.tell(`Stopped after ${plural(step, 'step')}.`);
    if (byId<HTMLProgressElement>('progress').position < 0) byId<HTMLProgressElement>('progress').value = 0;
    const last = this.accuracy.all().at(-1);
    setText(
      byId('result'),
      last
        ? `${percent(last.accuracy)} of the test images read right at step ${whole(last.step)}, when it was last evaluated.`
        : 'Not evaluated yet.',
    );
    byId('beside').hidden = true;
    byId('confusion-details').hidden = true;
    byId('after').hidden = false;
  }

  private say(text: string): void {
    setText(byId('state'), text);
  }

  private describe(): void {
    this.loss.describe(this.loss.sentence());
    this.accuracy.describe(this.accuracy.sentence());
  }

  /** Tables are made while somebody looks at them. */
  private tables(): void {
    const open = (id: string) => byId(id).closest('details')?.open === true;
    if (open('loss-table')) {
      const size = Math.max(1, Math.ceil(this.steps / 25));
      const rows = (['warmup', 'natural'] as const).flatMap((phase) =>
        this.loss
          .series(phase)
          .bins(size)
          .map((bin, i) => [
            `${whole(this.loss.series(phase).first + i * size)}`,
            PHASE[phase],
            short(bin.mean),
            short(bin.least),
            short(bin.most),
          ]),
      );
      byId('loss-table').replaceChildren(table('Loss by step', ['From step', 'Phase', 'Mean', 'Least', 'Most'], rows));
    }
    if (open('accuracy-table')) {
      const rows = this.accuracy.all().map((look) => [whole(look.step), percent(look.accuracy)]);
      byId('accuracy-table').replaceChildren(table('Accuracy by step', ['Step', 'Accuracy'], rows));
    }
  }
}
