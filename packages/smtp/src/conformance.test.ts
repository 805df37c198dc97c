import { describeTransport, type PlayedFault, type ReceivedMail, type Subject } from "@mail/conformance";
import type { Address, Transport } from "@mail/core";
import PostalMime, { decodeWords, type Address as ParsedAddress } from "postal-mime";
import { scriptedServer, type WireMail } from "./scripted-server.fixture.ts";
import { smtp } from "./smtp-transport.ts";

const secret = "s3cret-pässword-0815";

type Step = "auth" | "mail" | "rcpt" | "body";

async function setup(): Promise<Subject> {
  const usual = { auth: "235 2.7.0 ok", mail: "250 2.1.0 ok", rcpt: "250 2.1.5 ok", body: "250 2.0.0 taken" };
  const next: Partial<Record<Step, string>> = {};
  let refused: string | undefined;
  /** What was played serves one mail. */
  const reply = (step: Step): string => {
    const played = next[step];
    delete next[step];
    return played ?? usual[step];
  };
  const server = await scriptedServer({
    ehlo: "250-test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN",
    auth: () => reply("auth"),
    mail: () => reply("mail"),
    rcpt: (address) => (address === refused ? "550 5.1.1 no such user" : reply("rcpt")),
    body: () => reply("body"),
  });
  const create = (extra: { readonly label?: string }): Transport =>
    smtp({ host: "127.0.0.1", port: server.port, auth: { user: "ada", pass: secret }, ...extra });
  const fault = (step: Step, answer: string, expected: Omit<PlayedFault, "play" | "name">): PlayedFault => ({
    ...expected,
    name: `${answer} at ${step}`,
    play: () => {
      next[step] = answer;
    },
  });
  const transport = create({});
  return {
    transport,
    create,
    received: () => Promise.all(server.mails.filter((mail) => mail.reply === usual.body).map(receivedOf)),
    contacts: server.connections,
    hang: () => {
      next.body = "hang";
    },
    hanging: () => server.mails.some((mail) => mail.reply === "hang"),
    refuseRecipient: (address) => {
      refused = address;
    },
    faults: [
      fault("auth", "535 5.7.8 wrong", { code: "authentication" }),
      fault("auth", "454 4.7.0 not now", { code: "unavailable" }),
      fault("mail", "550 5.7.60 not yours", { code: "permission" }),
      fault("mail", "550 5.7.1 blocked", { code: "policy_rejected", scope: "transport" }),
      fault("mail", "421 4.7.0 too fast", { code: "rate_limited" }),
      fault("rcpt", "550 5.1.1 no such user", { code: "recipient_rejected" }),
      fault("rcpt", "450 4.2.0 busy", { code: "recipient_rejected", retryable: true }),
      fault("body", "552 5.3.4 too big", { code: "message_too_large" }),
      fault("body", "554 5.7.1 spam", { code: "policy_rejected" }),
      fault("body", "451 4.3.0 later", { code: "unavailable" }),
      fault("body", "cut", { code: "connection", answerLost: true }),
      fault("body", "hm", { code: "unknown", answerLost: true }),
    ],
    secrets: [secret],
    close: async () => {
      await transport.close?.();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function receivedOf({ to, source }: WireMail): Promise<ReceivedMail> {
  const parsed = await PostalMime.parse(source);
  const headers = parsed.headers.map(({ key, value }) => [key, decodeWords(value)] as const);
  return {
    recipients: to,
    from: addresses(parsed.from && [parsed.from])[0] ?? { address: "" },
    to: addresses(parsed.to),
    cc: addresses(parsed.cc),
    replyTo: addresses(parsed.replyTo),
    subject: parsed.subject ?? "",
    ...(parsed.text !== undefined && { text: parsed.text }),
    ...(parsed.html !== undefined && { html: parsed.html }),
    headers: Object.fromEntries(headers),
    attachments: parsed.attachments
      .filter(({ disposition }) => disposition !== null)
      .map(({ filename, mimeType, contentId, disposition, content }) => ({
        ...(filename !== null && { filename }),
        contentType: mimeType,
        ...(contentId !== undefined && { contentId: contentId.replace(/^<|>$/g, "") }),
        disposition: disposition === "inline" ? ("inline" as const) : ("attachment" as const),
        content: typeof content === "string" ? Buffer.from(content) : new Uint8Array(content),
      })),
    source: source.toString(),
  };
}

function addresses(list: readonly ParsedAddress[] | undefined): readonly Address[] {
  return (list ?? []).map(({ name, address = "" }) => (name === "" ? { address } : { name, address }));
}

describeTransport("smtp", setup);
