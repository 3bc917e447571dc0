import { announce } from '../notices.js';
import { type Point, SIDE, type Stroke } from './raster.js';

/** Thickness of the pen on the drawing area, as a share of its side. */
const PEN = 0.075;

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The drawing area: strokes by pointer (mouse, pen, finger) or by keys. Tells after each change; `ended` where a stroke has just come to its end. */
export class Pad {
  private strokes: Point[][] = [];
  private pointer: number | undefined;
  /** Where the keyboard's pen is, in cells; shown once a key was used. */
  private cell = { x: SIDE / 2, y: SIDE / 4 };
  private penDown = false;
  private keyboard = false;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly changed: (strokes: readonly Stroke[], ended: boolean) => void,
  ) {
    canvas.addEventListener('pointerdown', (event) => this.press(event));
    canvas.addEventListener('pointermove', (event) => this.drag(event));
    for (const name of ['pointerup', 'pointercancel'] as const) canvas.addEventListener(name, (event) => this.lift(event));
    canvas.addEventListener('keydown', (event) => this.key(event));
    canvas.addEventListener('blur', () => {
      this.penDown = false;
      this.keyboard = false;
      this.paint();
    });
    // The ink is the theme's.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.paint());
    new MutationObserver(() => this.paint()).observe(document.documentElement, { attributeFilter: ['data-theme'] });
    this.paint();
  }

  clear(): void {
    this.strokes = [];
    this.penDown = false;
    this.report(true);
  }

  private report(ended: boolean): void {
    const filled = this.strokes.length > 0;
    this.canvas.setAttribute(
      'aria-label',
      filled ? `Drawing area, ${this.strokes.length} ${this.strokes.length === 1 ? 'stroke' : 'strokes'}` : 'Drawing area, empty',
    );
    this.paint();
    this.changed(this.strokes, ended);
  }

  private at(event: PointerEvent): Point {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
  }

  private press(event: PointerEvent): void {
    if (this.pointer !== undefined || event.button !== 0) return;
    this.pointer = event.pointerId;
    this.keyboard = false;
    this.penDown = false;
    this.canvas.setPointerCapture(event.pointerId);
    this.strokes.push([this.at(event)]);
    this.report(false);
  }

  private drag(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    const all = event.getCoalescedEvents();
    this.strokes.at(-1)!.push(...(all.length ? all : [event]).map((each) => this.at(each)));
    this.report(false);
  }

  private lift(event: PointerEvent): void {
    if (event.pointerId !== this.pointer) return;
    this.pointer = undefined;
    this.report(true);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const arrow = ARROWS[event.key];
    if (arrow) {
      const far = event.shiftKey ? 5 : 1;
      const inside = (value: number) => Math.max(0, Math.min(SIDE - 1, value));
      this.cell = { x: inside(this.cell.x + far * arrow[0]), y: inside(this.cell.y + far * arrow[1]) };
      if (this.penDown) this.strokes.at(-1)!.push(this.here());
    } else if (event.key === ' ') {
      this.penDown = !this.penDown;
      if (this.penDown) this.strokes.push([this.here()]);
      announce(`Pen ${this.penDown ? 'down' : 'up'}, column ${this.cell.x + 1}, row ${this.cell.y + 1} of ${SIDE}.`);
    } else if (event.key === 'Escape' && this.penDown) {
      this.penDown = false;
      announce('Pen up.');
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      this.clear();
      announce('Drawing cleared.');
    } else {
      return;
    }
    event.preventDefault();
    this.keyboard = true;
    this.report(!this.penDown);
  }

  private here(): Point {
    return { x: (this.cell.x + 0.5) / SIDE, y: (this.cell.y + 0.5) / SIDE };
  }

  private paint(): void {
    const context = this.canvas.getContext('2d')!;
    const { width: side } = this.canvas;
    const ink = getComputedStyle(this.canvas).color;
    context.clearRect(0, 0, side, side);
    context.strokeStyle = ink;
    context.lineWidth = PEN * side;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    for (const stroke of this.strokes) {
      context.beginPath();
      stroke.forEach(({ x, y }, i) => {
        if (i === 0) context.moveTo(x * side, y * side);
        if (i > 0 || stroke.length === 1) context.lineTo(x * side, y * side);
      });
      context.stroke();
    }
    if (!this.keyboard) return;
    // The keyboard's pen: a ring, filled while it draws.
    const { x, y } = this.here();
    context.beginPath();
    context.arc(x * side, y * side, 9, 0, 2 * Math.PI);
    context.lineWidth = 2.5;
    context.strokeStyle = ink;
    context.globalAlpha = 0.6;
    context.stroke();
    if (this.penDown) {
      context.fillStyle = ink;
      context.fill();
    }
    context.globalAlpha = 1;
  }
}
