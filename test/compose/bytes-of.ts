import type { SmtpRequest } from "../../packages/smtp/src/to-smtp-request.ts";

/** A mail as it would go over the wire. */
export async function bytesOf({ body }: Pick<SmtpRequest, "body">): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of typeof body === "function" ? body() : body) parts.push(part);
  return Buffer.concat(parts);
}
