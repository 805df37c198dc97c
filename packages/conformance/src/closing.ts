import { setImmediate } from "node:timers/promises";
import { expect } from "vitest";
import type { Capability } from "./conformance-case.ts";
import { arrivals, refusedBeforeContact, send } from "./send-mail.ts";
import type { Subject } from "./subject.ts";

const skip = ({ transport }: Subject): string | undefined =>
  transport.close === undefined ? "the transport has nothing to close" : undefined;

export const closing: Capability = {
  name: "close",
  cases: [
    {
      name: "a transport that was never used can be closed, twice",
      skip,
      async run({ transport, contacts }) {
        const before = contacts();
        await transport.close?.();
        await transport.close?.();
        expect(contacts()).toBe(before);
      },
    },
    {
      name: "close waits for mails in flight",
      skip,
      async run(subject) {
        const settled: string[] = [];
        const sends = [1, 2, 3].map((number) =>
          send(subject, { subject: `mail ${number}` }).then(() => settled.push("sent")),
        );
        const close = async (): Promise<void> => {
          await subject.transport.close?.();
          // The sends' own promises settle in the same turn of the event loop, some steps later.
          await setImmediate();
          settled.push("closed");
        };
        await Promise.all([...sends, close()]);
        expect(settled).toEqual(["sent", "sent", "sent", "closed"]);
        await arrivals(subject, 3);
      },
    },
    {
      name: "a closed transport refuses mail before contact",
      skip,
      async run(subject) {
        await send(subject);
        await subject.transport.close?.();
        const error = await refusedBeforeContact(subject, () => send(subject));
        expect(error.code).toBe("configuration");
        await arrivals(subject, 1);
      },
    },
    {
      name: "closing one transport leaves another to the same other side open",
      skip,
      async run(subject) {
        await subject.create({ label: "short-lived" }).close?.();
        await send(subject);
        await arrivals(subject, 1);
      },
    },
  ],
};
