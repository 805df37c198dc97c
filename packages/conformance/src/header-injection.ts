import type { Message } from "@mail/core";
import { expect } from "vitest";
import type { Capability, ConformanceCase } from "./conformance-case.ts";
import { plainAddress, plainAddresses, plainRecipients } from "./plain-mail.ts";
import { refusedBeforeContact, send, sendAndReceive } from "./send-mail.ts";

const characters: Readonly<Record<string, string>> = { CR: "\r", LF: "\n", CRLF: "\r\n", NUL: "\0" };

interface Place {
  readonly what: string;
  readonly field: string;
  readonly message: (text: string) => Message;
}

const file = { filename: "a.txt", content: "a" };

/** Every text that may come from a user and ends up in a header or a parameter. */
const places: readonly Place[] = [
  { what: "an address", field: "to", message: (text) => ({ to: `ada${text}@example.com` }) },
  {
    what: "an address in a list",
    field: "cc[1]",
    message: (text) => ({ cc: ["b@example.com", `ada@exa${text}mple.com`] }),
  },
  { what: "a bcc address", field: "bcc", message: (text) => ({ bcc: { address: `spy${text}@example.com` } }) },
  {
    what: "a recipient's display name",
    field: "to",
    message: (name) => ({ to: { name, address: "ada@example.com" } }),
  },
  { what: "the sender's display name", field: "from", message: (text) => ({ from: `A${text}b <hello@acme.example>` }) },
  { what: "sender", field: "sender", message: (name) => ({ sender: { name, address: "robot@acme.example" } }) },
  { what: "replyTo", field: "replyTo", message: (name) => ({ replyTo: { name, address: "help@acme.example" } }) },
  {
    what: "the return path",
    field: "envelope.from",
    message: (text) => ({ envelope: { from: `b${text}@acme.example` } }),
  },
  { what: "the subject", field: "subject", message: (subject) => ({ subject }) },
  { what: "a header name", field: "headers", message: (text) => ({ headers: { [`X-Own${text}`]: "value" } }) },
  { what: "a header value", field: "headers.X-Own", message: (text) => ({ headers: { "X-Own": text } }) },
  {
    what: "a file name",
    field: "attachments[0].filename",
    message: (filename) => ({ attachments: [{ ...file, filename }] }),
  },
  {
    what: "a content type",
    field: "attachments[0].contentType",
    message: (text) => ({ attachments: [{ ...file, contentType: `text/plain${text}` }] }),
  },
  {
    what: "a content id",
    field: "attachments[0].contentId",
    message: (contentId) => ({ attachments: [{ ...file, contentId }] }),
  },
  { what: "a tag", field: "tags[0]", message: (tag) => ({ tags: [tag] }) },
  { what: "a metadata key", field: "metadata", message: (key) => ({ metadata: { [key]: "value" } }) },
  { what: "a metadata value", field: "metadata.key", message: (key) => ({ metadata: { key } }) },
  { what: "a template id", field: "template.id", message: (id) => ({ template: { id } }) },
  { what: "an idempotency key", field: "idempotencyKey", message: (idempotencyKey) => ({ idempotencyKey }) },
  { what: "inReplyTo", field: "inReplyTo", message: (text) => ({ inReplyTo: `<a${text}@example.com>` }) },
  { what: "references", field: "references[0]", message: (text) => ({ references: [`<a${text}@example.com>`] }) },
  {
    what: "an unsubscribe address",
    field: "unsubscribe.url",
    message: (text) => ({ unsubscribe: { url: `https://a.example/${text}` } }),
  },
];

const refused = places.map(
  ({ what, field, message }): ConformanceCase => ({
    name: `a line break or NUL in ${what} is refused before contact, and the error names the field`,
    async run(subject) {
      for (const [name, character] of Object.entries(characters)) {
        const hostile = `x${character}Bcc: evil@example.com`;
        const error = await refusedBeforeContact(subject, () => send(subject, message(hostile)));
        expect(error.field, name).toBe(field);
        expect(error.code, name).toMatch(/^invalid_(?:message|recipient)$/);
      }
    },
  }),
);

/** Texts that are legal and must not be taken for anything but text. */
const values: Readonly<Record<string, string>> = {
  "a header": "Bcc: evil@example.com",
  "an address": "<evil@example.com>, evil@example.com",
  "the end of a quoted name": 'x" <evil@example.com>, "y',
  "a written-out line break": "x\\r\\nBcc: evil@example.com",
  "a percent-encoded line break": "x%0d%0aBcc: evil@example.com",
  "a template": "{{name}} %recipient.name% -name- <%body%>",
  markup: "<b>&amp;</b>",
};

const kept = Object.entries(values).map(
  ([what, text]): ConformanceCase => ({
    name: `a subject, name or header value that looks like ${what} arrives as text`,
    async run(subject) {
      const { mail } = await sendAndReceive(subject, {
        from: { name: text, address: "hello@acme.example" },
        to: { name: text, address: "ada@example.com" },
        subject: text,
        headers: { "X-Own": text },
      });
      expect(mail.subject).toBe(text);
      expect(plainAddress(mail.from)).toEqual({ name: text, address: "hello@acme.example" });
      expect(plainAddresses(mail.to)).toEqual([{ name: text, address: "ada@example.com" }]);
      expect(mail.headers["x-own"]).toBe(text);
      expect(plainRecipients(mail.recipients)).toEqual(["ada@example.com"]);
      expect(mail.source).not.toMatch(/^Bcc:/im);
    },
  }),
);

/** Headers by which a relay or a provider lets itself be steered: recipients, templates, schedules, resent mail. */
const steering = [
  "X-SMTPAPI",
  "x-mailgun-recipient-variables",
  "X-SES-CONFIGURATION-SET",
  "X-MSYS-API",
  "Resent-To",
  "Resent-Bcc",
];

const steered = steering.map(
  (name): ConformanceCase => ({
    name: `the header ${name} is refused before contact, and the error names it`,
    async run(subject) {
      const error = await refusedBeforeContact(subject, () => send(subject, { headers: { [name]: "x@example.com" } }));
      expect(error).toMatchObject({ code: "invalid_message", field: `headers.${name}` });
    },
  }),
);

export const headerInjection: Capability = { name: "header injection", cases: [...refused, ...steered, ...kept] };
