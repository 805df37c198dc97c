import { describe, expect, test } from "vitest";
import { addressKey } from "./address-key.ts";
import { createMailer } from "./create-mailer.ts";
import { hello, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import type { Suppressions } from "./suppressions.ts";

/** A list as an app may write one: it gives addresses back in its own spelling. */
const listed = (...entries: string[]): Suppressions => ({
  find: async (asked) => {
    const keys = new Set(asked.map(addressKey));
    return entries.filter((entry) => keys.has(addressKey(entry))).map((address) => ({ address, reason: "bounced" }));
  },
});

describe("addressKey", () => {
  test("is the same for capitals, IDN forms and compositions of one address", () => {
    const spellings = [
      "Ada@BÜCHER.example",
      "ada@xn--bcher-kva.example",
      "ADA@XN--BCHER-KVA.EXAMPLE",
      "ada@bu\u0308cher.example",
    ];
    expect(new Set(spellings.map(addressKey))).toEqual(new Set(["ada@xn--bcher-kva.example"]));
    expect(addressKey("JOS\u00c9@example.com")).toBe(addressKey("jose\u0301@example.com"));
  });

  test("leaves what is no address as it is, in lower case", () => {
    expect(["Ada", "@", "ada@", "ada@[192.0.2.1]", "a@exa mple"].map(addressKey)).toEqual([
      "ada",
      "@",
      "ada@",
      "ada@[192.0.2.1]",
      "a@exa mple",
    ]);
  });
});

describe("suppressed recipients", () => {
  test.each(["to", "cc", "bcc"] as const)("are taken off %s, whatever their spelling on the list", async (field) => {
    const transport = memoryTransport();
    const mailer = createMailer({ transport, suppressions: listed("Dead@BÜCHER.example") });
    const others = field === "to" ? ["bob@example.com"] : [];
    const receipt = await mailer.send({
      ...hello,
      to: field === "to" ? others : hello.to,
      [field]: [...others, "DEAD@xn--bcher-kva.EXAMPLE"],
    });
    expect(receipt.rejected).toMatchObject([
      {
        address: "DEAD@xn--bcher-kva.example",
        error: { code: "suppressed", message: expect.stringContaining("bounced") },
      },
    ]);
    expect(transport.sent).toHaveLength(1);
    expect(JSON.stringify(transport.sent[0])).not.toContain("DEAD");
  });

  test("leave those in copy in their place in To, which some providers insist on", async () => {
    const transport = memoryTransport({ features: { requires: ["to"] } });
    const mailer = createMailer({ transport, suppressions: listed("dead@example.com") });
    await mailer.send({
      ...hello,
      to: "dead@example.com",
      cc: ["a@example.com", "b@example.com"],
      bcc: "c@example.com",
    });
    await mailer.send({ ...hello, to: "dead@example.com", bcc: "c@example.com" });
    expect(transport.sent).toMatchObject([
      { to: [{ address: "a@example.com" }, { address: "b@example.com" }], cc: [], bcc: [{ address: "c@example.com" }] },
      { to: [{ address: "c@example.com" }], cc: [], bcc: [] },
    ]);
  });

  test("are never shown to each other where only blind copies are left", async () => {
    const transport = memoryTransport();
    const mailer = createMailer({ transport, suppressions: listed("dead@example.com") });
    await mailer.send({ ...hello, to: "dead@example.com", bcc: ["a@example.com", "b@example.com"] });
    expect(transport.sent).toMatchObject([{ to: [], cc: [], bcc: [{}, {}] }]);
  });

  test("are asked for by who the mail was for, not by who gets it in staging", async () => {
    const transport = memoryTransport();
    const suppressions = listed("qa@acme.example", "dead@example.com");
    const mailer = createMailer({ transport, suppressions, redirectTo: "qa@acme.example" });
    await mailer.send(hello);
    expect(await rejection(mailer.send({ ...hello, to: "dead@example.com" }))).toMatchObject({ code: "suppressed" });
    expect(transport.sent).toMatchObject([{ to: [{ address: "qa@acme.example" }] }]);
  });
});

test("an unknown choice about suppressions is refused, so that a typo sends nothing to them", async () => {
  const mailer = createMailer({ transport: memoryTransport(), suppressions: listed() });
  expect(await rejection(mailer.send(hello, { suppressions: "ignored" as "ignore" }))).toMatchObject({
    code: "configuration",
    field: "suppressions",
  });
});
