import { createMailer, labelOf } from "@mail/core";
import type { Release } from "../web/web-options.ts";
import { loadTransport } from "./load-transport.ts";
import { messageOf } from "./message-of.ts";
import { allowList, type ReleaseOptions } from "./release-options.ts";

const timeoutMs = 60_000;

export interface OpenRelease extends Release {
  /** Ends what is being sent; a transport that the app gave stays open. */
  close(): Promise<void>;
}

/** @throws MailError `configuration` */
export async function openRelease({ transport, url, allow }: ReleaseOptions): Promise<OpenRelease> {
  const opened = transport ?? (await loadTransport(url));
  const mailer = createMailer({ transport: opened });
  const closing = new AbortController();
  return {
    transport: labelOf(opened),
    allowed: allowList(allow),
    async send(mail, source, to) {
      const message = await messageOf(mail, source, to);
      const receipt = await mailer.send(message, { signal: closing.signal, timeoutMs });
      return {
        transport: receipt.transport,
        accepted: receipt.accepted,
        rejected: receipt.rejected.map(({ address, error }) => ({ address, reason: error.message })),
      };
    },
    async close() {
      closing.abort();
      if (transport === undefined) await mailer.close();
    },
  };
}
