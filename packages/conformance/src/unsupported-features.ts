import type { FeatureField, Features, Message } from "@mail/core";
import { expect } from "vitest";
import type { Capability, ConformanceCase } from "./conformance-case.ts";
import { arrivals, refusedBeforeContact, send, sendAndReceive } from "./send-mail.ts";

interface Sample {
  readonly kind: "essential" | "advisory";
  readonly message: () => Message;
  /** Where the error points to, if it is not the field's own name. */
  readonly errorField?: string;
  /** A mail without it would go to somebody else, so it is never left out. */
  readonly undroppable?: boolean;
}

const invitation = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n";

const samples: Readonly<Record<FeatureField, Sample>> = {
  amp: { kind: "essential", message: () => ({ amp: "<html amp4email></html>" }) },
  attachments: { kind: "essential", message: () => ({ attachments: [{ filename: "a.txt", content: "a" }] }) },
  calendar: { kind: "essential", message: () => ({ calendar: { content: invitation } }) },
  internationalLocalPart: {
    kind: "essential",
    message: () => ({ to: "ädä@example.com" }),
    errorField: "to",
    undroppable: true,
  },
  sender: { kind: "essential", message: () => ({ sender: "robot@acme.example" }) },
  sendAt: { kind: "essential", message: () => ({ sendAt: new Date(Date.now() + 3_600_000) }) },
  template: {
    kind: "essential",
    undroppable: true,
    message: () => ({ text: undefined, template: { id: "welcome", data: { name: "Ada" } } }),
  },
  envelope: { kind: "advisory", message: () => ({ envelope: { from: "bounces@acme.example" } }) },
  metadata: { kind: "advisory", message: () => ({ metadata: { order: "4711" } }) },
  priority: { kind: "advisory", message: () => ({ priority: "high" }) },
  tags: { kind: "advisory", message: () => ({ tags: ["welcome"] }) },
  tracking: { kind: "advisory", message: () => ({ tracking: { opens: true } }) },
};

const entries = Object.entries(samples) as [FeatureField, Sample][];

const skipCarried =
  (field: FeatureField): NonNullable<ConformanceCase["skip"]> =>
  ({ transport }) =>
    transport.features.fields.includes(field) ? `\`${field}\` is carried` : undefined;

function refusedCase([field, { message, errorField = field, kind }]: [FeatureField, Sample]): ConformanceCase {
  const setting = kind === "advisory" ? ({ onUnsupported: "error" } as const) : {};
  const when = kind === "advisory" ? ' and onUnsupported is "error"' : "";
  return {
    name: `${field} is refused before contact where it is not carried${when}`,
    skip: skipCarried(field),
    async run(subject) {
      const error = await refusedBeforeContact(subject, () => send(subject, message(), setting));
      expect(error).toMatchObject({ code: "unsupported", field: errorField, scope: "message", retryable: false });
    },
  };
}

function droppedCase([field, { message, kind }]: [FeatureField, Sample]): ConformanceCase {
  const setting = kind === "essential" ? ({ onUnsupported: "drop" } as const) : {};
  const when = kind === "essential" ? ' and onUnsupported is "drop"' : "";
  return {
    name: `${field} is left out and told where it is not carried${when}`,
    skip: skipCarried(field),
    async run(subject) {
      const { receipt } = await sendAndReceive(subject, message(), setting);
      expect(receipt.dropped).toEqual([field]);
    },
  };
}

function carriedCase([field, { message }]: [FeatureField, Sample]): ConformanceCase {
  return {
    name: `a mail with ${field} is sent and nothing is left out where it is carried`,
    skip: ({ transport }) => (transport.features.fields.includes(field) ? undefined : `\`${field}\` is not carried`),
    async run(subject) {
      const receipt = await send(subject, message(), { onUnsupported: "error" });
      expect(receipt.dropped).toBeUndefined();
      await arrivals(subject, 1);
    },
  };
}

/** The template is all the text that such a mail has. */
const templateKept: ConformanceCase = {
  name: 'a mail of a template alone is refused where it is not carried, though onUnsupported is "drop"',
  skip: skipCarried("template"),
  async run(subject) {
    const error = await refusedBeforeContact(subject, () =>
      send(subject, samples.template.message(), { onUnsupported: "drop" }),
    );
    expect(error).toMatchObject({ code: "unsupported", field: "template" });
  },
};

interface Limit {
  readonly name: string;
  /** A message just over the limit; `undefined` where the transport declares none that a message can pass. */
  readonly message: (features: Features) => Message | undefined;
  readonly code: "invalid_message" | "message_too_large";
  readonly field: RegExp;
}

const largestTried = 64 * 1024 * 1024;

const limits: readonly Limit[] = [
  {
    name: "one recipient too many",
    message: ({ recipients = Number.POSITIVE_INFINITY }) =>
      recipients > 20_000
        ? undefined
        : { to: Array.from({ length: recipients + 1 }, (_, index) => `reader-${index}@example.com`) },
    code: "invalid_message",
    field: /^to$/,
  },
  {
    name: "an attachment that is too large",
    message: ({ fields, bytes = Number.POSITIVE_INFINITY }) =>
      bytes > largestTried || !fields.includes("attachments")
        ? undefined
        : { attachments: [{ filename: "large.bin", content: new Uint8Array(bytes) }] },
    code: "message_too_large",
    field: /^attachments$/,
  },
  {
    name: "a moment too far ahead",
    message: ({ fields, scheduleMs }) =>
      scheduleMs === undefined || !fields.includes("sendAt")
        ? undefined
        : { sendAt: new Date(Date.now() + scheduleMs + 3_600_000) },
    code: "invalid_message",
    field: /^sendAt$/,
  },
  {
    name: "a metadata key that the provider keeps for itself",
    message: ({ fields, metadata }) => {
      const key = metadata?.reservedKeys?.[0];
      return key === undefined || !fields.includes("metadata") ? undefined : { metadata: { [key]: "x" } };
    },
    code: "invalid_message",
    field: /^metadata\./,
  },
  {
    name: "a mail without `to`, where the provider insists on it",
    message: ({ requires }) => (requires?.includes("to") ? { to: undefined, bcc: "spy@example.com" } : undefined),
    code: "invalid_message",
    field: /^to$/,
  },
  {
    name: "a mail without a subject, where the provider insists on it",
    message: ({ requires }) => (requires?.includes("subject") ? { subject: "" } : undefined),
    code: "invalid_message",
    field: /^subject$/,
  },
];

const limitCases = limits.map(
  ({ name, message, code, field }): ConformanceCase => ({
    name: `${name} is refused before contact`,
    skip: ({ transport }) => (message(transport.features) === undefined ? "no such limit is declared" : undefined),
    async run(subject) {
      const error = await refusedBeforeContact(subject, () => send(subject, message(subject.transport.features)));
      expect(error.code).toBe(code);
      expect(error.field).toMatch(field);
    },
  }),
);

/** Tags or metadata just over a declared limit, and within what every message may hold. */
const oversized: Readonly<Record<"tags" | "metadata", (features: Features) => Message | undefined>> = {
  tags({ fields, tags: { count = 10, keyLength = 128, ascii = false } = {} }) {
    if (!fields.includes("tags")) return undefined;
    if (count < 10) return { tags: Array.from({ length: count + 1 }, (_, index) => `tag-${index}`) };
    if (keyLength < 128) return { tags: ["t".repeat(keyLength + 1)] };
    return ascii ? { tags: ["grün"] } : undefined;
  },
  metadata({ fields, metadata: { count = 1_000, valueLength = 9_000, ascii = false } = {} }) {
    if (!fields.includes("metadata")) return undefined;
    const keys = Array.from({ length: count + 1 }, (_, index) => `key-${index}`);
    if (count < 1_000) return { metadata: Object.fromEntries(keys.map((key) => [key, "x"])) };
    if (valueLength < 9_000) return { metadata: { key: "x".repeat(valueLength + 1) } };
    return ascii ? { metadata: { key: "grün" } } : undefined;
  },
};

const oversizedCases = (["tags", "metadata"] as const).map(
  (field): ConformanceCase => ({
    name: `${field} over the declared limit are left out and told`,
    skip: ({ transport }) =>
      oversized[field](transport.features) === undefined ? "no such limit is declared" : undefined,
    async run(subject) {
      const { receipt } = await sendAndReceive(subject, oversized[field](subject.transport.features));
      expect(receipt.dropped).toEqual([field]);
    },
  }),
);

export const unsupportedFeatures: Capability = {
  name: "unsupported features and limits",
  cases: [
    ...entries.map(refusedCase),
    ...entries.filter(([, { undroppable = false }]) => !undroppable).map(droppedCase),
    templateKept,
    ...entries.map(carriedCase),
    ...limitCases,
    ...oversizedCases,
  ],
};
