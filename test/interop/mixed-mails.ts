import type { Message } from "@mail/core";
import { expect } from "vitest";
import { site } from "./servers/site.ts";

/** A mail, the users who get it, and how sending it is to end, as `Promise.allSettled` says it. */
export interface MixedMail {
  readonly message: Message;
  readonly arrivesAt: readonly string[];
  readonly outcome: object;
}

export const at = (...users: readonly string[]): string[] => users.map((user) => `${user}@${site.domain}`);

const dots = Array.from({ length: 40 }, (_, index) => `${".".repeat(index % 4)}${index % 3 === 0 ? "" : "line"}`).join(
  "\n",
);

/** Of unknown size, so that only the server can find it too large. */
async function* tooMuch(): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent <= site.maxBytes; sent += 65_536) yield new Uint8Array(65_536);
}

/** Of each kind one among twelve, and in a hundred one that is too large. */
export function mixedMail(index: number): MixedMail {
  const name = `Mail ${index}`;
  const message: Message = { from: "sender@sender.example", subject: name, text: name };
  const taken = (arrivesAt: readonly string[], changes: Message = {}, refused: readonly string[] = []): MixedMail => ({
    message: { ...message, to: at(...arrivesAt, ...refused), ...changes },
    arrivesAt,
    outcome: {
      status: "fulfilled",
      value: { accepted: at(...arrivesAt), rejected: at(...refused).map((address) => ({ address })) },
    },
  });
  const refused = (smtpCode: unknown, changes: Message, error: object = {}): MixedMail => ({
    message: { ...message, to: at("ada"), ...changes },
    arrivesAt: [],
    outcome: { status: "rejected", reason: { delivery: "not_sent", response: { smtpCode }, ...error } },
  });
  if (index % 100 === 40) {
    return refused(
      expect.toSatisfy((code) => code >= 550),
      { attachments: [{ filename: "a.bin", content: tooMuch }] },
    );
  }
  switch (index % 12) {
    case 1:
      return taken(["bob"], { text: `${name}\n${dots}\n.` });
    case 2:
      return taken(["ada"], { subject: `${name}: Größe 🚀`, text: `Grüße, Привет, こんにちは, 👩🏽‍🚀\n.\n..ü` });
    case 3:
      return taken(["ada"], {
        attachments: [{ filename: `${index}.bin`, content: Buffer.alloc(1_000_000, `\n.\r\n${index}\0ü`) }],
      });
    case 4:
      return taken(["ada", "bob"], { to: at("nobody", "ada", site.busyUser, "bob") }, ["nobody", site.busyUser]);
    case 5:
      return refused(550, { to: at("nobody") }, { code: "recipient_rejected", retryable: false });
    case 6:
      return taken(["carol"], { text: `${name}\n${dots.repeat(200)}` });
    case 7:
      return refused(550, { headers: { [site.policy.header]: site.policy.refused } });
    case 8:
      return taken(["bob", "carol"], { to: at("bob"), cc: at("carol"), html: `<p>.\n.\n${index} ü</p>` });
    case 9:
      return refused(451, { to: at(site.busyUser) }, { code: "recipient_rejected", retryable: true });
    default:
      return taken(["ada"]);
  }
}
