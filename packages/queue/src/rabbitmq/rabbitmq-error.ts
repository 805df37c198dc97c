import { type DeliveryState, MailError, misconfigured, redactError } from "@mail/core";
import { reasonOf } from "../broker/reason-of.ts";

/** Reply codes that only somebody can mend (AMQP 0-9-1 specification, section 1.1, Constants). */
const forGood: Readonly<Record<number, readonly [field: string, hint: string]>> = {
  402: ["url", "Check the virtual host, the last part of the URL."],
  403: ["url", "Check user and password, and what this user may do in this virtual host."],
  405: ["name", "Another connection has these queues to itself: give the queue another name."],
  406: ["name", "Queues or exchanges of that name were made differently: remove them, or give the queue another name."],
  530: ["url", "Check the virtual host, the last part of the URL."],
};

/** What amqplib threw, as a MailError without secrets. */
export function rabbitmqError(thrown: unknown, delivery: DeliveryState, secrets: readonly string[]): MailError {
  return MailError.is(thrown) ? thrown : redactError(explain(thrown, delivery), secrets);
}

function explain(thrown: unknown, delivery: DeliveryState): MailError {
  const reason = reasonOf(thrown);
  const [field, hint] = forGood[replyCode(thrown) ?? 0] ?? [];
  if (field !== undefined && hint !== undefined) return misconfigured(field, `is refused by RabbitMQ: ${reason}`, hint);
  return new MailError(`RabbitMQ cannot be reached: ${reason}`, {
    code: "unavailable",
    delivery,
    hint: hintFor(thrown),
    cause: thrown,
  });
}

/** Of a server that answers, but takes no mails for now (RabbitMQ documentation, Memory and Disk Alarms). */
export function blockedError(reason: string): Error {
  return Object.assign(new Error(`it is ${reason}`), { name: "BlockedError" });
}

function hintFor(thrown: unknown): string {
  if (thrown instanceof Error && thrown.name === "BlockedError")
    return "RabbitMQ takes no mails until it has memory and disk again: see its log.";
  // RabbitMQ takes the login and closes the connection then; amqplib does not pass its reason on.
  if (thrown instanceof Error && thrown.message.startsWith("Expected ConnectionOpenOk; got <ConnectionClose"))
    return "Check the virtual host, the last part of the URL: it is not there, or not for this user.";
  return "Check that RabbitMQ runs at this address, and the network between.";
}

/** Whether the same call may succeed in a moment: whatever is not refused for good. */
export function isPassing(thrown: unknown): boolean {
  return !MailError.is(thrown) && !Object.hasOwn(forGood, replyCode(thrown) ?? 0);
}

/** amqplib has it as `code`, but for a refused login, where it is in the text alone. */
export function replyCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined;
  if ("code" in thrown && typeof thrown.code === "number") return thrown.code;
  const inText = /^Handshake terminated by server: (\d{3}) /.exec(thrown.message)?.[1];
  return inText === undefined ? undefined : Number(inText);
}
