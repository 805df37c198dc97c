import {
  deliver,
  MailError,
  type Message,
  prepareMessage,
  type Receipt,
  silentLogger,
  type Transport,
} from "@mail/core";

/** A message with nothing wrong with it. */
export const hello: Message = {
  from: "Acme <hello@acme.example>",
  to: "ada@example.com",
  subject: "Hi",
  text: "Hello",
};

/** Sends as the mailer does. */
export function send(
  transport: Transport,
  message: Message = {},
  signal = new AbortController().signal,
): Promise<Receipt> {
  return deliver(transport, prepareMessage({ ...hello, ...message }), { signal, log: silentLogger });
}

/** The MailError that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<MailError> {
  try {
    await promise;
  } catch (thrown) {
    if (MailError.is(thrown)) return thrown;
    throw thrown;
  }
  throw new Error("It did not fail.");
}

/** Verifies as the mailer does. */
export async function verify(transport: Transport, signal = new AbortController().signal): Promise<void> {
  await transport.verify?.({ signal, log: silentLogger });
}
