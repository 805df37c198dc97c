import { describeTransport } from "./describe-transport.ts";
import { subjectWith } from "./reference-subject.fixture.ts";

describeTransport("a correct transport", subjectWith());
describeTransport(
  "a correct transport that carries and takes little",
  subjectWith({ features: { fields: [], recipients: 60, requires: ["to", "subject"] } }),
);
describeTransport(
  "a correct transport with limits",
  subjectWith({
    features: {
      fields: ["attachments", "metadata", "sendAt", "tags"],
      bytes: 1_000_000,
      scheduleMs: 86_400_000,
      tags: { count: 3 },
      metadata: { valueLength: 256, reservedKeys: ["event"] },
    },
  }),
);
