import {
  deliver,
  MailError,
  type Message,
  prepareMessage,
  type Receipt,
  silentLogger,
  type Transport,
} from "@mail/core";

export const hello: Message = {
  from: "Acme <hello@acme.example>",
  to: "Ada <ada@example.com>",
  subject: "Hi",
  text: "Hello",
};

export const key = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0";

/** Sends as a mailer does. */
export function send(transport: Transport, message: Partial<Message> = {}, signal?: AbortSignal): Promise<Receipt> {
  const context = { signal: signal ?? new AbortController().signal, log: silentLogger };
  return deliver(transport, prepareMessage({ ...hello, ...message }), context);
}

/** The MailError that a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<MailError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (MailError.is(thrown)) return thrown;
  throw new Error("expected a MailError", { cause: thrown });
}
