import { MailError, type Message, type PreparedMessage, prepareMessage } from "@mail/core";
import fc from "fast-check";
import PostalMime, { type Email } from "postal-mime";
import { describe, expect, it } from "vitest";
import { EncodedTexts } from "./compose/encoded-texts.ts";
import { hello } from "./sending.fixture.ts";
import { toSmtpRequest } from "./to-smtp-request.ts";

async function bytesOf(mail: PreparedMessage, texts?: EncodedTexts): Promise<Buffer> {
  const { body } = await toSmtpRequest(mail, undefined, undefined, texts);
  const parts: Buffer[] = [];
  for await (const part of typeof body === "function" ? body() : body) parts.push(part);
  return Buffer.concat(parts);
}

async function compose(message: Message): Promise<string> {
  return (await bytesOf(prepareMessage({ ...hello, ...message }))).toString("utf8");
}

const parse = async (message: Message): Promise<Email> => PostalMime.parse(await compose(message));

/** The header names of the mail itself, in lower case. */
function headerNames(source: string): readonly string[] {
  const block = source.slice(0, source.indexOf("\r\n\r\n"));
  return block
    .split("\r\n")
    .filter((line) => !/^[ \t]/.test(line))
    .map((line) => line.slice(0, line.indexOf(":")).toLowerCase());
}

const linesOf = (source: string): readonly string[] => source.split("\r\n");

describe("composing", () => {
  it("keeps long lines, dots, blanks at line ends and every character of the bodies", async () => {
    const text = `${"long ".repeat(400)}\r\n${"x".repeat(1000)}\r\n.\r\n..dots\r\nblanks  \t\r\nFrom here\r\n=3D ünïcode 😀\r\n`;
    const html = `<p>${"y".repeat(5000)}</p>`;
    const source = await compose({ text, html });
    const parsed = await PostalMime.parse(source);
    expect(parsed.text?.trimEnd()).toBe(text.replaceAll("\r\n", "\n").trimEnd());
    expect(parsed.html?.trimEnd()).toBe(html);
    expect(Math.max(...linesOf(source).map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  it("gives mails that say the same their own headers and all of the text", async () => {
    const texts = new EncodedTexts();
    const html = `<p>${"Grüße ".repeat(20_000)}</p>`;
    for (const subject of ["One", "Two", "Three"]) {
      const mail = prepareMessage({ ...hello, subject, html });
      const [again, fresh] = [await bytesOf(mail, texts), await bytesOf(mail)];
      expect(again.equals(fresh)).toBe(true);
      expect(again.toString()).toContain(`Subject: ${subject}\r\n`);
    }
  });

  it("keeps a text that is mostly beyond ASCII, and one with lone carriage returns", async () => {
    const text = "こんにちは世界。".repeat(300);
    expect((await parse({ text })).text?.trimEnd()).toBe(text);
    expect(await compose({ text })).toContain("Content-Transfer-Encoding: base64");
    const returns = "one\rtwo\r";
    const source = await compose({ text: returns });
    expect(source).toContain(Buffer.from(returns).toString("base64"));
  });

  it("keeps the bytes, name and type of attachments, and invents no name", async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
    const { attachments } = await parse({
      attachments: [
        { filename: 'Ä "quoted"; name=x.pdf', content: bytes, contentType: "application/pdf" },
        { content: "no name" },
        { filename: "mail.eml", contentType: "message/rfc822", content: "Subject: x\n\nlone line feeds\n" },
      ],
    });
    expect(attachments[0]).toMatchObject({ filename: 'Ä "quoted"; name=x.pdf', mimeType: "application/pdf" });
    expect(new Uint8Array(attachments[0]?.content as ArrayBuffer)).toEqual(bytes);
    expect(attachments[1]).toMatchObject({ filename: null, mimeType: "application/octet-stream" });
    expect(Buffer.from(attachments[2]?.content as ArrayBuffer).toString()).toBe("Subject: x\n\nlone line feeds\n");
  });

  it("puts inline images into multipart/related beside the html", async () => {
    const message = {
      html: '<img src="cid:logo@acme">',
      attachments: [{ content: new Uint8Array([1, 2]), contentId: "logo@acme", contentType: "image/png" }],
    };
    expect(await compose(message)).toMatch(/multipart\/related.*text\/html.*Content-ID: <logo@acme>/s);
    const { attachments } = await parse(message);
    expect(attachments[0]).toMatchObject({ contentId: "<logo@acme>", disposition: "inline", related: true });
  });

  it("writes text, AMP, html and calendar as alternatives in this order", async () => {
    const content = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n";
    const source = await compose({ html: "<p>", amp: "<html amp4email></html>", calendar: { content } });
    const types = [...source.matchAll(/^Content-Type: ([^;\r]+)/gm)].map(([, type]) => type);
    expect(types).toEqual(["multipart/alternative", "text/plain", "text/x-amp-html", "text/html", "text/calendar"]);
    expect(source).toContain("method=REQUEST");
  });

  it("writes names, subject and headers so that they read as given", async () => {
    const source = await compose({
      from: { name: 'Smith, "Ada" Ö', address: "ada@acme.example" },
      sender: "robot@acme.example",
      to: [{ name: "O'Neil, B. (x) @ <y>", address: "b@example.com" }, '"q uoted"@example.com'],
      cc: { name: "=?utf-8?q?trick?=", address: "c@example.com" },
      replyTo: "r@acme.example",
      subject: `Grüße ${"sehr ".repeat(60)}lang`,
      headers: { "X-Note": "ü".repeat(300) },
    });
    const parsed = await PostalMime.parse(source);
    expect(parsed.from).toMatchObject({ name: 'Smith, "Ada" Ö', address: "ada@acme.example" });
    expect(parsed.sender?.address).toBe("robot@acme.example");
    expect(parsed.to?.[0]).toMatchObject({ name: "O'Neil, B. (x) @ <y>", address: "b@example.com" });
    expect(source).toContain('"q uoted"@example.com');
    expect(parsed.cc?.[0]?.name).toBe("=?utf-8?q?trick?=");
    expect(parsed.replyTo?.[0]?.address).toBe("r@acme.example");
    expect(parsed.subject).toBe(`Grüße ${"sehr ".repeat(60)}lang`);
  });

  it("leaves out a subject of ordinary blanks, and no other", async () => {
    expect(headerNames(await compose({ subject: " \t" }))).not.toContain("subject");
    for (const subject of ["\u00a0", "\u3000"]) expect((await parse({ subject })).subject).toBe(subject);
  });

  it("leaves Bcc out and sets Date, Message-ID and MIME-Version once", async () => {
    const names = headerNames(await compose({ bcc: "hidden@example.com" }));
    expect(names).not.toContain("bcc");
    for (const once of ["date", "message-id", "mime-version", "from", "to", "subject"])
      expect(names.filter((name) => name === once)).toHaveLength(1);
  });
});

describe("whatever the input", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.string({ maxLength: 60 }),
    fc.constantFrom(
      "a\r\nBcc: spy@evil.example",
      "x\r\n\r\nbody",
      '";\r\nX: y',
      "\u2028X: y",
      "a\0b",
      "=?utf-8?q?=0D=0AX:_y?=",
    ),
    fc
      .array(
        fc.constantFrom("\r\n", "\n", "\r", ":", '"', "\\", ";", "=", "?", "<", ">", ",", " ", "\t", "ü", "x", "."),
      )
      .map((parts) => parts.join("")),
  );
  const expected = new Set(
    "from,sender,reply-to,to,cc,subject,x-mail-id,x-test,message-id,date,mime-version,content-type,content-transfer-encoding".split(
      ",",
    ),
  );

  it("no header, part or line comes out that was not meant", async () => {
    const message = fc.record({
      subject: nasty,
      text: nasty,
      html: nasty,
      name: nasty,
      value: nasty,
      filename: nasty,
      contentId: fc.option(nasty, { nil: undefined }),
      content: nasty,
    });
    await fc.assert(
      fc.asyncProperty(message, async ({ subject, text, html, name, value, filename, contentId, content }) => {
        let source: string;
        try {
          source = await compose({
            to: { name, address: "ada@example.com" },
            subject,
            text,
            html,
            headers: { "X-Test": value },
            attachments: [{ filename, content: Buffer.from(content), contentType: "application/x-test", contentId }],
          });
        } catch (thrown) {
          if (MailError.is(thrown)) return;
          throw thrown;
        }
        const names = headerNames(source);
        expect(names.filter((header) => !expected.has(header))).toEqual([]);
        expect(new Set(names).size).toBe(names.length);
        expect(source.replaceAll("\r\n", "")).not.toMatch(/[\r\n\0]/);
        expect(linesOf(source).every((line) => Buffer.byteLength(line) <= 998)).toBe(true);
        const parsed = await PostalMime.parse(source);
        expect(parsed.attachments).toHaveLength(1);
        expect(parsed.attachments[0]?.mimeType).toBe("application/x-test");
        expect(Buffer.from(parsed.attachments[0]?.content as ArrayBuffer).toString()).toBe(
          Buffer.from(content).toString(),
        );
        expect(parsed.to).toHaveLength(1);
        expect(parsed.to?.[0]?.address).toBe("ada@example.com");
      }),
      { numRuns: 300 },
    );
  }, 30_000);

  it("a body comes out as it went in, but for the form of line ends", async () => {
    const plain = (text: string): string => text.replace(/\r\n?|\n/g, "\n").trimEnd();
    await fc.assert(
      fc.asyncProperty(nasty, async (text) => {
        const parsed = await parse({ text: `x${text}x`.toWellFormed() });
        expect(plain(parsed.text ?? "")).toBe(plain(`x${text}x`.toWellFormed()));
      }),
      { numRuns: 300 },
    );
  }, 30_000);
});
