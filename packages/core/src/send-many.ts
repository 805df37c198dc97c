import { toMailError } from "./mail-error.ts";
import type { Message } from "./message.ts";
import type { Receipt } from "./receipt.ts";
import type { RunInput, SendOutcome, SendUnit } from "./send-run.ts";
import { stoppableInput } from "./stoppable-input.ts";

/** One unit of work for each message; the input is read as units are taken, and no further once the run is to end. */
export async function* messageUnits(
  messages: Iterable<Message> | AsyncIterable<Message>,
  send: (message: Message) => Promise<Receipt>,
  { gate, position, startAt }: RunInput,
): AsyncGenerator<SendUnit> {
  for await (const message of stoppableInput(messages, gate, startAt)) {
    const index = position.pull();
    yield async () => [await outcomeOf(index, () => send(message))];
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
