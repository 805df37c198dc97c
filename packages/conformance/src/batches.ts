import {
  type BatchOutcome,
  type BatchRequest,
  createMailer,
  errorTable,
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

/** What providers and renderers take for their own. */
const syntax =
  "{{{x}}} {{x}}} \\{ {#if} %recipient% %recipient.m0% %recipient_email% -x- -name- <%x%> [x] &lt; $& $1 $`";

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
      name: "headers are merged, and a recipient's own go before the message's",
      async run(subject) {
        await merge(subject, { ...letter, headers: { "X-For": "For {{name}}, é", "X-Own": "shared", "X-Run": "7" } });
        for (const { recipients, headers } of await arrivals(subject, 3)) {
          const isEve = recipients.includes("eve@example.com");
          expect(headers["x-own"]).toBe(isEve ? "Eve's" : "shared");
          expect(headers["x-run"]).toBe("7");
          if (isEve) expect(headers["x-for"]).toBe("For Éve {{name}}, é");
        }
      },
    },
    {
      name: "texts and values that look like a provider's placeholders arrive as they were written",
      async run(subject) {
        const quoted = syntax.replaceAll("{{", "{ ").replaceAll("{{", "{ ");
        const body = `${quoted} {{{x}}} %{{x}}% -{{x}}- \\{{x}}} ${quoted}`;
        const message = { ...letter, subject: "{{x}} {{y}}", text: body, html: body };
        const recipients = ["ada", "bob"].map((y) => ({ to: `${y}@example.com`, data: { x: syntax, y } }));
        expect(await createMailer({ transport: subject.transport }).sendBulk(message, recipients)).toMatchObject({
          sent: 2,
        });
        const filled = (x: string): string =>
          body.replace(/\{\{\{x\}\}\}|\{\{x\}\}/g, (placeholder) => (placeholder === "{{x}}" ? x : syntax));
        const escaped = syntax.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
        for (const mail of await arrivals(subject, 2)) {
          expect(mail.subject).toBe(`${syntax} ${mail.recipients[0]?.split("@")[0]}`);
          expect(plainBody(mail.text)).toBe(filled(syntax));
          expect(plainBody(mail.html)).toBe(filled(escaped));
        }
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
      name: "what goes wrong with a batch is told of each recipient, with the code and the outcome that one mail would have",
      skip: (subject) =>
        skipWithoutBatch(subject) ?? (subject.faults.length === 0 ? "the other side plays no faults" : undefined),
      async run(subject) {
        for (const fault of subject.faults) {
          const { code, scope = errorTable[code].scope, answerLost = false } = fault;
          const { delivery = answerLost ? "unknown" : "not_sent" } = fault;
          const before = (await subject.received()).length;
          fault.play();
          const outcomes = await merge(subject);
          const errors = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
          const what = fault.name ?? code;
          expect(outcomes, what).toHaveLength(3);
          for (const error of errors) expect([error.code, error.delivery], what).toEqual([code, delivery]);
          // A recipient at fault is looked for, and the others' mail goes out without theirs.
          if (scope !== "recipient") expect(errors, what).not.toEqual([]);
          if (delivery === "not_sent") await arrivals(subject, before + outcomes.length - errors.length);
        }
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
