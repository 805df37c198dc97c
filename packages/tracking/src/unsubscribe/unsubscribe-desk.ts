import { createHash, randomUUID } from "node:crypto";
import { addressKey, type Logger, type MailEvent, toMailError } from "@mail/core";
import type { SuppressionList } from "../suppression-list.ts";
import { ownProvider } from "../suppression-policy.ts";
import type { UnsubscribeGrant } from "./unsubscribe-token.ts";

export interface UnsubscribeParts {
  readonly suppressions: SuppressionList;
  /** Keeps an `unsubscribed` or `subscribed` event. Where it fails, the suppression stands all the same. */
  readonly record: (event: MailEvent) => Promise<unknown>;
  readonly log: Logger;
}

/** Does what a link allows, as often as it is asked. */
export class UnsubscribeDesk {
  readonly #parts: UnsubscribeParts;

  constructor(parts: UnsubscribeParts) {
    this.#parts = parts;
  }

  async unsubscribe(grant: UnsubscribeGrant): Promise<void> {
    const { address, scope, mailId } = grant;
    const { suppressions } = this.#parts;
    const entry = { address, reason: "unsubscribed", scope } as const;
    await suppressions.add({ ...entry, note: "One-click unsubscribe", mailId });
    const known = (await suppressions.get(address)).find(
      ({ reason, scope: own }) => reason === entry.reason && own === scope,
    );
    await this.#record("unsubscribed", grant, `${digestOf(grant)}:${known?.at ?? 0}`);
  }

  async subscribe(grant: UnsubscribeGrant): Promise<void> {
    const { address, scope } = grant;
    const removed = await this.#parts.suppressions.remove(address, { reason: "unsubscribed", scope });
    if (removed > 0) await this.#record("subscribed", grant, randomUUID());
  }

  /** Logs what went wrong. */
  tell(thrown: unknown, text: string): void {
    const { code, hint, message } = toMailError(thrown);
    this.#parts.log.error({ code, hint }, `${text}: ${message}`);
  }

  /** The same unsubscribe has the same id, however many times it is posted. */
  async #record(type: "unsubscribed" | "subscribed", grant: UnsubscribeGrant, id: string): Promise<void> {
    const { address, scope, mailId } = grant;
    try {
      await this.#parts.record({
        id: `${type}:${id}`,
        type,
        at: new Date(),
        provider: ownProvider,
        ...(mailId !== undefined && { mailId }),
        recipient: address,
        ...(scope !== "" && { detail: scope }),
        tags: [],
        metadata: {},
        raw: { scope },
      });
    } catch (thrown) {
      this.tell(thrown, "The event could not be kept, but the suppression list was");
    }
  }
}

function digestOf({ address, scope, mailId = "" }: UnsubscribeGrant): string {
  return createHash("sha256")
    .update(`${addressKey(address)}\0${scope}\0${mailId}`)
    .digest("base64url")
    .slice(0, 22);
}
