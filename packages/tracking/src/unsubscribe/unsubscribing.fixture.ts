import { type MailEvent, memoryStore, type PreparedMessage, silentLogger, type Transport } from "@mail/core";
import { createSuppressions } from "../create-suppressions.ts";
import { createUnsubscribe, type Unsubscribing } from "./create-unsubscribe.ts";
import type { UnsubscribeOptions } from "./unsubscribe.ts";

export const secret = "0123456789abcdef0123456789abcdef";
export const base = "https://app.example/unsubscribe";

/** One-click unsubscribe with a list in memory, and what it records and logs. */
export function unsubscribing(options: Partial<UnsubscribeOptions> = {}) {
  const store = memoryStore();
  const suppressions = createSuppressions({ store });
  const events: MailEvent[] = [];
  const logged: string[] = [];
  const log = { ...silentLogger, error: (_fields: object, text: string) => void logged.push(text) };
  const record = async (event: MailEvent): Promise<void> => void events.push(event);
  const parts = { suppressions, record, log };
  return { store, events, logged, ...parts, ...createUnsubscribe({ url: base, secret, ...options }, parts) };
}

/** A transport that keeps what a tracker's would hand on. */
export function linking({ forMail, forBatch }: Unsubscribing, batches: boolean) {
  const sent: PreparedMessage[] = [];
  const requests: Parameters<NonNullable<Transport["sendBatch"]>>[0][] = [];
  const transport: Transport = {
    name: "linking",
    features: {
      fields: ["amp", "tags"],
      ...(batches && { batch: { recipients: 100, bytes: 1_000_000 } }),
    },
    async send(mail) {
      const linked = forMail(mail);
      sent.push(linked);
      return { status: "sent", accepted: linked.envelope.to, rejected: [] };
    },
    ...(batches && {
      async sendBatch(request) {
        const linked = forBatch(request);
        requests.push(linked);
        return linked.recipients.map(({ id, to }) => ({
          id,
          ok: true as const,
          receipt: { status: "sent" as const, accepted: [to.address], rejected: [] },
        }));
      },
    }),
  };
  return { transport, sent, requests };
}
