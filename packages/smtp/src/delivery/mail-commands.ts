import { MailError } from "@mail/core";
import type { SmtpRequest } from "../to-smtp-request.ts";
import type { ServerExtensions } from "./server-extensions.ts";

/** What can be told before MAIL FROM. */
export function refusalBefore(request: SmtpRequest, { smtpUtf8, maxBytes }: ServerExtensions): MailError | undefined {
  const { from, to, size, needsSmtpUtf8 } = request;
  if (to.length === 0 || [from, ...to].some((address) => /[\r\n\0<>]/.test(address)) || to.includes("")) {
    const hint = "Check the addresses.";
    return new MailError("The envelope has no recipient, or an address that cannot be sent.", {
      code: "invalid_message",
      hint,
    });
  }
  if (needsSmtpUtf8 && !smtpUtf8) {
    const hint = "Use an ASCII address, or a server that offers SMTPUTF8 (RFC 6531).";
    const problem = "The server does not take addresses with non-ASCII characters before the @.";
    return new MailError(problem, { code: "unsupported", hint });
  }
  if (size !== undefined && maxBytes > 0 && size > maxBytes) {
    const hint = "Send fewer or smaller attachments, or links to them.";
    const problem = `The mail has ${size} bytes, and the server takes ${maxBytes}.`;
    return new MailError(problem, { code: "message_too_large", hint });
  }
  return undefined;
}

/** RFC 5321 section 4.1.1.2, with the parameters of RFC 6531, 6152 and 1870. */
export function mailCommand({ from, size, needsSmtpUtf8 }: SmtpRequest, extensions: ServerExtensions): string {
  let command = `MAIL FROM:<${from}>`;
  // Bodies are encoded; only addresses with international local parts bring bytes beyond ASCII.
  if (needsSmtpUtf8) command += extensions.eightBitMime ? " SMTPUTF8 BODY=8BITMIME" : " SMTPUTF8";
  if (extensions.size && size !== undefined) command += ` SIZE=${size}`;
  return command;
}
