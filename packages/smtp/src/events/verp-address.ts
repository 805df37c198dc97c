import { createHmac, timingSafeEqual } from "node:crypto";
import { addressKey } from "@mail/core";
import { fromBase32, toBase32 } from "./base32.ts";
import type { VerpSettings } from "./verp-options.ts";

/** What a signed return path says. */
export interface VerpProof {
  readonly mailId: string;
  /** Whether it was made for this recipient: it holds no more than a hash. */
  isFor(recipient: string): boolean;
}

/**
 * In bytes, together 48 characters in base32. 80 bits of a signature are the least that RFC 2104 section 5 allows: each
 * guess costs a mail. 32 bits tell the recipients of one mail apart; whoever has a return path of a mail cannot choose
 * them, since they are signed too.
 */
const idBytes = 16;
const recipientBytes = 4;
const signatureBytes = 10;
const tokenLength = ((idBytes + recipientBytes + signatureBytes) * 8) / 5;

/** @returns `undefined` where the mail's id is no UUID */
export function verpAddress(settings: VerpSettings, mailId: string, recipient: string): string | undefined {
  const id = uuidBytes(mailId);
  if (id === undefined) return undefined;
  const [secret] = settings.secrets;
  const said = Buffer.concat([id, recipientHash(secret, id, recipient)]);
  const token = toBase32(Buffer.concat([said, signature(secret, settings, said)]));
  return `${settings.localPart}+${token}@${settings.domain}`;
}

/** @param token what stands between `+` and `@`, in either case; @returns `undefined` where it was not signed by us */
export function verpProof(settings: VerpSettings, token: string): VerpProof | undefined {
  const bytes = token.length === tokenLength ? fromBase32(token) : undefined;
  if (bytes === undefined) return undefined;
  const said = bytes.subarray(0, idBytes + recipientBytes);
  const signed = bytes.subarray(idBytes + recipientBytes);
  const secret = settings.secrets.find((candidate) => timingSafeEqual(signature(candidate, settings, said), signed));
  if (secret === undefined) return undefined;
  const id = said.subarray(0, idBytes);
  const hash = said.subarray(idBytes);
  return {
    mailId: uuidText(id),
    isFor: (recipient) => timingSafeEqual(recipientHash(secret, id, recipient), hash),
  };
}

function recipientHash(secret: string, id: Uint8Array, recipient: string): Buffer {
  const hmac = createHmac("sha256", secret).update("verp recipient\0").update(id).update(addressKey(recipient));
  return hmac.digest().subarray(0, recipientBytes);
}

function signature(secret: string, { localPart, domain }: VerpSettings, said: Uint8Array): Buffer {
  const hmac = createHmac("sha256", secret).update("verp signature\0").update(said).update(`${localPart}@${domain}`);
  return hmac.digest().subarray(0, signatureBytes);
}

function uuidBytes(text: string): Buffer | undefined {
  const hex = text.replaceAll("-", "");
  return /^[0-9a-f]{32}$/i.test(hex) ? Buffer.from(hex, "hex") : undefined;
}

function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
