import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { SendBulkEmailRequest, SendEmailRequest } from "@aws-sdk/client-sesv2";
import type { ReceivedAttachment, ReceivedMail } from "@mail/conformance";
import type { Address } from "@mail/core";
import PostalMime, { decodeWords } from "postal-mime";
import { expect } from "vitest";

/** SendEmail as it goes over the wire: bytes in base64. */
type Wire<T> = T extends Uint8Array ? string : T extends object ? { readonly [Key in keyof T]: Wire<T[Key]> } : T;
export type WireRequest = Wire<SendEmailRequest>;
export type WireBulkRequest = Wire<SendBulkEmailRequest>;

export type Reply = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A server that speaks as much of SES as sending needs. */
export interface SesServer {
  readonly endpoint: string;
  readonly bodies: string[];
  readonly contacts: () => number;
  readonly received: () => Promise<readonly ReceivedMail[]>;
  /** How the next request is answered. */
  readonly next: (reply: Reply) => void;
  readonly close: () => Promise<void>;
}

export async function sesServer(): Promise<SesServer> {
  const bodies: string[] = [];
  const replies: Reply[] = [];
  let contacts = 0;
  const server: Server = createServer((request, response) => {
    contacts++;
    void readAll(request).then((body) => {
      const reply = replies.shift();
      if (reply !== undefined) return reply(request, response, body);
      if (request.method === "POST") bodies.push(body);
      return answerWith(200, answerTo(request, body, bodies.length))(request, response, body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    contacts: () => contacts,
    received: async () => (await Promise.all(bodies.map(receivedMails))).flat(),
    next: (reply) => void replies.push(reply),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function answerTo({ method }: IncomingMessage, body: string, count: number): object {
  if (method !== "POST") return { SendingEnabled: true };
  const { BulkEmailEntries } = JSON.parse(body) as Partial<WireBulkRequest>;
  if (!BulkEmailEntries) return { MessageId: `0102-${count}` };
  const results = BulkEmailEntries.map((_, index) => ({ Status: "SUCCESS", MessageId: `0102-${count}-${index}` }));
  return { BulkEmailEntryResults: results };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  return Buffer.concat(parts).toString();
}

/** A JSON answer, with the error's name as SES gives it. */
export function answerWith(
  status: number,
  body: object,
  errorName?: string,
  headers: Record<string, string> = {},
): Reply {
  return (_request, response) => {
    const name = errorName === undefined ? {} : { "x-amzn-errortype": errorName };
    response.writeHead(status, { "content-type": "application/json", ...name, ...headers }).end(JSON.stringify(body));
  };
}

/** The mails that SES would make of a request. */
async function receivedMails(body: string): Promise<readonly ReceivedMail[]> {
  const parsed = JSON.parse(body) as WireRequest | WireBulkRequest;
  if (!("BulkEmailEntries" in parsed)) return [await receivedMail(parsed as WireRequest, body)];
  return Promise.all((parsed.BulkEmailEntries ?? []).map((entry) => receivedMail(asSingle(parsed, entry), body)));
}

type WireEntry = NonNullable<WireBulkRequest["BulkEmailEntries"]>[number];

/** One mail of a bulk request as a request of its own, its inline template rendered. */
function asSingle({ DefaultContent, BulkEmailEntries: _, ...shared }: WireBulkRequest, entry: WireEntry): WireRequest {
  const { TemplateContent, TemplateData, Headers = [], Attachments } = DefaultContent?.Template ?? {};
  const own = entry.ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData;
  const data = { ...JSON.parse(TemplateData ?? "{}"), ...JSON.parse(own ?? "{}") } as Readonly<Record<string, string>>;
  const render = (text: string): string =>
    text.replace(/\{\{(\w+)\}\}/g, (tag, name: string) => data[name] ?? expect.fail(`${tag} has no value`));
  const { Subject = "", Text, Html } = TemplateContent ?? {};
  return {
    ...shared,
    Destination: entry.Destination,
    Content: {
      Simple: {
        Subject: { Data: render(Subject) },
        Body: {
          ...(Text !== undefined && { Text: { Data: render(Text) } }),
          ...(Html !== undefined && { Html: { Data: render(Html) } }),
        },
        Headers: [...(Headers ?? []), ...(entry.ReplacementHeaders ?? [])],
        Attachments,
      },
    },
  };
}

async function receivedMail(request: WireRequest, body: string): Promise<ReceivedMail> {
  const { FromEmailAddress, Destination, ReplyToAddresses = [], Content } = request;
  const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = Destination ?? {};
  const recipients = [...(ToAddresses ?? []), ...(CcAddresses ?? []), ...(BccAddresses ?? [])].map(bareAddress);
  const raw = Content?.Raw?.Data;
  const simple = Content?.Simple;
  const source =
    raw === undefined
      ? head(
          {
            From: [FromEmailAddress ?? ""],
            To: ToAddresses ?? [],
            Cc: CcAddresses ?? [],
            "Reply-To": ReplyToAddresses ?? [],
            Subject: [simple?.Subject?.Data ?? ""],
          },
          simple?.Headers ?? [],
        )
      : Buffer.from(raw, "base64").toString("latin1");
  const mail = await PostalMime.parse(Buffer.from(source, "latin1"));
  const text = raw === undefined ? simple?.Body?.Text?.Data : mail.text;
  const html = raw === undefined ? simple?.Body?.Html?.Data : mail.html;
  return {
    recipients,
    from: addressesOf(mail.from)[0] ?? { address: "" },
    to: addressesOf(mail.to),
    cc: addressesOf(mail.cc),
    replyTo: addressesOf(mail.replyTo),
    subject: mail.subject ?? "",
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    headers: Object.fromEntries(mail.headers.map(({ key, value }) => [key, decodeWords(value)])),
    attachments: raw === undefined ? (simple?.Attachments ?? []).map(fromWire) : mail.attachments.map(fromMime),
    source: raw === undefined ? body : source,
  };
}

function head(
  addresses: Readonly<Record<string, readonly string[]>>,
  headers: readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[],
): string {
  const lines = Object.entries(addresses).flatMap(([name, list]) =>
    list.length === 0 ? [] : [`${name}: ${list.join(",\r\n ")}`],
  );
  return [...lines, ...headers.map(({ Name, Value }) => `${Name}: ${Value}`), "", ""].join("\r\n");
}

/** The address alone, as written. */
function bareAddress(text: string): string {
  return /<([^<>]*)>$/.exec(text)?.[1] ?? text;
}

type Parsed = Awaited<ReturnType<typeof PostalMime.parse>>;

function addressesOf(parsed: Parsed["to"] | Parsed["from"]): readonly Address[] {
  return [parsed ?? []].flat().map(({ name, address = "" }) => (name === "" ? { address } : { name, address }));
}

type WireAttachment = NonNullable<NonNullable<NonNullable<WireRequest["Content"]>["Simple"]>["Attachments"]>[number];

function fromWire({
  FileName,
  ContentType = "",
  ContentId,
  ContentDisposition,
  RawContent = "",
}: WireAttachment): ReceivedAttachment {
  return {
    ...(FileName !== undefined && { filename: FileName }),
    contentType: ContentType.split(";")[0] ?? "",
    ...(ContentId !== undefined && { contentId: ContentId }),
    disposition: ContentDisposition === "INLINE" ? "inline" : "attachment",
    content: Buffer.from(RawContent, "base64"),
  };
}

function fromMime({
  filename,
  mimeType,
  contentId,
  disposition,
  content,
}: Parsed["attachments"][number]): ReceivedAttachment {
  return {
    ...(filename !== null && { filename }),
    contentType: mimeType,
    ...(contentId !== undefined && { contentId: contentId.replace(/^<|>$/g, "") }),
    disposition: disposition === "inline" ? "inline" : "attachment",
    content: typeof content === "string" ? Buffer.from(content) : new Uint8Array(content),
  };
}
