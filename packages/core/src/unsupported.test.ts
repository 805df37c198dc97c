import { describe, expect, test } from "vitest";
import { carry } from "./carry.ts";
import { allFields, type FeatureField, type Features } from "./features.ts";
import { hello } from "./memory-transport.fixture.ts";
import type { Message } from "./message.ts";
import { prepareMessage } from "./prepare-message.ts";
import type { OnUnsupported } from "./transport.ts";
import { unsupported, withoutFields } from "./unsupported.ts";

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);
const prepare = (fields: Message = {}) =>
  prepareMessage({ ...hello, ...(fields.template !== undefined && { text: undefined }), ...fields });
const without = (...fields: FeatureField[]): Features => ({
  fields: allFields.filter((field) => !fields.includes(field)),
});

const uses: Record<FeatureField, Message> = {
  amp: { amp: "<html ⚡4email>" },
  attachments: { attachments: [{ content: "x" }] },
  calendar: { calendar: { content: "BEGIN:VCALENDAR" } },
  envelope: { envelope: { from: "bounces@acme.example" } },
  internationalLocalPart: { to: "jürgen@example.com" },
  metadata: { metadata: { a: "1" } },
  priority: { priority: "high" },
  sender: { sender: "s@acme.example" },
  sendAt: { sendAt: inAnHour() },
  tags: { tags: ["a"] },
  template: { template: { id: "t" } },
  tracking: { tracking: { opens: false } },
};
const advisory: readonly FeatureField[] = ["envelope", "metadata", "priority", "tags", "tracking"];

describe.each(allFields)("%s", (field) => {
  const named = field === "internationalLocalPart" ? "to" : field;
  const kind = advisory.includes(field) ? "advisory" : "essential";

  test("is found missing only where it is used and not carried", () => {
    expect(unsupported(prepare(uses[field]), without(field))).toEqual([
      expect.objectContaining({ field: named, kind, reason: "missing" }),
    ]);
    expect(unsupported(prepare(uses[field]), without())).toEqual([]);
    expect(unsupported(prepare(), without(field))).toEqual([]);
  });

  test(`is ${kind === "advisory" ? "left out and told" : "refused by name"} unless the app says otherwise`, () => {
    const mail = prepare(uses[field]);
    if (kind === "essential")
      expect(() => carry(mail, without(field))).toThrow(expect.objectContaining({ code: "unsupported", field: named }));
    else {
      const carried = carry(mail, without(field));
      expect(carried.dropped).toEqual([field]);
      expect(unsupported(carried.mail, without(field))).toEqual([]);
    }
  });

  test('is always refused with onUnsupported "error"', () => {
    expect(() => carry(prepare(uses[field]), without(field), "error")).toThrow(
      expect.objectContaining({ code: "unsupported", field: named, hint: expect.stringContaining(named) }),
    );
  });

  test('is left out with "drop", but for addresses and the only body', () => {
    const mail = prepare(uses[field]);
    const work = () => carry(mail, without(field), "drop");
    const nothingLeft = field === "internationalLocalPart" || field === "template";
    if (nothingLeft) expect(work).toThrow(expect.objectContaining({ code: "unsupported" }));
    else {
      expect(work().dropped).toEqual([field]);
      expect(unsupported(work().mail, without(field))).toEqual([]);
      expect(Object.isFrozen(work().mail)).toBe(true);
    }
  });
});

describe("what counts as used", () => {
  test("not a normal priority, an empty tracking or a moment that has passed", () => {
    const mail = prepare({ priority: "normal", tracking: {}, sendAt: new Date(Date.now() - 1) });
    expect(unsupported(mail, { fields: [] })).toEqual([]);
    expect(carry(mail, { fields: allFields }).mail).not.toHaveProperty("sendAt");
  });

  test.each(["from", "sender", "cc", "bcc", "replyTo"] as const)("non-ASCII before the @ in %s", (field) => {
    expect(unsupported(prepare({ [field]: "ü@x.example" }), without("internationalLocalPart"))).toContainEqual(
      expect.objectContaining({ field, undroppable: true }),
    );
  });

  test("non-ASCII before the @ in the return path, but not in a domain or a name", () => {
    const features = without("internationalLocalPart");
    expect(unsupported(prepare({ envelope: { from: "ü@x.example" } }), features)[0]?.field).toBe("envelope.from");
    expect(unsupported(prepare({ to: "Jürgen <a@bücher.example>" }), features)).toEqual([]);
  });
});

describe("limits", () => {
  const refused = (features: Partial<Features>, fields: Message, policy?: OnUnsupported): unknown => {
    try {
      return carry(prepare(fields), { fields: allFields, ...features }, policy).dropped;
    } catch (error) {
      return error;
    }
  };

  test.each<[Partial<Features>, Message, string, string]>([
    [{ requires: ["to"] }, { to: undefined, bcc: "a@x.example" }, "to", "invalid_message"],
    [{ requires: ["subject"] }, { subject: " " }, "subject", "invalid_message"],
    [{ recipients: 2 }, { to: ["a@x.example", "b@x.example"], bcc: "c@x.example" }, "to", "invalid_message"],
    [{ scheduleMs: 60_000 }, { sendAt: inAnHour() }, "sendAt", "invalid_message"],
    [{ bytes: 130 }, { attachments: [{ content: "x".repeat(100) }] }, "attachments", "message_too_large"],
    [{ bytes: 4 }, {}, "text", "message_too_large"],
    [{ bytes: 20 }, { text: undefined, html: "x".repeat(21) }, "html", "message_too_large"],
    [{ metadata: { reservedKeys: ["event"] } }, { metadata: { event: "1" } }, "metadata.event", "invalid_message"],
  ])("%o refuses %o whatever the policy", (features, fields, field, code) => {
    for (const policy of [undefined, "drop", "error"] as const)
      expect(refused(features, fields, policy)).toMatchObject({ code, field, retryable: false });
  });

  test.each<[Partial<Features>, Message]>([
    [{ requires: ["to", "subject"] }, {}],
    [{ requires: ["subject"] }, { subject: "", template: { id: "t" } }],
    [{ recipients: 2 }, { cc: "b@x.example" }],
    [{ scheduleMs: 3_660_000 }, { sendAt: inAnHour() }],
    [{ bytes: 5 }, {}],
    [{ tags: { count: 1, keyLength: 1, bytes: 1, ascii: true } }, { tags: ["a"] }],
    [{ metadata: { count: 1, keyLength: 1, valueLength: 1, bytes: 2, ascii: true } }, { metadata: { a: "1" } }],
  ])("%o takes %o", (features, fields) => {
    expect(refused(features, fields)).toEqual([]);
  });

  test.each<[Partial<Features>, Message, string]>([
    [{ tags: { count: 1 } }, { tags: ["a", "b"] }, "tags"],
    [{ tags: { keyLength: 1 } }, { tags: ["ab"] }, "tags"],
    [{ tags: { bytes: 1 } }, { tags: ["ä"] }, "tags"],
    [{ tags: { ascii: true } }, { tags: ["ä"] }, "tags"],
    [{ metadata: { valueLength: 1 } }, { metadata: { a: "12" } }, "metadata"],
    [{ metadata: { ascii: true } }, { metadata: { a: "ä" } }, "metadata"],
  ])("%o leaves %o out and says so", (features, fields, dropped) => {
    expect(refused(features, fields)).toEqual([dropped]);
    expect(refused(features, fields, "error")).toMatchObject({ code: "invalid_message", field: dropped });
  });

  test("tags are named before metadata", () => {
    const features = { tags: { count: 1 }, metadata: { count: 1 } };
    const fields = { tags: ["a", "b"], metadata: { a: "1", b: "2" } };
    expect(refused(features, fields)).toEqual(["tags", "metadata"]);
    expect(refused(features, fields, "error")).toMatchObject({ field: "tags" });
  });

  test("several faults are all named at once", () => {
    expect(refused({ fields: [] }, { ...uses.amp, ...uses.sendAt, ...uses.tags })).toMatchObject({
      code: "unsupported",
      field: "amp, sendAt",
    });
  });
});

describe("leaving fields out", () => {
  test("takes the headers of the priority with it, and no others", () => {
    const mail = prepare({ priority: "high", headers: { constructor: "x", toString: "y", "X-A": "b" } });
    expect(withoutFields(mail, ["priority"]).headers).toEqual({
      constructor: "x",
      toString: "y",
      "X-A": "b",
      "X-Mail-Id": mail.id,
    });
  });

  test("returns bounces to the author once the sender is gone, unless the app chose a return path", () => {
    const features = without("sender", "envelope");
    expect(carry(prepare(uses.sender), features, "drop")).toMatchObject({
      mail: { envelope: { from: "hello@acme.example" } },
      dropped: ["sender"],
    });
    const chosen = prepare({ ...uses.sender, ...uses.envelope });
    expect(carry(chosen, without("sender"), "drop").mail.envelope.from).toBe("bounces@acme.example");
    expect(carry(chosen, features, "drop").mail.envelope.from).toBe("hello@acme.example");
  });

  test.each(["template", "calendar"] as const)("never leaves a mail without a body: %s", (field) => {
    const mail = prepare({ text: undefined, ...uses[field] });
    expect(() => carry(mail, without(field), "drop")).toThrow(expect.objectContaining({ code: "unsupported", field }));
  });

  test("leaves the mail itself alone", () => {
    const mail = prepare({ ...uses.tags, ...uses.tracking });
    const copy = { ...mail };
    carry(mail, { fields: [] });
    expect(mail).toEqual(copy);
    expect(carry(mail, { fields: allFields }).mail).toBe(mail);
  });
});
