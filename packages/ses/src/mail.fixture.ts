import {
  deliver,
  MailError,
  type Message,
  prepareMessage,
  type Receipt,
  silentLogger,
  type Transport,
  type TransportContext,
} from "@mail/core";

/** A message with nothing wrong with it. */
export const hello = {
  from: "Acme <hello@acme.example>",
  to: "ada@example.com",
  subject: "Hi",
  text: "Hello",
} as const;

export const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG",
  sessionToken: "FwoGZXIvYXdz",
};

export function context(more: Partial<TransportContext> = {}): TransportContext {
  return { signal: new AbortController().signal, log: silentLogger, ...more };
}

/** Sends as the mailer does: prepares, then delivers through the core. */
export async function send(
  transport: Transport,
  message: Message = {},
  more: Partial<TransportContext> = {},
): Promise<Receipt> {
  return deliver(transport, prepareMessage({ ...hello, ...message }), context(more));
}

/** The MailError with which the work ends. */
export async function failure(work: Promise<unknown>): Promise<MailError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!MailError.is(thrown)) throw new Error(`expected a MailError, got ${String(thrown)}`);
  return thrown;
}
