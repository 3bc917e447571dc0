// Entry of the page's worker.
import type { FromWorker, ToWorker } from '../protocol.js';
import { Engine } from './engine.js';

/** A dedicated worker's own end of the line, as far as it is used; the DOM's types know only a window. */
interface Scope {
  postMessage(message: FromWorker, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}
const scope = globalThis as unknown as Scope;

const engine = new Engine((message, transfer = []) => scope.postMessage(message, transfer));
scope.onmessage = ({ data }) => engine.receive(data);
