import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** Whom a link unsubscribes, and from what. */
export interface UnsubscribeGrant {
  readonly address: string;
  /** Empty: all mail. */
  readonly scope: string;
  /** A UUID. */
  readonly mailId?: string | undefined;
}

interface Keys {
  readonly mac: Buffer;
  readonly encryption: Buffer;
}

/** Also the first byte of each token, so that another form can stand beside this one later. */
const version = 1;
const tagBytes = 16;
/** More than the longest address (254 bytes), scope (128) and id make. */
const maxTokenLength = 600;

export const uuidForm: RegExp = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Makes and reads the tokens of unsubscribe links: authenticated, and encrypted, so that no address stands in the logs of
 * the servers on the way. The scheme is SIV (Rogaway and Shrimpton, "Deterministic Authenticated-Encryption"), with
 * HMAC-SHA256 over the text as its tag and as the nonce of AES-256-CTR: no random nonce that could repeat over the years
 * for which links must work, and 12 bytes less than GCM. The same text always makes the same token.
 */
export class UnsubscribeTokens {
  readonly #keys: readonly Keys[];

  /** @param secrets the first one makes tokens, all read them */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => ({ mac: derive(secret, "mac"), encryption: derive(secret, "encryption") }));
  }

  seal(grant: UnsubscribeGrant): string {
    const [keys] = this.#keys as readonly [Keys];
    const text = encode(grant);
    const tag = tagOf(text, keys);
    const cipher = createCipheriv("aes-256-ctr", keys.encryption, tag);
    return Buffer.concat([Buffer.of(version), tag, cipher.update(text), cipher.final()]).toString("base64url");
  }

  /** `undefined` for a token that none of the secrets has made. */
  open(token: string): UnsubscribeGrant | undefined {
    if (token.length > maxTokenLength) return undefined;
    const bytes = Buffer.from(token, "base64url");
    // Other spellings of the same bytes are no tokens of ours.
    if (bytes[0] !== version || bytes.length <= 1 + tagBytes || bytes.toString("base64url") !== token) return undefined;
    const tag = bytes.subarray(1, 1 + tagBytes);
    for (const keys of this.#keys) {
      const decipher = createDecipheriv("aes-256-ctr", keys.encryption, tag);
      const text = Buffer.concat([decipher.update(bytes.subarray(1 + tagBytes)), decipher.final()]);
      if (timingSafeEqual(tagOf(text, keys), tag)) return decode(text);
    }
    return undefined;
  }
}

function derive(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", `@mail/tracking unsubscribe ${purpose}`, 32));
}

function tagOf(text: Uint8Array, { mac }: Keys): Buffer {
  return createHmac("sha256", mac).update(Buffer.of(version)).update(text).digest().subarray(0, tagBytes);
}

/** The id's 16 bytes or none, by a flag before them; then the address, NUL, the scope. */
function encode({ address, scope, mailId }: UnsubscribeGrant): Buffer {
  const id = Buffer.from(mailId?.replaceAll("-", "") ?? "", "hex");
  return Buffer.concat([Buffer.of(id.length === 0 ? 0 : 1), id, Buffer.from(`${address}\0${scope}`)]);
}

function decode(text: Buffer): UnsubscribeGrant {
  const hasId = text[0] === 1;
  const hex = text.toString("hex", 1, 17);
  const [address = "", scope = ""] = text.toString("utf8", hasId ? 17 : 1).split("\0");
  if (!hasId) return { address, scope };
  return { address, scope, mailId: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") };
}
