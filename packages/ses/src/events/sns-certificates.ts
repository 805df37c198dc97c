import type { KeyObject } from "node:crypto";
import { MailEventError } from "@mail/core";
import { type SnsPublicKey, snsPublicKey } from "./sns-public-key.ts";
import { UnverifiedError } from "./unverified-error.ts";
import { withinTime } from "./within-time.ts";

/** From the address of a certificate, which was checked, to its PEM. */
export type FetchCertificate = (url: string, signal: AbortSignal) => string | Promise<string>;

/** More than all regions of AWS have at a time. */
const maxKept = 100;
const keptMs = 24 * 3_600_000;
/** Certificates under way at a time: made-up addresses cost somebody else nothing, and this machine a connection each. */
const maxPending = 50;
const maxPemLength = 65_536;

/** The keys of SNS by the addresses of their certificates. What could not be fetched is not remembered. */
export class SnsCertificates {
  readonly #fetchCertificate: FetchCertificate;
  readonly #timeoutMs: number;
  readonly #kept = new Map<string, SnsPublicKey>();
  readonly #pending = new Map<string, Promise<KeyObject>>();

  constructor(fetchCertificate: FetchCertificate, timeoutMs: number) {
    this.#fetchCertificate = fetchCertificate;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws MailEventError `invalid_signature` */
  async key(url: string): Promise<KeyObject> {
    const kept = this.#kept.get(url);
    if (kept !== undefined && kept.validUntil > Date.now()) return kept.key;
    return this.#pending.get(url) ?? this.#start(url);
  }

  #start(url: string): Promise<KeyObject> {
    if (this.#pending.size >= maxPending) throw new UnverifiedError("was not fetched: too many are under way");
    const pending = this.#fetch(url).finally(() => this.#pending.delete(url));
    this.#pending.set(url, pending);
    return pending;
  }

  async #fetch(url: string): Promise<KeyObject> {
    const pem = await this.#pem(url);
    const { key, validUntil } = snsPublicKey(pem);
    this.#keep(url, { key, validUntil: Math.min(validUntil, Date.now() + keptMs) });
    return key;
  }

  async #pem(url: string): Promise<string> {
    try {
      const pem = await withinTime(this.#timeoutMs, (signal) => this.#fetchCertificate(url, signal));
      if (typeof pem === "string" && pem.length <= maxPemLength) return pem;
    } catch (cause) {
      if (MailEventError.is(cause)) throw cause;
      throw new UnverifiedError("could not be fetched", cause);
    }
    throw new UnverifiedError("could not be fetched: what came is no text, or too long");
  }

  /** As the newest, so that the map's order is that of age. */
  #keep(url: string, key: SnsPublicKey): void {
    this.#kept.delete(url);
    this.#kept.set(url, key);
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size > maxKept) this.#kept.delete(oldest);
  }
}
