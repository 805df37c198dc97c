import { labelOf } from "@mail/core";
import { expect } from "vitest";
import type { Capability } from "./conformance-case.ts";
import { failure, send } from "./send-mail.ts";

export const labels: Capability = {
  name: "labels",
  cases: [
    {
      name: "a transport has a name, which receipts show where there is no label",
      async run(subject) {
        expect(subject.transport.name).toMatch(/^\S+$/);
        const transport = subject.create({});
        expect(transport.label).toBeUndefined();
        expect((await send(subject, {}, { transport })).transport).toBe(transport.name);
        expect((await send(subject)).transport).toBe(labelOf(subject.transport));
      },
    },
    {
      name: "the label stands in the receipt and its attempts",
      async run(subject) {
        const transport = subject.create({ label: "second" });
        const receipt = await send(subject, {}, { transport });
        expect(transport.label).toBe("second");
        expect(receipt.transport).toBe("second");
        expect(receipt.attempts.map((attempt) => attempt.transport)).toEqual(["second"]);
      },
    },
    {
      name: "the label stands in the error",
      skip: ({ faults }) => (faults.length === 0 ? "the other side plays no faults" : undefined),
      async run(subject) {
        const transport = subject.create({ label: "second" });
        subject.faults[0]?.play();
        expect((await failure(send(subject, {}, { transport }))).transport).toBe("second");
      },
    },
  ],
};
