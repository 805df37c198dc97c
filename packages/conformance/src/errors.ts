import { deliver, errorTable, MailError } from "@mail/core";
import { expect } from "vitest";
import type { Capability } from "./conformance-case.ts";
import { contextOf, failure, prepare, send } from "./send-mail.ts";
import type { PlayedFault, Subject } from "./subject.ts";

async function checkFault(subject: Subject, fault: PlayedFault, what: string): Promise<void> {
  const { code, scope = errorTable[code].scope, retryable = errorTable[code].retryable } = fault;
  const { answerLost = false, delivery = answerLost ? "unknown" : "not_sent" } = fault;
  const transport = subject.create({ label: "faulty" });
  const before = (await subject.received()).length;
  fault.play();
  const error = await failure(deliver(transport, prepare(), contextOf()), what);
  const { message, hint, attempts } = error;
  expect(
    { code: error.code, scope: error.scope, retryable: error.retryable, delivery: error.delivery },
    message,
  ).toEqual({ code, scope, retryable, delivery });
  expect(error.transport, `${what}: transport`).toBe("faulty");
  expect(hint ?? "", `${what}: hint`).not.toBe("");
  expect(attempts, `${what}: attempts`).toHaveLength(1);
  expect(attempts[0]).toMatchObject({ transport: "faulty" });
  expect(attempts[0]?.error?.code).toBe(code);
  if (delivery === "not_sent") expect(await subject.received(), `${what}: mails that arrived`).toHaveLength(before);
  await transport.close?.();
}

export const errors: Capability = {
  name: "errors",
  cases: [
    {
      name: "each answer of the other side becomes its code, and says whether the mail may have gone out",
      skip: ({ faults }) => (faults.length === 0 ? "the other side plays no faults" : undefined),
      async run(subject) {
        const wrong: string[] = [];
        for (const [index, fault] of subject.faults.entries()) {
          const what = fault.name ?? `fault ${index} (${fault.code})`;
          await checkFault(subject, fault, what).catch((error: unknown) => wrong.push(`${what}: ${String(error)}`));
        }
        expect(wrong, "faults that did not become what they should").toEqual([]);
      },
    },
    {
      name: "an answer that is lost after the mail was handed over leaves the outcome unknown",
      skip: ({ faults }) =>
        faults.some(({ answerLost }) => answerLost) ? undefined : "the other side loses no answers",
      async run(subject) {
        for (const fault of subject.faults.filter(({ answerLost }) => answerLost)) {
          fault.play();
          const { delivery } = await failure(send(subject), fault.name);
          expect(delivery, fault.name ?? fault.code).toBe("unknown");
        }
      },
    },
    {
      name: "a recipient that is refused beside others is in receipt.rejected, and the others are in receipt.accepted",
      skip: ({ refuseRecipient }) => (refuseRecipient === undefined ? "the other side takes all or none" : undefined),
      async run(subject) {
        subject.refuseRecipient?.("gone@example.com");
        const to = ["ada@example.com", "gone@example.com", "bob@example.com"];
        const { accepted, rejected } = await send(subject, { to });
        expect(accepted).toEqual(["ada@example.com", "bob@example.com"]);
        expect(rejected).toMatchObject([{ address: "gone@example.com", error: { scope: "recipient" } }]);
        expect(
          rejected.every(({ error }) => MailError.is(error)),
          "each with a MailError",
        ).toBe(true);
      },
    },
    {
      name: "a transport throws MailErrors itself, without the mailer around it",
      skip: ({ faults }) => (faults.length === 0 ? "the other side plays no faults" : undefined),
      async run(subject) {
        subject.faults[0]?.play();
        await failure(subject.transport.send(prepare(), contextOf()));
      },
    },
    {
      name: "a mail after a failed one is sent",
      skip: ({ faults }) => (faults.length === 0 ? "the other side plays no faults" : undefined),
      async run(subject) {
        subject.faults[0]?.play();
        await failure(send(subject));
        const { id } = await send(subject, { subject: "after the fault" });
        const mails = await subject.received();
        expect(mails.map(({ headers }) => headers["x-mail-id"])).toContain(id);
      },
    },
  ],
};
