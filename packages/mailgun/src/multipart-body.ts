import { randomUUID } from "node:crypto";

interface FileOptions {
  readonly filename?: string;
  readonly contentType?: string;
}

/**
 * The form that mailgun.js fills, in the shape of the package form-data, which the SDK takes too: it gives each file the
 * exact media type.
 */
export class MultipartBody {
  readonly #boundary = `mail-${randomUUID()}`;
  readonly #parts: (string | Uint8Array)[] = [];

  /** Adds a field, or with `options` a file (RFC 7578). */
  append(name: string, value: string | Uint8Array, options?: FileOptions): void {
    const file = options === undefined ? "" : `; filename="${quoted(options.filename ?? "file")}"`;
    const type = options === undefined ? "" : `\r\nContent-Type: ${options.contentType ?? "application/octet-stream"}`;
    const head = `--${this.#boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${file}${type}\r\n\r\n`;
    this.#parts.push(head, value, "\r\n");
  }

  getHeaders(): Record<string, string> {
    return { "Content-Type": `multipart/form-data; boundary=${this.#boundary}` };
  }

  /** All of it, ready to be sent: text where all parts are text, which Node then writes together with the head. */
  content(): string | Buffer {
    const parts = [...this.#parts, `--${this.#boundary}--\r\n`];
    if (parts.every((part) => typeof part === "string")) return parts.join("");
    return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  }
}

/** Names in the spelling of browsers (HTML, "multipart/form-data encoding algorithm"): all else stays, in UTF-8. */
function quoted(name: string): string {
  return name.replace(/["\r\n]/g, encodeURIComponent);
}
