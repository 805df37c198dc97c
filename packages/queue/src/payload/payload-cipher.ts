import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { misconfigured } from "@mail/core";
import { damagedPayload, unreadablePayload } from "./payload-error.ts";

/** Keys for mails at rest. */
export interface EncryptionOptions {
  /** 32 bytes each, by an id of up to 255 bytes; old ones stay as long as mails that they encrypted are kept. */
  readonly keys: Readonly<Record<string, Uint8Array>>;
  /** Id of the key that encrypts; the others only decrypt. */
  readonly current: string;
}

const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM (NIST SP 800-38D) with a random nonce for each payload, bound to what it belongs to. */
export class PayloadCipher {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly keyId: string;

  /** @throws MailError `configuration` that names the key, and never shows it */
  constructor({ keys, current }: EncryptionOptions) {
    if (typeof keys !== "object" || keys === null)
      throw misconfigured("encryption.keys", "is missing", "Write { id: key }.");
    this.#keys = new Map(Object.entries(keys));
    this.keyId = current;
    for (const [id, key] of this.#keys) {
      const field = `encryption.keys.${id}`;
      if (id === "" || Buffer.byteLength(id) > 255)
        throw misconfigured(field, "has an id that is empty or too long", "Use 1 to 255 bytes.");
      if (!(key instanceof Uint8Array) || key.byteLength !== 32)
        throw misconfigured(
          field,
          "is no key of 32 bytes",
          'Make one with crypto.randomBytes(32), and read it with Buffer.from(text, "base64").',
        );
    }
    if (!this.#keys.has(current))
      throw misconfigured("encryption.current", "names no key", `Keys: ${[...this.#keys.keys()].join(", ")}.`);
  }

  /** @param boundTo what the text belongs to; it decrypts with the same alone */
  encrypt(plain: Uint8Array, boundTo: string): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#keys.get(this.keyId) as Uint8Array, nonce).setAAD(
      Buffer.from(boundTo),
    );
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  /** @throws MailError `configuration` for an unknown key, `invalid_message` for content that was changed */
  decrypt(keyId: string, sealed: Uint8Array, boundTo: string): Buffer {
    const key = this.#keys.get(keyId);
    if (key === undefined) {
      const hint = "Keep old keys in encryption.keys as long as mails that they encrypted are kept.";
      throw unreadablePayload(
        "encryption.keys",
        `it was encrypted with the key ${JSON.stringify(keyId)}, which is not there`,
        hint,
      );
    }
    const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
    try {
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes)).setAAD(Buffer.from(boundTo));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
    } catch (cause) {
      throw damagedPayload("its seal does not fit", cause);
    }
  }
}
