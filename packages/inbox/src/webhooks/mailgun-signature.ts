import { createHmac, randomBytes } from "node:crypto";
import { secondsOf } from "./reported-event.ts";

export interface MailgunSignature {
  readonly timestamp: string;
  readonly token: string;
  readonly signature: string;
}

/** Covers time and token, not the event (user manual, "Securing Webhooks"). */
export function mailgunSignature(signingKey: string, at: Date): MailgunSignature {
  const timestamp = String(secondsOf(at));
  const token = randomBytes(25).toString("hex");
  const signature = createHmac("sha256", signingKey)
    .update(timestamp + token)
    .digest("hex");
  return { timestamp, token, signature };
}
