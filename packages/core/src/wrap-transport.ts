import type { Transport } from "./transport.ts";
import { requireTransport } from "./transport-registry.ts";

/** What a wrapper does in its own way; the rest is the inner transport's. */
interface Wrapping extends Pick<Transport, "send" | "sendBatch" | "retries"> {
  readonly label: string | undefined;
}

/**
 * A transport around another one. It goes by the inner one's name, so that receipts and logs tell who sent the mail.
 * @throws MailError `configuration` where `inner` is no transport
 */
export function wrapTransport(inner: Transport, wrapping: Wrapping): Transport {
  const { name, label, features, retries, fitsBatch, check, verify, sendRate, close } = requireTransport(
    inner,
    "transport",
  );
  const { sendBatch } = wrapping;
  return Object.freeze({
    name,
    label: wrapping.label ?? label,
    features,
    retries: wrapping.retries ?? retries,
    send: wrapping.send,
    ...(inner.sendBatch !== undefined && sendBatch !== undefined && { sendBatch }),
    ...(fitsBatch !== undefined && { fitsBatch: fitsBatch.bind(inner) }),
    ...(check !== undefined && { check: check.bind(inner) }),
    ...(verify !== undefined && { verify: verify.bind(inner) }),
    ...(sendRate !== undefined && { sendRate: sendRate.bind(inner) }),
    async close() {
      await close?.call(inner);
    },
  } satisfies Transport);
}
