import type { Writable } from "node:stream";

/** What arrived since the last report. */
export interface HttpReport {
  requests: number;
  connections: number;
  smallest: number;
  /** The first body, whole. */
  first: string;
  /** Different recipients in all bodies; 0 unless the sink was told to look for them. */
  recipients: number;
}

export interface HttpSinkOptions {
  /** Looks in each body for `user7@…`, which costs time. */
  readonly findRecipients: boolean;
}

/** The same while it is being counted. */
export type HttpCounts = Omit<HttpReport, "recipients"> & { readonly recipients: Set<string> };

export const nothingYet = (): HttpCounts => ({
  requests: 0,
  connections: 0,
  smallest: Number.POSITIVE_INFINITY,
  first: "",
  recipients: new Set(),
});

const headEnd = Buffer.from("\r\n\r\n");
const lineEnd = Buffer.from("\r\n");

/** One connection of the sink: reads HTTP/1.1 no further than its bodies' ends need, and accepts each mail. */
export class HttpSinkSession {
  readonly #socket: Writable;
  readonly #options: HttpSinkOptions;
  readonly #report: () => HttpCounts;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** Before so many bytes have come, there is nothing new to see. */
  #wanted = 0;

  constructor(socket: Writable, options: HttpSinkOptions, report: () => HttpCounts) {
    this.#socket = socket;
    this.#options = options;
    this.#report = report;
  }

  take(chunk: Buffer): void {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#wanted) return;
    let bytes = Buffer.concat(this.#pending, this.#pendingBytes);
    this.#wanted = 0;
    for (let used = this.#takeRequest(bytes); used > 0; used = this.#takeRequest(bytes)) bytes = bytes.subarray(used);
    this.#pending = [bytes];
    this.#pendingBytes = bytes.length;
  }

  /** @returns how many bytes the request has, or 0 while it is not whole */
  #takeRequest(bytes: Buffer): number {
    const end = bytes.indexOf(headEnd);
    if (end === -1) return 0;
    const head = bytes.toString("latin1", 0, end);
    const bodyStart = end + headEnd.length;
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (length === undefined && /^transfer-encoding: *chunked/im.test(head)) {
      const chunked = readChunked(bytes, bodyStart);
      if (chunked === undefined) return 0;
      this.#answer(head, chunked.body);
      return chunked.end;
    }
    const bodyEnd = bodyStart + Number(length ?? 0);
    this.#wanted = bodyEnd;
    if (bytes.length < bodyEnd) return 0;
    this.#wanted = 0;
    this.#answer(head, bytes.subarray(bodyStart, bodyEnd));
    return bodyEnd;
  }

  #answer(head: string, body: Buffer): void {
    const report = this.#report();
    report.requests++;
    report.smallest = Math.min(report.smallest, body.length);
    if (report.first === "") report.first = body.toString();
    if (this.#options.findRecipients)
      for (const [number] of body.toString("latin1").matchAll(/(?<=user)\d+(?=@)/g)) report.recipients.add(number);
    this.#socket.write(responseTo(head.slice(0, head.indexOf("\r\n")), body));
  }
}

/** RFC 9112 section 7.1. */
function readChunked(bytes: Buffer, start: number): { readonly body: Buffer; readonly end: number } | undefined {
  const chunks: Buffer[] = [];
  for (let place = start; ; ) {
    const line = bytes.indexOf(lineEnd, place);
    if (line === -1) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", place, line), 16);
    const chunkEnd = line + 2 + size;
    if (bytes.length < chunkEnd + 2) return undefined;
    if (size === 0) return { body: Buffer.concat(chunks), end: chunkEnd + 2 };
    chunks.push(bytes.subarray(line + 2, chunkEnd));
    place = chunkEnd + 2;
  }
}

/** The least with which each provider accepts a mail, or a batch. */
function responseTo(requestLine: string, body: Buffer): string {
  if (requestLine.includes("/v3/mail/send"))
    return "HTTP/1.1 202 Accepted\r\nX-Message-Id: kJtm4Iy0S8mZvA2hcmlTqA\r\nContent-Length: 0\r\n\r\n";
  if (requestLine.includes("/messages"))
    return json({ id: "<20261126.1.8F2A7C@mg.acme.example>", message: "Queued. Thank you." });
  if (requestLine.includes("/v2/email/outbound-bulk-emails")) {
    const { BulkEmailEntries } = JSON.parse(body.toString()) as { readonly BulkEmailEntries: readonly unknown[] };
    const results = BulkEmailEntries.map(() => ({ Status: "SUCCESS", MessageId: sesId }));
    return json({ BulkEmailEntryResults: results });
  }
  if (requestLine.includes("/v2/email/outbound-emails")) return json({ MessageId: sesId });
  return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
}

const sesId = "0102018c5d3f7b2a-4c1e8f60-7a2b-4d9e-9c35-1f0e6b8a2d47-000000";

function json(value: object): string {
  const text = JSON.stringify(value);
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
}
