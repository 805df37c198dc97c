import { toMailError } from "./mail-error.ts";
import type { Message } from "./message.ts";
import type { Receipt } from "./receipt.ts";
import type { SendOutcome, SendUnit } from "./send-run.ts";

/** One unit of work for each message; the input is read as units are taken. */
export async function* messageUnits(
  messages: Iterable<Message> | AsyncIterable<Message>,
  send: (message: Message) => Promise<Receipt>,
): AsyncGenerator<SendUnit> {
  let index = 0;
  for await (const message of messages) {
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
