import { expect } from "vitest";
import type { Capability, ConformanceCase } from "./conformance-case.ts";
import { plainAddress, plainAddresses, plainRecipients } from "./plain-mail.ts";
import { sendAndReceive } from "./send-mail.ts";

const displayNames: Readonly<Record<string, string>> = {
  "a comma": "Lovelace, Ada",
  quotes: 'Ada "The Countess" Lovelace',
  "a backslash": "Ada \\ Lovelace",
  "angle brackets and an @": "Ada <x@y.example>",
  "a semicolon and a colon": "Group: Ada; Lovelace",
  "an apostrophe": "Ada O'Lovelace",
  "Latin letters beyond ASCII": "Ådä Lövelace",
  "non-ASCII letters and a comma": "Łovelace, Ąda",
  "Chinese characters": "王小明",
  emoji: "Ada 👩‍🔬",
  "many words beyond ASCII": "Преподобная Августа Ада Кинг, графиня Лавлейс, математик и первый программист",
};

const names = Object.entries(displayNames).map(
  ([what, name]): ConformanceCase => ({
    name: `a display name with ${what} arrives as written`,
    async run(subject) {
      const { mail } = await sendAndReceive(subject, {
        from: { name, address: "hello@acme.example" },
        to: [{ name, address: "ada@example.com" }, "Bob <bob@example.com>"],
      });
      expect(plainAddress(mail.from)).toEqual({ name, address: "hello@acme.example" });
      expect(plainAddresses(mail.to)).toEqual([
        { name, address: "ada@example.com" },
        { name: "Bob", address: "bob@example.com" },
      ]);
      expect(plainRecipients(mail.recipients)).toEqual(["ada@example.com", "bob@example.com"]);
    },
  }),
);

export const addresses: Capability = {
  name: "addresses",
  cases: [
    ...names,
    {
      name: "the sender arrives with name and address",
      async run(subject) {
        const { mail } = await sendAndReceive(subject);
        expect(plainAddress(mail.from)).toEqual({ name: "Acme", address: "hello@acme.example" });
      },
    },
    {
      name: "an address without a name arrives without one",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { from: "hello@acme.example" });
        expect(plainAddress(mail.from)).toEqual({ address: "hello@acme.example" });
        expect(plainAddresses(mail.to)).toEqual([{ address: "ada@example.com" }]);
      },
    },
    {
      name: "a domain beyond ASCII is reached in its IDNA form",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { to: "Ada <ada@bücher.example>" });
        expect(mail.recipients.map((address) => address.toLowerCase())).toEqual(["ada@xn--bcher-kva.example"]);
        expect(plainAddresses(mail.to)).toEqual([{ name: "Ada", address: "ada@xn--bcher-kva.example" }]);
      },
    },
    {
      name: "a quoted local part keeps its quotes",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { to: '"ada..lovelace"@example.com' });
        expect(mail.recipients).toEqual(['"ada..lovelace"@example.com']);
      },
    },
    {
      name: "the local part keeps its case and its plus sign",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { to: "Ada.Lovelace+News@example.com" });
        expect(mail.recipients).toEqual(["Ada.Lovelace+News@example.com"]);
      },
    },
    {
      name: "all of fifty recipients get the mail, in order",
      async run(subject) {
        const to = Array.from({ length: 50 }, (_, index) => `reader-${index}@example.com`);
        const { mail, receipt } = await sendAndReceive(subject, { to });
        expect(mail.to.map(({ address }) => address)).toEqual(to);
        expect(plainRecipients(mail.recipients)).toEqual(plainRecipients(to));
        expect(plainRecipients(receipt.accepted)).toEqual(plainRecipients(to));
      },
    },
    {
      name: "cc is delivered and visible",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { cc: ["Bob <bob@example.com>", "eve@example.com"] });
        expect(plainAddresses(mail.cc)).toEqual([
          { name: "Bob", address: "bob@example.com" },
          { address: "eve@example.com" },
        ]);
        expect(plainRecipients(mail.recipients)).toEqual(["ada@example.com", "bob@example.com", "eve@example.com"]);
      },
    },
    {
      name: "bcc is delivered and not visible",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { bcc: ["Spy <spy@example.com>"] });
        expect(plainRecipients(mail.recipients)).toEqual(["ada@example.com", "spy@example.com"]);
        const visible = JSON.stringify([mail.to, mail.cc, mail.replyTo, mail.headers]);
        expect(visible).not.toContain("spy@example.com");
        expect(Object.keys(mail.headers)).not.toContain("bcc");
      },
    },
    {
      name: "a mail to bcc alone is delivered",
      skip: ({ transport }) =>
        transport.features.requires?.includes("to") ? "the transport needs an address in `to`" : undefined,
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { to: undefined, bcc: "spy@example.com" });
        expect(mail.recipients).toEqual(["spy@example.com"]);
        expect(JSON.stringify([mail.to, mail.cc, mail.headers])).not.toContain("spy@example.com");
      },
    },
    {
      name: "a recipient who is named several times gets the mail once",
      async run(subject) {
        const { mail, receipt } = await sendAndReceive(subject, {
          to: ["ada@example.com", "Ada <ada@EXAMPLE.com>", "bob@example.com"],
          cc: "Bob <bob@example.com>",
          bcc: "ada@example.com",
        });
        expect(plainRecipients(mail.recipients)).toEqual(["ada@example.com", "bob@example.com"]);
        expect(plainRecipients(receipt.accepted)).toEqual(["ada@example.com", "bob@example.com"]);
      },
    },
    {
      name: "replies go to replyTo",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { replyTo: "Help <help@acme.example>" });
        expect(plainAddresses(mail.replyTo)).toEqual([{ name: "Help", address: "help@acme.example" }]);
      },
    },
    {
      name: "replies go to each of several replyTo addresses",
      async run(subject) {
        const replyTo = [{ name: "Help, Büro", address: "help@acme.example" }, { address: "sales@acme.example" }];
        const { mail } = await sendAndReceive(subject, { replyTo });
        expect(plainAddresses(mail.replyTo)).toEqual(replyTo);
      },
    },
    {
      name: "sender arrives beside from",
      skip: ({ transport }) => (transport.features.fields.includes("sender") ? undefined : "`sender` is not carried"),
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { sender: "Robot <robot@acme.example>" });
        expect(plainAddress(mail.from).address).toBe("hello@acme.example");
        expect(mail.sender?.address ?? mail.headers["sender"]).toContain("robot@acme.example");
      },
    },
  ],
};
