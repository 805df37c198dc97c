import type { Message } from "@mail/core";
import { MailError } from "@mail/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { mailgun } from "./index.ts";
import { mswMailgun } from "./msw-mailgun.fixture.ts";
import { key, send } from "./send.fixture.ts";

const other = mswMailgun();
const transport = mailgun({ apiKey: key, domain: "mg.acme.example" });

const nasty = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(
      "\r",
      "\n",
      "\0",
      '"',
      "\\",
      ";",
      "=",
      "%22",
      "--",
      "\r\n\r\n",
      "ü",
      "😀",
      "filename",
      "name=",
      " ",
      "a",
    ),
    maxLength: 12,
  }),
);

const message: fc.Arbitrary<Partial<Message>> = fc.record(
  {
    to: nasty.map((name) => ({ name, address: "ada@example.com" })),
    replyTo: nasty.map((name) => ({ name, address: "help@acme.example" })),
    subject: nasty,
    text: nasty,
    html: nasty,
    headers: fc.dictionary(fc.oneof(nasty, fc.constant("X-Note")), nasty, { maxKeys: 2 }),
    tags: fc.array(nasty, { maxLength: 2 }),
    metadata: fc.dictionary(fc.oneof(nasty, fc.constant('k"\\')), nasty, { maxKeys: 2 }),
    attachments: fc.array(
      fc.record({ filename: nasty, content: nasty, contentType: fc.oneof(nasty, fc.constant("text/plain")) }),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);

const partHead =
  /^Content-Disposition: form-data; name="[^"\r\n]*"(?:; filename="[^"\r\n]*"\r\nContent-Type: [^\r\n]+)?$/;

/** The parts of a body, cut at its boundary by nothing but the RFC's rule. */
function parts(body: string, boundary: string): { readonly head: string; readonly content: string }[] {
  const pieces = body.split(`--${boundary}`);
  expect(pieces[0]).toBe("");
  expect(pieces.at(-1)).toBe("--\r\n");
  return pieces.slice(1, -1).map((piece) => {
    const end = piece.indexOf("\r\n\r\n");
    return { head: piece.slice(2, end), content: piece.slice(end + 4, -2) };
  });
}

test("no input adds a field, a part's header or a line", async () => {
  await fc.assert(
    fc.asyncProperty(message, async (mail) => {
      const before = other.requests.length;
      let dropped: readonly string[] = [];
      try {
        dropped = (await send(transport, mail)).dropped ?? [];
      } catch (thrown) {
        if (!MailError.is(thrown)) throw thrown;
        expect(["invalid_message", "invalid_recipient"]).toContain(thrown.code);
        expect(thrown.field).toBeTruthy();
        expect(other.requests).toHaveLength(before);
        return;
      }
      const request = other.requests.at(-1) as Request;
      const boundary = /boundary=(.+)$/.exec(request.headers.get("content-type") ?? "")?.[1] ?? "";
      const found = parts(await request.clone().text(), boundary);
      for (const { head } of found) expect(head).toMatch(partHead);

      const form = await request.clone().formData();
      const expected = [
        ...["from", "to", "subject", "h:Message-Id", "h:X-Mail-Id", "v:mail_id"],
        ...(mail.replyTo === undefined ? [] : ["h:Reply-To"]),
        ...["text", ...(mail.html === undefined ? [] : ["html"])],
        ...Object.keys(mail.headers ?? {}).map((name) => `h:${name}`),
        ...Object.keys(mail.metadata ?? {}).map((name) => `v:${name}`),
        ...[...new Set(dropped.includes("tags") ? [] : mail.tags)].map(() => "o:tag"),
        ...(mail.attachments ?? []).map(() => "attachment"),
      ];
      // a browser's form cannot tell %22 from a quote, so names are compared in the spelling of the wire
      const wire = (name: string): string => name.replaceAll('"', "%22");
      expect(found.map(({ head }) => /name="([^"]*)"/.exec(head)?.[1]).toSorted()).toEqual(
        expected.map(wire).toSorted(),
      );
      expect(form.get("text")).toBe(mail.text ?? "Hello");
      if (mail.subject !== undefined) expect(form.get("subject")).toBe(mail.subject);
      for (const name of ["h:Reply-To", "to", "from"]) expect(String(form.get(name) ?? "")).not.toMatch(/[\r\n\0]/);
    }),
    { numRuns: 150 },
  );
});
