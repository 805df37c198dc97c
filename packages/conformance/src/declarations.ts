import { allFields, deliver, type PreparedMessage } from "@mail/core";
import { expect } from "vitest";
import type { Capability } from "./conformance-case.ts";
import { arrivals, contextOf, prepare } from "./send-mail.ts";
import type { Subject } from "./subject.ts";

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof Date) return value;
  for (const entry of Object.values(value)) deepFreeze(entry);
  return Object.freeze(value);
}

function fullMail({ transport: { features } }: Subject): PreparedMessage {
  const carries = (field: (typeof features.fields)[number]): boolean => features.fields.includes(field);
  return prepare({
    to: ["Ada <ada@example.com>", "bob@example.com"],
    cc: ["Eve <eve@example.com>"],
    bcc: ["spy@example.com"],
    replyTo: ["help@acme.example"],
    html: "<p>Hello</p>",
    headers: { "X-Own": "value" },
    unsubscribe: { url: "https://acme.example/u" },
    ...(carries("tags") && { tags: ["one", "two"] }),
    ...(carries("metadata") && { metadata: { order: "4711" } }),
    ...(carries("attachments") && {
      attachments: [{ filename: "a.bin", content: new Uint8Array([1, 2, 3]), contentId: "a" }],
    }),
  });
}

/** The mail in arrays and objects of its own that nothing keeps from being changed. */
function changeable(mail: PreparedMessage): PreparedMessage {
  const copy = (people: PreparedMessage["to"]): PreparedMessage["to"] => people.map((person) => ({ ...person }));
  return {
    ...mail,
    envelope: { from: mail.envelope.from, to: [...mail.envelope.to] },
    from: { ...mail.from },
    to: copy(mail.to),
    cc: copy(mail.cc),
    bcc: copy(mail.bcc),
    replyTo: copy(mail.replyTo),
    headers: { ...mail.headers },
    tags: [...mail.tags],
    metadata: { ...mail.metadata },
    attachments: [...mail.attachments],
  };
}

export const declarations: Capability = {
  name: "features, verify and read-only mails",
  cases: [
    {
      name: "features are plain data and name only known fields, each once",
      async run({ transport: { features, sendBatch } }) {
        expect(structuredClone(features)).toEqual(features);
        expect(features.fields.filter((field) => !allFields.includes(field))).toEqual([]);
        expect(new Set(features.fields).size).toBe(features.fields.length);
        const { recipients, bytes, scheduleMs, batch } = features;
        for (const limit of [recipients, bytes, scheduleMs, batch?.recipients, batch?.bytes]) {
          if (limit !== undefined) expect(limit).toBeGreaterThan(0);
        }
        expect(batch !== undefined, "features.batch stands where sendBatch does").toBe(sendBatch !== undefined);
      },
    },
    {
      name: "making a transport contacts nobody",
      async run(subject) {
        const before = subject.contacts();
        subject.create({ label: "idle" });
        expect(subject.contacts()).toBe(before);
      },
    },
    {
      name: "verify finds nothing wrong with a healthy other side, and sends nothing",
      skip: ({ transport }) => (transport.verify === undefined ? "the transport has no verify" : undefined),
      async run(subject) {
        await subject.transport.verify?.(contextOf());
        await arrivals(subject, 0);
      },
    },
    {
      name: "a deeply frozen mail can be sent",
      async run(subject) {
        await deliver(subject.transport, deepFreeze(fullMail(subject)), contextOf());
        await arrivals(subject, 1);
      },
    },
    {
      name: "a mail is the same after the send as before",
      async run(subject) {
        const mail = changeable(fullMail(subject));
        const before = JSON.stringify(mail);
        await subject.transport.send(mail, contextOf());
        expect(JSON.stringify(mail)).toBe(before);
      },
    },
  ],
};
