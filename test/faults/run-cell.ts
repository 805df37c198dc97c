import { getEventListeners } from "node:events";
import { createMailer, MailError, type Message, type Receipt } from "@mail/core";
import type { Column } from "./columns.ts";
import { copiesByRecipient } from "./copies.ts";
import type { Expected } from "./fault-row.ts";
import { type Fault, openServer, type World } from "./open-server.ts";
import { openTransport } from "./open-transport.ts";
import type { FaultServer } from "./servers/fault-server.ts";
import type { ReceivedMail } from "./servers/received-mail.ts";
import { problemsIn } from "./verdict.ts";

/** What came of one cell. */
export interface Outcome {
  readonly told: Expected["told"];
  readonly code?: MailError["code"];
  readonly retryable?: boolean;
  /** How many copies a recipient really has, the one with the most. */
  readonly copies: number;
  readonly tries: number;
  /** What must not be; see verdict.ts. */
  readonly problems: readonly string[];
  /** What was thrown, for whoever reads a failing test. */
  readonly error?: MailError;
}

/** An hour of patience would hide a hang. */
const patienceMs = 45_000;

const message: Message = {
  from: "Acme <hello@acme.example>",
  to: "Ada <ada@example.com>",
  subject: "Your order",
  text: "Dear Ada",
};
/** More than the buffers of a socket hold, so that a server which does not read keeps it from being handed over. */
const large = new Uint8Array(7 * 1024 * 1024);

/**
 * Sends one mail through a column's transports while they are faulty, and counts what the servers have.
 * @param slowness of the machine: what time limits are multiplied by
 */
export async function runCell(fault: Fault, column: Column, world: World, slowness = 1): Promise<Outcome> {
  const { row } = fault;
  const labels = Object.keys(column.members);
  const servers = new Map<string, FaultServer>();
  try {
    for (const label of labels) servers.set(label, await openServer(fault, world));
    const faulty = labels.filter((label) => column.members[label] !== "well").map((label) => the(servers, label));
    const spoil = () => Promise.all(faulty.map((server) => server.spoil()));
    const strikesAtRest = "rest" in (row.steps ?? {});
    if (!row.reused || strikesAtRest) await spoil();

    const members = labels.map(
      (label) =>
        [label, openTransport(fault, the(servers, label), label, column.members[label] ?? "well", slowness)] as const,
    );
    const mailer = createMailer({ transport: column.compose(Object.fromEntries(members)) });
    mailer.on("retrying", ({ transport }) => {
      if (column.members[transport] === "passes") void the(servers, transport).mend();
    });
    if (row.reused) {
      await mailer.send(message);
      if (strikesAtRest) await Promise.all(faulty.map((server) => server.allClosed()));
      else await spoil();
    }

    const before = new Map([...servers].map(([label, { mails }]) => [label, mails.length]));
    const controller = new AbortController();
    const result = await mailer
      .send(messageFor(fault), { signal: controller.signal, timeoutMs: patienceMs })
      .catch((thrown: unknown) => thrown);
    if (!MailError.is(result) && result instanceof Error) throw result;
    const told = result as Receipt | MailError;
    const mails = [...servers].flatMap(([label, server]) => server.mails.slice(before.get(label)));

    const listeners = getEventListeners(controller.signal, "abort").length;
    await mailer.close();
    const closed = await within(20_000, Promise.all([...servers.values()].map((server) => server.allClosed())));
    const leaks = [
      ...(listeners > 0 ? [`${listeners} listeners are left on the app's signal`] : []),
      ...(closed ? [] : ["a connection is open after close()"]),
    ];
    return outcomeOf(told, mails, [...problemsIn(told, mails, column), ...leaks]);
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

function messageFor({ via, row }: Fault): Message {
  const second = via === "smtp" && row.second;
  return {
    ...message,
    ...(second && { to: ["Ada <ada@example.com>", "second@example.com"] }),
    ...(row.large && { attachments: [{ filename: "large.bin", content: large }] }),
  };
}

function outcomeOf(told: Receipt | MailError, mails: readonly ReceivedMail[], problems: readonly string[]): Outcome {
  const copies = Math.max(0, ...copiesByRecipient(mails).values());
  const tries = told.attempts.length;
  if (!MailError.is(told)) return { told: "sent", copies, tries, problems };
  return { told: told.delivery, code: told.code, retryable: told.retryable, copies, tries, problems, error: told };
}

/** Whether the work is done in time. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function the(servers: ReadonlyMap<string, FaultServer>, label: string): FaultServer {
  const server = servers.get(label);
  if (server === undefined) throw new Error(`there is no server ${label}`);
  return server;
}
