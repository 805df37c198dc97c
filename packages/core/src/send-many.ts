import { toMailError } from "./mail-error.ts";
import type { Message } from "./message.ts";
import type { Receipt } from "./receipt.ts";
import type { SendOutcome, SendUnit } from "./send-run.ts";
import { stoppableInput } from "./stoppable-input.ts";

/** One unit of work for each message; the input is read as units are taken, and no further once the run is aborted. */
export async function* messageUnits(
  messages: Iterable<Message> | AsyncIterable<Message>,
  send: (message: Message) => Promise<Receipt>,
  signal: AbortSignal | undefined,
): AsyncGenerator<SendUnit> {
  let index = 0;
  for await (const message of stoppableInput(messages, signal)) {
    const own = index++;
    yield async () => [await outcomeOf(own, () => send(message))];
  }
}

/** Settles work into an outcome. */
export async function outcomeOf(index: number, work: () => Promise<Receipt>): Promise<SendOutcome> {
  try {
    return { index, ok: true, receipt: await work() };
  } catch (thrown) {
    return { index, ok: false, error: toMailError(thrown) };
  }
}
