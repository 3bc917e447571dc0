import type { FromWorker, Ready } from '../protocol.js';
import { commandOf, type PageRecipe } from '../recipe.js';
import { DigitPanel } from './digit/panel.js';
import { byId, h, setText } from './dom.js';
import { RecipeForm } from './form.js';
import { plural, whole } from './format.js';
import { dismiss, errorText, notify } from './notices.js';
import { batchCanvas, showBatch } from './panels/batch.js';
import { resetLedger, showLedger } from './panels/ledger.js';
import { Runs } from './panels/runs.js';
import { SamplerPanel } from './panels/sampler.js';
import { resetTimings, showTimings } from './panels/timings.js';
import { resetWeights, showWeights } from './panels/weights.js';
import { controlsOf, EXAMPLES } from './recipes.js';
import { RunView } from './run-view.js';
import { Session, type Status, save } from './session.js';
import { copyLink, keepInAddress, recipeInAddress } from './share.js';
import { tellMissing } from './support.js';
import { installTheme } from './theme.js';

/** Least time between two readings of one drawing while the net trains, in milliseconds. */
const READ_AGAIN = 400;

/** The whole page, on a worker that speaks the protocol. */
export class Page {
  private readonly form: RecipeForm;
  private readonly session: Session;
  private readonly view = new RunView();
  private readonly sampler = new SamplerPanel();
  private readonly digit: DigitPanel;
  private readonly runs: Runs;
  private facts: Ready['data'] | undefined;
  private read = 0;

  constructor(worker: Worker) {
    installTheme();
    this.runs = new Runs((recipe) => {
      this.form.fill(recipe);
      goTo('recipe');
    });
    this.form = new RecipeForm();
    this.form.fill(recipeInAddress() ?? EXAMPLES[0]!.recipe);
    this.session = new Session(worker, {
      message: (message, status) => this.hear(message, status),
      status: (status) => this.buttons(status),
      failed: (reason) => this.failed(reason),
      seenAgain: () => {
        const where = this.view.at ? ` after step ${whole(this.view.at)}` : '';
        notify('hidden', {
          kind: 'word',
          title: 'Paused while the tab was hidden',
          body: [h('p', {}, `Training stood still${where}, and goes on now.`)],
        });
      },
    });
    // Asked only while a run would be lost; the browser has its own words for it.
    addEventListener('beforeunload', (event) => {
      if (this.session.busy) event.preventDefault();
    });
    this.digit = new DigitPanel((pixels, id) => this.session.predict(pixels, id));
    this.controls();
    this.session.open(batchCanvas());
  }

  private controls(): void {
    byId('form').addEventListener('submit', (event) => {
      event.preventDefault();
      // Enter in a field starts a run, and never pauses one.
      const byButton = (event as SubmitEvent).submitter === byId('primary') && document.activeElement === byId('primary');
      if (this.session.status === 'idle') this.start();
      else if (this.session.status === 'training' && byButton) this.session.pause();
      else if (this.session.status === 'paused' && byButton) this.session.resume();
    });
    byId('stop').addEventListener('click', () => this.session.stop());
    byId('share').addEventListener('click', () => {
      const recipe = this.form.check();
      if (recipe) void copyLink(recipe);
      else this.form.focusProblem();
    });
    byId('download').addEventListener('click', () => this.session.download());
    byId<HTMLInputElement>('profile').addEventListener('change', ({ target }) => {
      const { checked } = target as HTMLInputElement;
      this.session.profile(checked);
      resetTimings(checked);
    });
    addEventListener('hashchange', () => {
      const recipe = recipeInAddress();
      if (recipe) this.form.fill(recipe);
    });
    // Links within the page must not write their target over the recipe in the address.
    for (const link of document.querySelectorAll<HTMLAnchorElement>('a[href^="#"]')) {
      link.addEventListener('click', (event) => {
        event.preventDefault();
        goTo(link.hash.slice(1));
      });
    }
  }

  /** Buttons that run a control of this recipe, everything else equal. */
  private offer(recipe: PageRecipe): void {
    const box = byId('against');
    const controls = controlsOf(recipe);
    byId('controls').replaceChildren();
    box.hidden = controls.length === 0;
    for (const { title, recipe: control } of controls) {
      const button = h('button', { type: 'button' }, title);
      button.addEventListener('click', () => {
        this.form.fill(control);
        byId('primary').focus();
        this.start();
      });
      byId('controls').append(button);
    }
  }

  private start(): void {
    const recipe = this.form.check();
    if (!recipe) {
      this.form.focusProblem();
      return;
    }
    for (const key of ['hidden', 'error', 'lost']) dismiss(key);
    keepInAddress(recipe);
    resetLedger();
    resetWeights();
    resetTimings(byId<HTMLInputElement>('profile').checked);
    this.sampler.reset();
    this.view.compiling(recipe);
    this.session.start(recipe);
    // On a small screen what a run shows is out of sight.
    if (byId('loss').getBoundingClientRect().bottom > innerHeight + 60)
      byId('run').scrollIntoView({ behavior: calm() ? 'auto' : 'smooth' });
  }

  private buttons(status: Status): void {
    const primary = byId<HTMLButtonElement>('primary');
    const stop = byId<HTMLButtonElement>('stop');
    const names: Partial<Record<Status, string>> = {
      training: 'Pause',
      pausing: 'Pausing …',
      paused: 'Resume',
      starting: 'Starting …',
      stopping: 'Stopping …',
    };
    setText(primary, names[status] ?? 'Start');
    // Busy, not off: a button that is switched off loses the keyboard's focus.
    primary.setAttribute('aria-disabled', String(['starting', 'pausing', 'stopping'].includes(status)));
    primary.disabled = status === 'opening' || status === 'absent' || status === 'broken';
    const stoppable = this.session.busy && status !== 'stopping';
    if (!stoppable && document.activeElement === stop) primary.focus();
    stop.disabled = !stoppable;
    document.body.dataset.status = status;
  }

  private hear(message: FromWorker, status: Status): void {
    switch (message.type) {
      case 'ready':
        this.ready(message);
        break;
      case 'no-webgpu':
        setText(byId('machine'), 'No GPU to train on: see the note at the top of the page.');
        setText(byId('state'), 'Nothing can run here.');
        setText(byId('guess'), 'Reading a drawing needs a trained net, and training needs WebGPU.');
        tellMissing(message.reason);
        this.offline();
        break;
      case 'error':
        if (message.subject === 'predict') {
          this.digit.refused();
          break;
        }
        notify('error', {
          kind: 'trouble',
          title: status === 'broken' ? 'The page could not start' : 'That did not work',
          body: errorText(message),
        });
        if (status === 'idle' && byId<HTMLProgressElement>('progress').position < 0) byId<HTMLProgressElement>('progress').value = 0;
        if (status === 'idle') setText(byId('state'), 'The run has ended with an error.');
        break;
      case 'started':
        this.view.begin(message, this.runs.shadows(message.recipe));
        break;
      case 'progress':
        this.view.progress(message);
        this.readAgain();
        break;
      case 'evaluation':
        this.view.evaluation(message);
        break;
      case 'batch':
        showBatch(message);
        break;
      case 'sampler':
        this.sampler.show(message);
        break;
      case 'weights':
        showWeights(message);
        break;
      case 'timings':
        if (byId<HTMLInputElement>('profile').checked) showTimings(message);
        break;
      case 'ledger':
        showLedger(message);
        break;
      case 'paused':
        if (!document.hidden) this.view.tell(`Paused after ${plural(message.step, 'step')}.`);
        break;
      case 'resumed':
        this.view.tell(`Going on after step ${whole(message.step)}.`);
        break;
      case 'stopped':
        this.view.stopped(message.step);
        byId('against').hidden = true;
        this.digit.again();
        break;
      case 'lost':
        notify('lost', {
          kind: 'trouble',
          title: 'The GPU was lost',
          body: [h('p', {}, `The browser says: ${message.reason}. Another one is being opened.`)],
        });
        this.view.tell('The GPU was lost; opening another one.');
        break;
      case 'recovered':
        this.recovered(message.step, message.training);
        break;
      case 'done': {
        const beside = this.runs.add(message.summary, this.view.looks);
        this.view.done(message.summary, beside, this.facts?.test);
        this.offer(message.summary.recipe);
        this.digit.again();
        break;
      }
      case 'record':
        save(message);
        break;
      case 'prediction':
        this.digit.answer(message);
        break;
      default:
        break;
    }
  }

  /** Without a GPU the form still makes a command. */
  private offline(): void {
    const write = () => {
      const recipe = this.form.check();
      if (recipe) setText(byId('offline-command'), commandOf(recipe));
    };
    for (const event of ['input', 'change', 'click']) byId('form').addEventListener(event, write);
    addEventListener('hashchange', write);
    byId('offline').hidden = false;
    write();
  }

  private ready({ adapter, data, features }: Ready): void {
    this.facts = data;
    const slow = adapter.software ? ' No GPU: the processor runs the shaders, so everything is slow.' : '';
    setText(byId('machine'), `${adapter.name}.${slow}`);
    byId('machine').title = features.join(', ');
    setText(
      byId('data-note'),
      `Real images: ${whole(data.train)} training and ${whole(data.test)} test images of MNIST, shipped with this page.`,
    );
    setText(
      byId('licence'),
      `The real images are a part of MNIST, ${data.split}. Source: ${data.origin}. Licence: ${data.licence}. All other data is generated on your GPU. Kindling’s own code has the MIT licence.`,
    );
    this.digit.again();
  }

  private recovered(step: number, training: boolean): void {
    const where = step > 0 ? `after step ${whole(step)}` : 'from the beginning';
    const text = training ? `Training goes on ${where}, to the same result as if nothing had happened.` : 'Everything is as it was.';
    notify('lost', { kind: 'word', title: 'The GPU was lost, and another one is open', body: [h('p', {}, text)] });
    if (training) this.view.backTo(step);
    this.view.tell(training ? `Recovered; training goes on ${where}.` : 'Recovered.');
  }

  private failed(reason: string): void {
    setText(byId('machine'), 'The worker that trains did not start.');
    notify('error', {
      kind: 'trouble',
      title: 'The page’s worker failed',
      body: [h('p', {}, `${reason}. Reload the page; where it was opened as a file, serve its folder from a web server instead.`)],
    });
  }

  /** The net learns while a drawing stands: it is read again, now and then. */
  private readAgain(): void {
    if (performance.now() - this.read < READ_AGAIN) return;
    this.read = performance.now();
    this.digit.again();
  }
}

const calm = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Moves to a part of the page, with the keyboard's focus. */
function goTo(id: string): void {
  const target = byId(id);
  target.focus({ preventScroll: true });
  target.scrollIntoView({ behavior: calm() ? 'auto' : 'smooth' });
}
