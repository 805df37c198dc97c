import { createMailer, MailError, type SendRun, type Transport } from "@mail/core";
import { expect } from "vitest";
import type { Capability } from "./conformance-case.ts";
import { eventually, passTime } from "./eventually.ts";
import { arrivals, contextOf, failure, hello, prepare, refusedBeforeContact, send } from "./send-mail.ts";
import type { Subject } from "./subject.ts";

/** Far less than the grace that the core gives a transport which does not listen. */
const promptMs = 1_500;

interface HangingSend {
  readonly controller: AbortController;
  /** Settles as the transport itself does, with nobody giving up on its behalf. */
  readonly work: Promise<unknown>;
}

/** A mail that the other side has, and does not answer. */
async function hangingSend(subject: Subject): Promise<HangingSend> {
  const controller = new AbortController();
  const before = subject.contacts();
  subject.hang();
  const work = subject.transport.send(prepare({ subject: "hanging" }), contextOf({ signal: controller.signal }));
  work.catch(() => undefined);
  await eventually(() => {
    if (subject.hanging === undefined) expect(subject.contacts()).toBeGreaterThan(before);
    else expect(subject.hanging(), "the other side has the mail").toBe(true);
  });
  return { controller, work };
}

function promptly(work: Promise<unknown>): Promise<MailError> {
  return failure(inTime(work, "the transport does not listen to its signal"));
}

async function inTime<T>(work: Promise<T>, problem: string): Promise<T> {
  const over = new AbortController();
  const late = passTime(promptMs, over.signal).then(() => {
    throw new Error(problem);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

function checkDelivery(subject: Subject, { delivery }: MailError): void {
  if (subject.hanging === undefined) expect(["unknown", "not_sent"]).toContain(delivery);
  else expect(delivery, "the mail was taken, so it may have gone out").toBe("unknown");
}

async function outcomeCodes(run: SendRun): Promise<readonly string[]> {
  const codes: string[] = [];
  for await (const outcome of run) codes.push(outcome.ok ? "sent" : outcome.error.code);
  return codes;
}

export const cancellation: Capability = {
  name: "abort and timeout",
  cases: [
    {
      name: "a signal aborted beforehand means no contact",
      async run(subject) {
        const error = await refusedBeforeContact(subject, () =>
          subject.transport.send(prepare(), contextOf({ signal: AbortSignal.abort() })),
        );
        expect(error).toMatchObject({ code: "aborted", scope: "message", retryable: false });
      },
    },
    {
      name: "a time limit that ran out beforehand means no contact",
      async run(subject) {
        const signal = AbortSignal.abort(new DOMException("time is up", "TimeoutError"));
        const error = await refusedBeforeContact(subject, () =>
          subject.transport.send(prepare(), contextOf({ signal })),
        );
        expect(error.code).toBe("timeout");
      },
    },
    {
      name: "an abort while the other side does not answer ends the send at once",
      async run(subject) {
        const { controller, work } = await hangingSend(subject);
        controller.abort();
        const error = await promptly(work);
        expect(error.code).toBe("aborted");
        checkDelivery(subject, error);
      },
    },
    {
      name: "a time limit while the other side does not answer is `timeout`",
      async run(subject) {
        const { controller, work } = await hangingSend(subject);
        controller.abort(new MailError("The mail was not sent in time.", { code: "timeout" }));
        const error = await promptly(work);
        expect(error.code).toBe("timeout");
        checkDelivery(subject, error);
      },
    },
    {
      name: "an abort while an attachment's content hangs means no contact, and closing is not held up",
      skip: ({ transport }) =>
        transport.features.fields.includes("attachments") ? undefined : "attachments are not carried",
      async run(subject) {
        const controller = new AbortController();
        const opened = Promise.withResolvers<void>();
        const content = (): Promise<never> => {
          opened.resolve();
          return new Promise(() => undefined);
        };
        const before = subject.contacts();
        const transport = subject.create({});
        const mail = prepare({ attachments: [{ filename: "a.bin", content }] });
        const work = transport.send(mail, contextOf({ signal: controller.signal }));
        work.catch(() => undefined);
        await Promise.race([opened.promise, work.catch(() => undefined)]);
        controller.abort();
        expect(await promptly(work)).toMatchObject({ code: "aborted", delivery: "not_sent" });
        expect(subject.contacts() - before, "contacts with the other side").toBe(0);
        await inTime(transport.close?.() ?? Promise.resolve(), "closing is held up");
      },
    },
    {
      name: "an abort while the other side does not answer a batch ends it at once",
      skip: ({ transport }) =>
        transport.sendBatch === undefined || transport.features.batch === undefined
          ? "the transport has no sendBatch"
          : undefined,
      async run(subject) {
        const controller = new AbortController();
        const { promise: requested, resolve } = Promise.withResolvers<{ readonly work: Promise<unknown> }>();
        const sendBatch: NonNullable<Transport["sendBatch"]> = (batch, context) => {
          const work = subject.transport.sendBatch?.(batch, context) ?? Promise.resolve([]);
          work.catch(() => undefined);
          resolve({ work });
          return work;
        };
        subject.hang();
        const run = createMailer({ transport: { ...subject.transport, sendBatch } }).sendBulk(
          { ...hello, to: undefined },
          [{ to: "ada@example.com" }, { to: "bob@example.com" }],
          { signal: controller.signal },
        );
        const codes = outcomeCodes(run);
        const request = await Promise.race([requested, codes]);
        if (!("work" in request)) throw new Error("sendBatch was not called");
        const { work } = request;
        if (subject.hanging !== undefined) await eventually(() => expect(subject.hanging?.()).toBe(true));
        controller.abort();
        const error = await promptly(work);
        expect(error.code).toBe("aborted");
        checkDelivery(subject, error);
        expect(await codes).toEqual(["aborted", "aborted"]);
      },
    },
    {
      name: "an abort leaves other mails in flight unharmed",
      async run(subject) {
        const { controller, work } = await hangingSend(subject);
        const others = [1, 2, 3].map((number) => send(subject, { subject: `other ${number}` }));
        controller.abort();
        await promptly(work);
        const receipts = await Promise.all(others);
        const ids = (await subject.received()).map(({ headers }) => headers["x-mail-id"]);
        for (const { id } of receipts) expect(ids).toContain(id);
      },
    },
    {
      name: "an abort after the answer changes nothing",
      async run(subject) {
        const controller = new AbortController();
        const receipt = await send(subject, {}, { signal: controller.signal });
        controller.abort();
        await send(subject);
        expect(receipt.status).toMatch(/^(?:sent|queued)$/);
        await arrivals(subject, 2);
      },
    },
  ],
};
