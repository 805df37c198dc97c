import { createHash } from "node:crypto";
import { type ClaimStore, eventClockSkewMs, MailEventError } from "@mail/core";

const leaseMs = 1000;

/** Remembers which body each token came with, for as long as its signature is young. */
export class TokenClaims {
  readonly #store: ClaimStore;
  readonly #keepMs: number;

  constructor(store: ClaimStore, maxAgeMs: number) {
    this.#store = store;
    this.#keepMs = maxAgeMs + eventClockSkewMs;
  }

  /**
   * @throws MailEventError `stale` for a token that came with another body
   * @throws MailError by the store
   */
  async take(token: string, content: string | Uint8Array): Promise<void> {
    const key = `mailgun-token:${digest(token)}`;
    const owner = digest(content);
    const state = await this.#store.claim(key, { owner, leaseMs, keepMs: this.#keepMs, note: owner });
    if (state.state === "claimed") await this.#store.settle(key, owner, owner, this.#keepMs);
    else if (state.note !== owner)
      throw new MailEventError("token was used before, for another post", {
        code: "stale",
        field: "token",
        hint: "Somebody may have got hold of a signature; post webhooks to an https address.",
      });
  }
}

function digest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("base64url");
}
