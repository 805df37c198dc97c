import type { MailEvent } from "@mail/core";
import { event } from "./conformance/tracking-subject.ts";

/** Events of which no other batch has one: each another recipient's. */
export function batchOf(n: number, size: number): readonly MailEvent[] {
  return Array.from({ length: size }, (_, m) =>
    event(`${n} ${m}`, "opened", { mailId: `mail ${n} ${m % 7}`, recipient: `user${m}@example.com` }),
  );
}
