import { capabilities, type ReceivedMail, type Subject } from "@mail/conformance";
import type { Address, Transport } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import PostalMime, { decodeWords, type Address as ParsedAddress } from "postal-mime";
import { describe, it, onTestFinished } from "vitest";
import type { CaughtMail } from "../caught-mail.ts";
import { type Apis, startApis } from "./apis.fixture.ts";

const key = "key-0123456789abcdef";

const adapters = {
  sendgrid: (url, label) => sendgrid({ apiKey: key, baseUrl: url, ...label }),
  mailgun: (url, label) => mailgun({ apiKey: key, domain: "mg.acme.example", baseUrl: url, ...label }),
  ses: (url, label) =>
    ses({
      endpoint: url,
      region: "eu-west-1",
      credentials: { accessKeyId: "AKIATEAM", secretAccessKey: key },
      ...label,
    }),
} satisfies Record<string, (url: string, label: { readonly label?: string }) => Transport>;

type Name = keyof typeof adapters;

async function subject(name: Name): Promise<Subject> {
  const apis = await startApis();
  const create = (label: { readonly label?: string }): Transport => adapters[name](apis.url, label);
  const transport = create({});
  const status =
    (code: number): (() => void) =>
    () =>
      apis.play({ type: "status", status: code });
  return {
    transport,
    create,
    received: () => received(apis),
    contacts: apis.requests,
    hang: () => apis.play({ type: "delay", ms: 3_600_000 }),
    hanging: () => apis.faults.list().some(({ action, struck }) => action.type === "delay" && struck > 0),
    faults: [
      { code: "invalid_message", name: "400", play: status(400) },
      { code: "message_too_large", name: "413", play: status(413) },
      { code: "rate_limited", name: "429", play: status(429) },
      { code: "unavailable", name: "500", play: status(500), ...(name === "mailgun" && { delivery: "unknown" }) },
      {
        code: "connection",
        name: "the answer is lost",
        delivery: "unknown",
        play: () => apis.play({ type: "lose-answer" }),
      },
    ],
    secrets: [key],
    async close() {
      await transport.close?.();
      await apis.close();
    },
  };
}

/** Copies of a mail are one mail to the client. */
async function received(apis: Apis): Promise<readonly ReceivedMail[]> {
  const bySource = Map.groupBy(apis.mails(), (mail) => `${mail.providerId}\n${Buffer.from(apis.source(mail))}`);
  return Promise.all([...bySource.values()].map((copies) => receivedMail(apis, copies)));
}

async function receivedMail(apis: Apis, copies: readonly CaughtMail[]): Promise<ReceivedMail> {
  const source = apis.source(copies[0] as CaughtMail);
  const mail = await PostalMime.parse(source);
  return {
    recipients: copies.flatMap(({ envelope }) => envelope.to),
    from: addressesOf(mail.from)[0] ?? { address: "" },
    to: addressesOf(mail.to),
    cc: addressesOf(mail.cc),
    replyTo: addressesOf(mail.replyTo),
    subject: mail.subject ?? "",
    ...(mail.text !== undefined && { text: mail.text }),
    ...(mail.html !== undefined && { html: mail.html }),
    headers: Object.fromEntries(mail.headers.map((header) => [header.key, decodeWords(header.value)])),
    attachments: mail.attachments.map(({ filename, mimeType, contentId, disposition, content }) => ({
      ...(filename !== null && { filename }),
      contentType: mimeType,
      ...(contentId !== undefined && { contentId: contentId.replace(/^<|>$/g, "") }),
      disposition: disposition === "inline" ? "inline" : "attachment",
      content: typeof content === "string" ? Buffer.from(content) : new Uint8Array(content),
    })),
    source,
  };
}

function addressesOf(parsed: ParsedAddress | readonly ParsedAddress[] | undefined): readonly Address[] {
  return [parsed ?? []].flat().map(({ name, address = "" }) => (name === "" ? { address } : { name, address }));
}

for (const name of Object.keys(adapters) as Name[]) {
  describe(`@mail/${name} keeps the contract of a transport with the inbox at the other side`, () => {
    for (const { name: promise, skip, run } of capabilities.flatMap(({ cases }) => cases)) {
      it(promise, async (context) => {
        const tested = await subject(name);
        onTestFinished(tested.close);
        const reason = skip?.(tested);
        if (reason !== undefined) context.skip(reason);
        await run(tested);
      });
    }
  });
}
