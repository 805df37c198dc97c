import {
  createMailer,
  encodeHeaderValue,
  escapeHtml,
  formatAddress,
  fromUrl,
  type Message,
  parseAddress,
  parseRetryAfter,
  prepareMessage,
} from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { mock } from "@mail/mock";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import MailComposer from "nodemailer/lib/mail-composer";
import { redact } from "../../packages/core/src/redact.ts";
import { parseTemplate } from "../../packages/core/src/template.ts";
import { headerValues } from "../../packages/inbox/src/api/raw-mime.ts";
import { checkMail } from "../../packages/inbox/src/checks/check-mail.ts";
import { htmlText } from "../../packages/inbox/src/checks/html-text.ts";
import { headerParameters } from "../../packages/inbox/src/mailgun/header-parameters.ts";
import { readMultipart } from "../../packages/inbox/src/mailgun/read-multipart.ts";
import { parseMime } from "../../packages/inbox/src/parse-mime.ts";
import { parseSearch } from "../../packages/inbox/src/search.ts";
import { renderTemplate } from "../../packages/inbox/src/ses/template.ts";
import { firstLink } from "../../packages/inbox/src/webhooks/first-link.ts";
import { mailgunError } from "../../packages/mailgun/src/mailgun-error.ts";
import { headerBlock } from "../../packages/smtp/src/compose/mime-headers.ts";
import { smtpError } from "../../packages/smtp/src/smtp-error.ts";
import { parseReply } from "../../packages/smtp/src/smtp-reply.ts";

/** Reads an input, or throws because it is refused. */
export type Parse = (input: string) => unknown;

const good: Message = { from: "a@x.example", to: "b@x.example", subject: "Hi", text: "Hello" };
const prepare =
  (fields: (input: string) => Message): Parse =>
  (input) =>
    prepareMessage({ ...good, ...fields(input) });
const mail = prepareMessage(good);
const endpoint = { host: "mail.example", port: 587, secure: false };
const bytes = (text: string): Uint8Array => Buffer.from(text);

async function merge(template: Partial<Message>, data: Readonly<Record<string, unknown>>): Promise<void> {
  const { to: _, ...rest } = { ...good, ...template };
  const { failed } = await createMailer({ transport: mock() }).sendBulk(rest, [{ to: "a@x.example", data }]);
  if (failed > 0) throw new Error("refused");
}

/** Wherever text from elsewhere is read: ours, and nodemailer's as we call it. */
export const growthCases: Readonly<Record<string, Parse>> = {
  "core: address": (input) => parseAddress(input, "to"),
  "core: address's name": (input) => parseAddress({ name: input, address: "a@x.example" }, "to"),
  "core: address's domain": (input) => parseAddress(`a@${input}`, "to"),
  "core: name in a mailbox": (input) => parseAddress(`"${input}" <a@x.example>`, "to"),
  "core: list of addresses": (input) => prepareMessage({ ...good, cc: input.split(",") }),
  "core: formatAddress": (input) => formatAddress({ name: input, address: "a@x.example" }),
  "core: subject": prepare((subject) => ({ subject })),
  "core: header's name": prepare((name) => ({ headers: { [name]: "x" } })),
  "core: header's value": prepare((value) => ({ headers: { "X-A": value } })),
  "core: references": prepare((references) => ({ references })),
  "core: unsubscribe url": prepare((path) => ({ unsubscribe: { url: `https://x.example/${path}` } })),
  "core: unsubscribe mailto": prepare((query) => ({ unsubscribe: { mailto: `a@x.example?${query}` } })),
  "core: calendar": prepare((lines) => ({ calendar: { content: `BEGIN:VCALENDAR\r\nMETHOD:A${lines}` } })),
  "core: media type": prepare((parameters) => ({ attachments: [{ content: "", contentType: `a/b${parameters}` }] })),
  "core: file name": prepare((filename) => ({ attachments: [{ content: "", filename }] })),
  "core: base64": prepare((content) => ({ attachments: [{ content, encoding: "base64" }] })),
  "core: encoded words": encodeHeaderValue,
  "core: escapeHtml": escapeHtml,
  "core: template": (input) => parseTemplate(input, "html"),
  "core: mail merge's html": (input) => merge({ html: input }, { a: "x" }),
  "core: mail merge's value": (input) => merge({ html: "{{a}}{{{a}}}", subject: "{{a}}" }, { a: input }),
  "core: Retry-After": (input) => [
    parseRetryAfter(input),
    parseRetryAfter(`Sun, ${input}`),
    parseRetryAfter(`1${input}`),
  ],
  "core: fromUrl": (input) => fromUrl(input, [smtp, sendgrid, mailgun, ses]),
  "core: fromUrl's user": (input) => fromUrl(`smtp://${input}@host`, [smtp]),
  "core: fromUrl's query": (input) => fromUrl(`smtp://host?${input}`, [smtp]),
  "core: redact": (input) => redact(input, ["s3cret-password"]),
  "smtp: reply": (input) => parseReply(`250 ${input}`),
  "smtp: refusal": (input) =>
    smtpError(Object.assign(new Error("x"), { response: `550 ${input}`, command: "DATA" }), endpoint),
  "smtp: header block": (input) => headerBlock({ ...mail, subject: input, headers: { "X-A": input } }),
  "mailgun: refusal": (input) => mailgunError({ status: 400, message: input, details: `after ${input}` }),
  "nodemailer: text": (text) => compose({ text }),
  "nodemailer: quoted-printable": (content) =>
    compose({ alternatives: [{ contentType: "text/plain", content, contentTransferEncoding: "quoted-printable" }] }),
  "nodemailer: subject": (subject) => compose({ subject }),
  "nodemailer: header's value": (value) => compose({ headers: [{ key: "X-A", value }] }),
  "nodemailer: address's name": (name) => compose({ from: { name: name.slice(0, 600), address: "a@x.example" } }),
  "nodemailer: file name": (filename) => compose({ attachments: [{ filename: filename.slice(0, 900), content: "" }] }),
  "inbox: search": parseSearch,
  "inbox: header's parameters": (input) => headerParameters(`${input}!`),
  "inbox: header's parameters behind a name": (input) => headerParameters(`form-data; name="${input}`),
  "inbox: multipart form": (input) =>
    readMultipart(bytes(`--b\r\n${input}\r\n--b--\r\n`), "multipart/form-data; boundary=b"),
  "inbox: headers of raw MIME": (input) => headerValues(bytes(`A: ${input}\r\n\r\n`), "a"),
  "inbox: MIME source": (input) => parseMime(bytes(input)),
  "inbox: MIME's To": (input) => parseMime(bytes(`To: ${input}\r\n\r\nx`)),
  "inbox: MIME's Subject": (input) => parseMime(bytes(`Subject: ${input}\r\n\r\nx`)),
  "inbox: MIME's Content-Type": (input) => parseMime(bytes(`Content-Type: multipart/mixed; ${input}\r\n\r\nx`)),
  "inbox: MIME's html": (input) => parseMime(bytes(`Content-Type: text/html\r\n\r\n${input}`)),
  "inbox: SES template": (input) => renderTemplate(input, {}),
  "inbox: first link": (input) => firstLink({ html: `<a ${input}`, text: input }),
  "inbox: text of html": htmlText,
  "inbox: checks": (input) => {
    const to = [{ address: "b@x.example" }];
    const envelope = { from: "a@x.example", to: ["b@x.example"] };
    const lists = { cc: [], bcc: [], replyTo: [], headers: [], attachments: [], tags: [], metadata: {} };
    const facts = {
      id: "1",
      inbox: "default",
      via: "smtp" as const,
      receivedAt: new Date(0),
      unread: true,
      providerId: "1",
    };
    return checkMail({
      ...facts,
      ...lists,
      envelope,
      to,
      subject: input,
      text: input,
      html: input,
      size: input.length,
    });
  },
};

function compose(fields: ConstructorParameters<typeof MailComposer>[0]): Promise<Buffer> {
  return new MailComposer({ from: "a@x.example", ...fields }).compile().build();
}
