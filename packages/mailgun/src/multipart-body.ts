import { randomUUID } from "node:crypto";
import { EventEmitter } from "node:events";
import type { HttpExchange } from "./http-exchange.ts";

interface FileOptions {
  readonly filename?: string;
  readonly contentType?: string;
}

/** Written at a time: small enough that a mail which was handed over in part is known to be so. */
const chunkBytes = 64 * 1024;

/**
 * The form that mailgun.js fills and sends, in the shape of the package form-data, which the SDK takes too.
 *
 * The SDK offers no signal, no response headers and no exact media type of a file, and its HTTP client is bundled. The
 * form is the one thing of ours that meets the request: it is piped into it, and so leads to socket and response.
 */
export class MultipartBody extends EventEmitter {
  readonly #boundary = `mail-${randomUUID()}`;
  readonly #parts: Uint8Array[] = [];
  readonly #exchange: HttpExchange;

  constructor(exchange: HttpExchange) {
    super();
    this.#exchange = exchange;
  }

  /** Adds a field, or with `options` a file (RFC 7578). */
  append(name: string, value: string | Uint8Array, options?: FileOptions): void {
    const file = options === undefined ? "" : `; filename="${quoted(options.filename ?? "file")}"`;
    const type = options === undefined ? "" : `\r\nContent-Type: ${options.contentType ?? "application/octet-stream"}`;
    const head = `--${this.#boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${file}${type}\r\n\r\n`;
    this.#parts.push(Buffer.from(head), typeof value === "string" ? Buffer.from(value) : value, Buffer.from("\r\n"));
  }

  getHeaders(): Record<string, string> {
    return { "content-type": `multipart/form-data; boundary=${this.#boundary}` };
  }

  getLength(callback: (error: null, bytes: number) => void): void {
    const bytes = this.#parts.reduce((sum, part) => sum + part.byteLength, 0);
    callback(null, bytes + Buffer.byteLength(this.#end));
  }

  /** Writes the body chunk by chunk, as the socket takes it: the SDK's own request knows no back-pressure. */
  pipe(request: NodeJS.WritableStream): void {
    this.#exchange.follow(request);
    const body = Buffer.concat([...this.#parts, Buffer.from(this.#end)]);
    const writeFrom = (start: number): void => {
      const end = start + chunkBytes;
      if (end < body.byteLength) {
        request.write(body.subarray(start, end), (error) => (error ? undefined : writeFrom(end)));
        return;
      }
      this.#exchange.bodyGiven();
      request.end(body.subarray(start));
      this.emit("end");
    };
    writeFrom(0);
  }

  /** By this the SDK's HTTP client knows a form. */
  override toString(): string {
    return "[object FormData]";
  }

  get #end(): string {
    return `--${this.#boundary}--\r\n`;
  }
}

/** Names in the spelling of browsers (HTML, "multipart/form-data encoding algorithm"): all else stays, in UTF-8. */
function quoted(name: string): string {
  return name.replace(/["\r\n]/g, encodeURIComponent);
}
