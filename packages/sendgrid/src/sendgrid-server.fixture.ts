import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { ReceivedMail } from "@mail/conformance";
import type { Address } from "@mail/core";
import { addressParser, decodeWords } from "postal-mime";
import type { SendgridAddress, SendgridPersonalization, SendgridRequest } from "./sendgrid-request.ts";

type Answer = (response: http.ServerResponse) => void;

/** A stand-in for SendGrid's API on loopback, as strict as the documentation says. */
export interface SendgridServer {
  readonly baseUrl: string;
  readonly received: () => readonly ReceivedMail[];
  readonly requests: () => number;
  /** Answers the next request in another way; the mail counts as received only with a 202. */
  next(answer: Answer): void;
  close(): Promise<void>;
}

export function answerWith(
  status: number,
  message: string,
  field?: string,
  headers: http.OutgoingHttpHeaders = {},
): Answer {
  return (response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify({ errors: [{ message, field: field ?? null, help: null }] }));
  };
}

export async function sendgridServer(apiKey: string): Promise<SendgridServer> {
  const mails: ReceivedMail[] = [];
  const planned: Answer[] = [];
  let requests = 0;
  async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const source = await text(request);
    const answer = planned.shift();
    if (answer !== undefined) return answer(response);
    const complaint =
      complaintAbout(request, apiKey) ?? (source === "" ? undefined : complaintAboutMail(JSON.parse(source)));
    if (complaint !== undefined) return answerWith(...complaint)(response);
    if (request.method === "GET") {
      response.setHeader("Content-Type", "application/json").end(JSON.stringify({ scopes: ["mail.send"] }));
      return;
    }
    mails.push(...toReceivedMails(JSON.parse(source), source));
    response.writeHead(202, { "X-Message-Id": `sg-${requests}` }).end();
  }
  const server = http.createServer((request, response) => {
    requests += 1;
    serve(request, response).catch((error: Error) => response.destroy(error));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => mails,
    requests: () => requests,
    next: (answer) => void planned.push(answer),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Complaint = readonly [status: number, message: string, field?: string];

function complaintAbout({ headers, method, url }: http.IncomingMessage, apiKey: string): Complaint | undefined {
  if (headers.authorization !== `Bearer ${apiKey}`) return [401, "The provided authorization grant is invalid"];
  if (`${method} ${url}` === "GET /v3/scopes") return undefined;
  if (`${method} ${url}` !== "POST /v3/mail/send") return [404, "Not Found"];
  return headers["content-type"] === "application/json" ? undefined : [415, "Unsupported Media Type"];
}

const order = ["text/plain", "text/html"];

/** Mail Send reference, "Errors" and "Limitations". */
function complaintAboutMail(mail: SendgridRequest): Complaint | undefined {
  const content = mail.content ?? [];
  const ranks = content.map(({ type }) => (order.includes(type) ? order.indexOf(type) : order.length));
  for (const [index, { to, cc = [], bcc = [], subject, substitutions = {} }] of mail.personalizations.entries()) {
    const everyone = [...to, ...cc, ...bcc].map(({ email }) => email.toLowerCase());
    const at = `personalizations.${index}`;
    if (to.length === 0) return [400, "The to array is required.", `${at}.to`];
    if (new Set(everyone).size < everyone.length) return [400, "Each email address should be unique.", at];
    if (Buffer.byteLength(JSON.stringify(substitutions)) > 10_000)
      return [400, "You are limited to 10,000 bytes of substitutions.", `${at}.substitutions`];
    if (!mail.subject && !subject && !mail.template_id) return [400, "The subject is required.", "subject"];
  }
  if (content.length === 0 && !mail.template_id) return [400, "There must be content.", "content"];
  if (content.some(({ value }) => value === ""))
    return [400, "The content value must not be empty.", "content.0.value"];
  if (!ranks.every((rank, index) => index === 0 || (ranks[index - 1] ?? 0) <= rank))
    return [400, "text/plain and text/html must be first.", "content"];
  for (const [index, { filename, type }] of (mail.attachments ?? []).entries()) {
    if (filename === "" || type.includes(";")) return [400, "Bad attachment.", `attachments.${index}`];
  }
  return undefined;
}

function toReceivedMails(mail: SendgridRequest, source: string): readonly ReceivedMail[] {
  return mail.personalizations.map((one) => toReceivedMail(mail, one, source));
}

function toReceivedMail(mail: SendgridRequest, one: SendgridPersonalization, source: string): ReceivedMail {
  const { to, cc = [], bcc = [], substitutions = {} } = one;
  const filled = (text: string) =>
    Object.entries(substitutions).reduce((all, [tag, value]) => all.replaceAll(tag, () => value), text);
  const part = (wanted: string) => mail.content?.find(({ type }) => type === wanted)?.value;
  const [plain, html] = [part("text/plain"), part("text/html")];
  const headers = Object.entries({ ...mail.headers, ...one.headers }).map(([name, value]) => [
    name.toLowerCase(),
    decodeWords(value),
  ]);
  return {
    recipients: [...to, ...cc, ...bcc].map(({ email }) => email),
    from: asWritten(mail.from),
    to: to.map(asJoined),
    cc: cc.map(asJoined),
    replyTo: (mail.reply_to_list ?? [mail.reply_to]).flatMap((address) => (address ? [asWritten(address)] : [])),
    subject: filled(one.subject ?? mail.subject ?? ""),
    ...(plain !== undefined && { text: filled(plain) }),
    ...(html !== undefined && { html: filled(html) }),
    headers: Object.fromEntries(headers),
    attachments: (mail.attachments ?? []).map(({ filename, type, content_id, disposition, content }) => ({
      filename,
      contentType: type,
      ...(content_id !== undefined && { contentId: content_id }),
      disposition,
      content: Buffer.from(content, "base64"),
    })),
    source,
  };
}

function asWritten({ email, name }: SendgridAddress): Address {
  return name === undefined ? { address: email } : { address: email, name };
}

/** SendGrid joins the names and addresses of recipients as they are, and the result is parsed as a header. */
function asJoined({ email, name }: SendgridAddress): Address {
  if (name === undefined) return { address: email };
  const parsed = addressParser(`${name} <ada@example.com>`);
  const [only] = parsed;
  if (parsed.length !== 1 || only?.address !== "ada@example.com") throw new Error(`the name ${name} falls apart`);
  return { address: email, name: only.name };
}
