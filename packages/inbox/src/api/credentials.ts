import { createHash, timingSafeEqual } from "node:crypto";
import type { InboxContext } from "../inbox.ts";

/** What a client shows to be let in. */
export interface Credentials {
  /** The key, by which inboxes are told apart. */
  readonly key: string;
  /** Whether `key` is secret, or a mere name such as an access key's id. Default `true`. */
  readonly secret?: boolean;
}

const maxInboxNameLength = 200;

/** `Authorization: Bearer KEY` (RFC 6750 section 2.1). */
export function bearerKey(headers: Headers): Credentials | undefined {
  const key = /^bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  return key === undefined ? undefined : { key };
}

/** The password of `Authorization: Basic` (RFC 7617 section 2). */
export function basicKey(headers: Headers): Credentials | undefined {
  const encoded = /^basic +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const pair = Buffer.from(encoded ?? "", "base64").toString("utf8");
  const key = pair.slice(pair.indexOf(":") + 1);
  return pair.includes(":") && key !== "" ? { key } : undefined;
}

/** The name of the inbox to which the key belongs; `undefined` where the inbox has a login and the key is another. */
export function inboxOf({ key, secret = true }: Credentials, login: InboxContext["login"]): string | undefined {
  if (login === undefined) return key.slice(0, maxInboxNameLength);
  return isSame(key, secret ? login.pass : login.user) ? login.user : undefined;
}

function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
