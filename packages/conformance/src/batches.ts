import {
  type BatchOutcome,
  type BatchRequest,
  createMailer,
  type Message,
  type SendOutcome,
  type Transport,
} from "@mail/core";
import { expect } from "vitest";
import type { Capability } from "./conformance-case.ts";
import { plainBody, plainRecipients } from "./plain-mail.ts";
import { arrivals, hello } from "./send-mail.ts";
import type { Subject } from "./subject.ts";

const people = [
  { to: "Ada <ada@example.com>", data: { name: "Ada", note: "<b>1</b> & more" }, metadata: { customer: "1" } },
  { to: "Bob <bob@example.com>", data: { name: "Bob", note: "plain" }, metadata: { customer: "2" } },
  { to: "Eve <eve@example.com>", data: { name: "Éve {{name}}", note: '"quoted"' }, headers: { "X-Own": "Eve's" } },
];

const letter: Message = {
  from: "Acme <hello@acme.example>",
  subject: "Hello {{name}}",
  text: "Dear {{name}}: {{note}}",
  html: "<p>{{note}}</p><p>{{{note}}}</p>",
};

async function merge(subject: Subject, message = letter, transport = subject.transport): Promise<SendOutcome[]> {
  const outcomes: SendOutcome[] = [];
  for await (const outcome of createMailer({ transport }).sendBulk(message, people)) outcomes.push(outcome);
  return outcomes;
}

interface Watched {
  readonly transport: Transport;
  readonly requests: BatchRequest[];
  readonly outcomes: BatchOutcome[];
}

/** The subject's transport, with what passes through `sendBatch` kept. */
function watched({ transport }: Subject): Watched {
  const requests: BatchRequest[] = [];
  const outcomes: BatchOutcome[] = [];
  const watching: Transport = {
    ...transport,
    async sendBatch(batch, context) {
      requests.push(batch);
      const answer = (await transport.sendBatch?.(batch, context)) ?? [];
      outcomes.push(...answer);
      return answer;
    },
  };
  return { transport: watching, requests, outcomes };
}

const skipWithoutBatch = ({ transport }: Subject): string | undefined =>
  transport.sendBatch === undefined ? "the transport has no sendBatch" : undefined;

export const batches: Capability = {
  name: "batches",
  cases: [
    {
      name: "a mail merge gives each recipient a mail of their own, with their address alone",
      async run(subject) {
        const outcomes = await merge(subject);
        expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
        const mails = await arrivals(subject, 3);
        expect(mails.flatMap(({ recipients }) => plainRecipients(recipients)).sort()).toEqual([
          "ada@example.com",
          "bob@example.com",
          "eve@example.com",
        ]);
        for (const mail of mails) {
          expect(mail.to.map(({ address }) => address)).toEqual(mail.recipients);
          expect(mail.cc).toEqual([]);
        }
      },
    },
    {
      name: "each recipient's values are filled in, escaped in html alone",
      async run(subject) {
        await merge(subject);
        const mails = await arrivals(subject, 3);
        const of = (address: string) => mails.find(({ recipients }) => recipients.includes(address));
        expect(of("ada@example.com")?.subject).toBe("Hello Ada");
        expect(plainBody(of("ada@example.com")?.text)).toBe("Dear Ada: <b>1</b> & more");
        expect(plainBody(of("ada@example.com")?.html)).toBe(
          "<p>&lt;b&gt;1&lt;/b&gt; &amp; more</p><p><b>1</b> & more</p>",
        );
        expect(of("eve@example.com")?.subject, "a value is not a template").toBe("Hello Éve {{name}}");
        expect(of("eve@example.com")?.headers["x-own"]).toBe("Eve's");
        expect(of("bob@example.com")?.headers["x-own"]).toBeUndefined();
      },
    },
    {
      name: "each recipient's receipt has the id that arrives with their mail",
      async run(subject) {
        const outcomes = await merge(subject);
        const sent = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.receipt] : []));
        for (const mail of await arrivals(subject, 3)) {
          const receipt = sent.find(({ id }) => id === mail.headers["x-mail-id"]);
          expect(receipt?.accepted).toEqual(mail.recipients);
        }
        expect(new Set(sent.map(({ id }) => id)).size).toBe(3);
      },
    },
    {
      name: "sendBatch answers for each recipient, under the recipient's id",
      skip: skipWithoutBatch,
      async run(subject) {
        const { transport, requests, outcomes } = watched(subject);
        await merge(subject, letter, transport);
        const ids = requests.flatMap(({ recipients }) => recipients.map(({ id }) => id));
        expect(ids).toHaveLength(3);
        expect(outcomes.map(({ id }) => id).sort()).toEqual(ids.sort());
      },
    },
    {
      name: "an attachment of a mail merge arrives with each mail",
      skip: ({ transport }) =>
        transport.features.fields.includes("attachments") ? undefined : "attachments are not carried",
      async run(subject) {
        await merge(subject, { ...letter, attachments: [{ filename: "a.txt", content: () => "shared" }] });
        for (const { attachments } of await arrivals(subject, 3)) {
          expect(attachments.map(({ content }) => Buffer.from(content).toString())).toEqual(["shared"]);
        }
      },
    },
    {
      name: "one refused recipient does not sink the others",
      async run(subject) {
        const mailer = createMailer({ transport: subject.transport });
        const recipients = [{ to: "ada@example.com" }, { to: "not an address" }, { to: "bob@example.com" }];
        const outcomes: SendOutcome[] = [];
        for await (const outcome of mailer.sendBulk({ ...hello, to: undefined }, recipients)) outcomes.push(outcome);
        expect(
          outcomes
            .filter(({ ok }) => ok)
            .map(({ index }) => index)
            .sort(),
        ).toEqual([0, 2]);
        const [bad] = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
        expect(bad?.code).toBe("invalid_recipient");
        await arrivals(subject, 2);
      },
    },
  ],
};
