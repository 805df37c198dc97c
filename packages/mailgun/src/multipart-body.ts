import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { HttpExchange } from "./http-exchange.ts";

interface FileOptions {
  readonly filename?: string;
  readonly contentType?: string;
}

/**
 * The form that mailgun.js fills and sends, in the shape of the package form-data, which the SDK takes too.
 *
 * The SDK offers no signal, no response headers and no file's exact media type, and its HTTP client is bundled. The
 * form is the one thing of ours that meets the request: it is piped into it, and so leads to socket and response.
 */
export class MultipartBody extends Readable {
  readonly #boundary = `mail-${randomUUID()}`;
  readonly #parts: Uint8Array[] = [];
  readonly #exchange: HttpExchange;
  #bytes = 0;

  constructor(exchange: HttpExchange) {
    super();
    this.#exchange = exchange;
    this.once("end", () => exchange.bodyGiven());
  }

  /** Adds a field, or with `options` a file (RFC 7578). */
  append(name: string, value: string | Uint8Array, options?: FileOptions): void {
    const file = options === undefined ? "" : `; filename="${quoted(options.filename ?? "file")}"`;
    const type = options === undefined ? "" : `\r\nContent-Type: ${options.contentType ?? "application/octet-stream"}`;
    this.#add(`--${this.#boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${file}${type}\r\n\r\n`);
    this.#add(value);
    this.#add("\r\n");
  }

  getHeaders(): Record<string, string> {
    return { "content-type": `multipart/form-data; boundary=${this.#boundary}` };
  }

  getLength(callback: (error: null, bytes: number) => void): void {
    callback(null, this.#bytes + Buffer.byteLength(this.#end));
  }

  override pipe<Destination extends NodeJS.WritableStream>(
    destination: Destination,
    options?: { end?: boolean | undefined },
  ): Destination {
    this.#exchange.follow(destination);
    return super.pipe(destination, options);
  }

  override _read(): void {
    const part = this.#parts.shift();
    this.push(part ?? this.#end);
    if (part === undefined) this.push(null);
  }

  /** By this the SDK's HTTP client knows a form. */
  override toString(): string {
    return "[object FormData]";
  }

  get #end(): string {
    return `--${this.#boundary}--\r\n`;
  }

  #add(content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    this.#bytes += bytes.byteLength;
    if (bytes.byteLength > 0) this.#parts.push(bytes);
  }
}

/** Names in the spelling of browsers (HTML, "multipart/form-data encoding algorithm"): all else stays as it is, in UTF-8. */
function quoted(name: string): string {
  return name.replace(/["\r\n]/g, encodeURIComponent);
}
