import type { Readable } from "node:stream";

/**
 * Reads on what nobody wants any more, so that a client who sends all before it reads gets its answer.
 * `getRequestListener` does so, too, and sets an end to it; but a web stream that was begun and left stops the flow.
 */
export function discardRest(incoming: Readable): void {
  if (incoming.readableEnded) return;
  const flow = (): void => void incoming.removeAllListeners("data").resume();
  if (incoming.isPaused()) flow();
  else incoming.once("pause", flow);
}
