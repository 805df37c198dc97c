import { MailEventError } from "./mail-event-error.ts";

/**
 * Reads a request's body as it came, and no further than `maxBytes`.
 * @throws MailEventError `too_large`, or `malformed` where it breaks off or was read before
 */
export async function readEventBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of eventBodyChunks(request, maxBytes)) {
    size += chunk.byteLength;
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}

/**
 * The same piece by piece, for a body of which not all is kept.
 * @throws MailEventError as `readEventBody`
 */
export async function* eventBodyChunks(request: Request, maxBytes: number): AsyncGenerator<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (request.bodyUsed)
    throw malformed("was read before", "Hand the request over as it came: signatures cover the raw bytes of the body.");
  let size = 0;
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (cause) {
    if (MailEventError.is(cause)) throw cause;
    throw malformed("broke off", undefined, cause);
  }
}

/** Far more than any provider's events have; deeper ones would overflow the stack of whoever walks through them. */
const deepest = 64;

/**
 * Parses JSON that is UTF-8 and nested no deeper than 64 levels.
 * @throws MailEventError `malformed`
 */
export function parseEventJson(body: Uint8Array | string): unknown {
  let text: string;
  try {
    text = typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw malformed("is not UTF-8", undefined, cause);
  }
  if (isDeep(text)) throw malformed(`is nested deeper than ${deepest} levels`);
  try {
    return JSON.parse(text);
  } catch {
    // Its message quotes the body.
    throw malformed("is no JSON");
  }
}

/** Brackets in strings do not count. */
function isDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (quoted) {
      if (character === "\\") index += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

function tooLarge(maxBytes: number): MailEventError {
  return new MailEventError(`The body is larger than ${maxBytes} bytes`, { code: "too_large", field: "body" });
}

function malformed(problem: string, hint?: string, cause?: unknown): MailEventError {
  return new MailEventError(`The body ${problem}`, { code: "malformed", field: "body", hint, cause });
}
