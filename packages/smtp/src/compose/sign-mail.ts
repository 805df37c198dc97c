import { Readable } from "node:stream";
import { misconfigured } from "@mail/core";
import type { DkimKey } from "../smtp-login.ts";
import type { MailBytes } from "./join-pieces.ts";

/** Those of RFC 6376 section 5.4.1, and what one-click unsubscribe needs besides (RFC 8058 section 4). */
const signedFields = [
  ...["From", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "To", "Cc", "In-Reply-To", "References"],
  ...["MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-ID", "Content-Description"],
  ...["Resent-Date", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Message-ID"],
  ...["List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post"],
  ...["List-Subscribe", "List-Post", "List-Owner", "List-Archive"],
].join(":");

/** nodemailer makes a working copy of what it gets at once. */
const sliceBytes = 64 * 1024;

/**
 * Signs a mail, by nodemailer. The signature comes first and is about the whole body: all of it is read and held.
 * @throws MailError `configuration` when it cannot be signed
 */
export async function signMail({ body }: MailBytes, dkim: DkimKey): Promise<MailBytes> {
  const { default: DKIM } = await import("nodemailer/lib/dkim");
  const signer = new DKIM({ ...dkim, headerFieldNames: dkim.headerFieldNames ?? signedFields });
  const signed: Buffer[] = [];
  let size = 0;
  for await (const chunk of signer.sign(Readable.from(slicesOf(body), { objectMode: false }))) {
    signed.push(chunk);
    size += chunk.byteLength;
  }
  // nodemailer passes a mail that it cannot sign on as it is.
  if (signed[0]?.subarray(0, signatureName.length).toString() === signatureName) return { size, body: signed };
  throw misconfigured("dkim", "the mail cannot be signed", "Check dkim.privateKey: it must be an RSA key.");
}

const signatureName = "DKIM-Signature:";

async function* slicesOf(body: MailBytes["body"]): AsyncGenerator<Buffer, void, undefined> {
  for await (const bytes of typeof body === "function" ? body() : body) {
    for (let start = 0; start < bytes.byteLength; start += sliceBytes) yield bytes.subarray(start, start + sliceBytes);
  }
}
