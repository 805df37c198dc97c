import {
  deliver,
  type Logger,
  MailError,
  type Message,
  type OnUnsupported,
  type PreparedMessage,
  prepareMessage,
  type Receipt,
  silentLogger,
  type Transport,
  type TransportContext,
} from "@mail/core";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import type { ReceivedMail, Subject } from "./subject.ts";

/** A message with nothing wrong with it. */
export const hello: Message = {
  from: "Acme <hello@acme.example>",
  to: "ada@example.com",
  subject: "Hello",
  text: "Hello Ada",
};

export interface SendSettings {
  /** Default: the subject's own. */
  readonly transport?: Transport;
  readonly signal?: AbortSignal;
  readonly log?: Logger;
  readonly onUnsupported?: OnUnsupported;
}

/** The context that a mailer would hand over. */
export function contextOf({ signal, log, onUnsupported }: SendSettings = {}): TransportContext {
  return {
    signal: signal ?? new AbortController().signal,
    log: log ?? silentLogger,
    ...(onUnsupported !== undefined && { onUnsupported }),
  };
}

/** Checks a message as the mailer does; fields left out are those of {@link hello}. */
export function prepare(message: Message = {}): PreparedMessage {
  return prepareMessage({ ...hello, ...message });
}

/** Sends as the mailer does: prepares, then delivers through the core. */
export async function send(subject: Subject, message: Message = {}, settings: SendSettings = {}): Promise<Receipt> {
  return deliver(settings.transport ?? subject.transport, prepare(message), contextOf(settings));
}

/** Waits until `count` mails have arrived, and checks that there are no more. */
export async function arrivals(subject: Subject, count: number): Promise<readonly ReceivedMail[]> {
  return eventually(async () => {
    const mails = await subject.received();
    expect(mails, "mails that arrived").toHaveLength(count);
    return mails;
  });
}

/** Sends one message through a fresh subject and gives it as it arrived. */
export async function sendAndReceive(
  subject: Subject,
  message: Message = {},
  settings: SendSettings = {},
): Promise<{ readonly receipt: Receipt; readonly mail: ReceivedMail }> {
  const receipt = await send(subject, message, settings);
  const [mail] = await arrivals(subject, 1);
  if (mail === undefined) throw new Error("no mail arrived");
  return { receipt, mail };
}

/** The MailError with which the work ends. Fails where it succeeds or throws anything else. */
export async function failure(work: PromiseLike<unknown>, what = "the send"): Promise<MailError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown === undefined) throw new Error(`${what} succeeded; it should have failed`);
  if (!MailError.is(thrown)) throw new Error(`${what} failed with something that is no MailError: ${String(thrown)}`);
  return thrown;
}

/** Checks that the work is refused before the other side hears of it. */
export async function refusedBeforeContact(subject: Subject, work: () => Promise<unknown>): Promise<MailError> {
  const before = subject.contacts();
  const error = await failure(work());
  expect(subject.contacts() - before, "contacts with the other side").toBe(0);
  expect(error.delivery).toBe("not_sent");
  return error;
}
