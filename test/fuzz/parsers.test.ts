import { createMailer, fromUrl, MailError, parseRetryAfter } from "@mail/core";
import { mailgun } from "@mail/mailgun";
import { mock } from "@mail/mock";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { headerParameters } from "../../packages/inbox/src/mailgun/header-parameters.ts";
import { readMultipart } from "../../packages/inbox/src/mailgun/read-multipart.ts";
import { readSource } from "../../packages/inbox/src/parse-mail.ts";
import { matches, parseSearch } from "../../packages/inbox/src/search.ts";
import { meaningOf, parseReply } from "../../packages/smtp/src/smtp-reply.ts";
import { holdsFor, patienceMs } from "./fuzz.ts";
import { growthCases } from "./growth-cases.ts";
import { mutated, nastyText } from "./mail-inputs.ts";

const text = fc.oneof(nastyText, fc.string({ unit: "binary", maxLength: 60 }));
const oneOf = (...list: string[]): fc.Arbitrary<string> => fc.constantFrom(...list);

describe("of whatever is given", () => {
  test(
    "a URL becomes a transport, or a configuration error without its secrets",
    async () => {
      const good = oneOf(
        "smtp://acme:s3cret-pass@mail.example:587",
        "smtps://acme:s3cret-pass@mail.example?pool=false&maxConnections=3",
        "sendgrid://SG.s3cret-pass@default",
        "mailgun://s3cret-pass@mg.acme.example?region=eu",
        "ses://default?region=eu-west-1",
        "failover(smtp://acme:s3cret-pass@a.example sendgrid://SG.s3cret-pass@default)",
        "roundrobin(failover(ses://default?region=eu-west-1 mailgun://s3cret-pass@mg.acme.example) smtp://b.example)",
      );
      await holdsFor(fc.oneof(mutated(good), mutated(mutated(good)), text), 1_500, (url) => {
        try {
          expect(fromUrl(url, [smtp, sendgrid, mailgun, ses]).send).toBeTypeOf("function");
        } catch (thrown) {
          if (!MailError.is(thrown)) throw thrown;
          expect(thrown.code).toBe("configuration");
          expect(`${thrown.message} ${thrown.hint}`).not.toContain("s3cret-pass");
        }
      });
    },
    patienceMs,
  );

  test(
    "a mail merge renders each value as it is in text and escaped in HTML, or refuses it",
    async () => {
      const template = fc.array(
        fc.oneof(text, oneOf("{{a}}", "{{ a }}", "{{b.c}}", "{{{a}}}", "{{a", "}}", "{{#a}}")),
        { maxLength: 4 },
      );
      const inputs = fc.record({ parts: template, a: fc.oneof(text, oneOf("{{b.c}}", "$&", "<b>")), c: text });
      await holdsFor(inputs, 500, async ({ parts, a, c }) => {
        const transport = mock();
        const message = { from: "a@x.example", subject: "Hi", text: parts.join(" "), html: "<p>{{a}}</p>" };
        const run = createMailer({ transport }).sendBulk(message, [{ to: "b@x.example", data: { a, b: { c } } }]);
        const outcomes: unknown[] = [];
        try {
          for await (const outcome of run) outcomes.push(outcome.ok ? "sent" : outcome.error.code);
        } catch (thrown) {
          expect(MailError.is(thrown) && thrown.code).toBe("invalid_message");
          return;
        }
        const [sent] = transport.sent;
        if (sent === undefined) return void expect(outcomes).toEqual(["invalid_message"]);
        const values = new Map(Object.entries({ "{{a}}": a, "{{ a }}": a, "{{{a}}}": a, "{{b.c}}": c }));
        if (parts.every((part) => values.has(part) || !/[{}]/.test(part)))
          expect(sent.text).toBe(parts.map((part) => values.get(part)?.toWellFormed() ?? part).join(" "));
        expect(sent.html?.slice(3, -4)).not.toMatch(/[<>"']/);
      });
    },
    patienceMs,
  );

  test(
    "a time to come back at is never before now, and never no number",
    async () => {
      const good = oneOf(
        "120",
        "Wed, 25 Nov 2026 21:00:00 GMT",
        "Wednesday, 25-Nov-26 21:00:00 GMT",
        "Wed Nov 25 21:00:00 2026",
      );
      await holdsFor(fc.oneof(mutated(good), text, fc.integer().map(String)), 3_000, (value) => {
        const ms = parseRetryAfter(value);
        if (ms !== undefined) expect(ms >= 0 && Number.isFinite(ms)).toBe(true);
      });
    },
    patienceMs,
  );

  test(
    "an SMTP reply has a code and a meaning, or is none",
    async () => {
      const good = oneOf("550 5.1.1 no such user", "250-a\n250 2.0.0 ok", "421 4.7.28 slow down", "354 go on", "250");
      const stages = fc.constantFrom(
        "greeting",
        "ehlo",
        "starttls",
        "auth",
        "mail",
        "rcpt",
        "data",
        "body",
        "idle" as const,
      );
      await holdsFor(fc.tuple(fc.oneof(mutated(good), text), stages), 3_000, ([reply, stage]) => {
        const parsed = parseReply(reply);
        if (parsed === undefined) return;
        expect(parsed.smtpCode).toBe(Number(reply.slice(0, 3)));
        if (parsed.enhancedCode !== undefined) expect(reply).toContain(` ${parsed.enhancedCode}`.slice(1));
        expect(meaningOf(parsed, stage).hint).toBeTruthy();
      });
    },
    patienceMs,
  );

  test(
    "the inbox's search makes conditions that can be asked",
    async () => {
      const good = oneOf(
        'from:ada subject:"two words" has:attachment before:2026-11-23 free',
        "tag:welcome -x",
        'to:"',
      );
      const mail = { from: "ada", to: "", subject: "", tags: "", text: "ada", attachment: false, at: 0 };
      await holdsFor(fc.oneof(mutated(good), text), 3_000, (search) => {
        expect(matches(parseSearch(search), mail)).toBeTypeOf("boolean");
      });
    },
    patienceMs,
  );

  test(
    "the inbox reads a form, or says that it is none",
    async () => {
      const form =
        '--b\r\nContent-Disposition: form-data; name="to"\r\n\r\nada@x.example\r\n--b\r\nContent-Disposition: form-data; name="attachment"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n';
      await holdsFor(mutated(mutated(fc.constant(form))), 2_000, (body) => {
        try {
          const { fields, files } = readMultipart(Buffer.from(body), "multipart/form-data; boundary=b");
          expect(fields.length + files.length).toBeLessThan(5);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Error);
          expect(thrown).not.toBeInstanceOf(RangeError);
        }
      });
      await holdsFor(mutated(oneOf("form-data; name=\"a\"; filename*=UTF-8''%C3%A4.txt")), 2_000, (header) => {
        expect(headerParameters(header).size).toBeLessThan(10);
      });
    },
    patienceMs,
  );

  test(
    "the inbox keeps a mail, whatever its source is",
    async () => {
      const source = [
        "From: Ada <ada@x.example>",
        "To: group: a@x.example, b@x.example;",
        "Subject: =?utf-8?q?a=C3=A4?=",
        "Content-Type: multipart/mixed; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "a=C3=A4=",
        "--b",
        "Content-Type: application/pdf; name*0*=utf-8''%C3; name*1*=%A4",
        "Content-Transfer-Encoding: base64",
        "",
        "YWJj",
        "--b--",
        "",
      ].join("\r\n");
      await holdsFor(mutated(mutated(fc.constant(source))), 1_000, async (mail) => {
        expect(Array.isArray((await readSource(Buffer.from(mail, "latin1"))).headers)).toBe(true);
      });
      await holdsFor(fc.uint8Array({ maxLength: 500 }), 500, async (bytes) => {
        expect(Array.isArray((await readSource(bytes)).headers)).toBe(true);
      });
    },
    patienceMs,
  );
});

describe("a megabyte of the same comes to an end", () => {
  // Growth is measured in test/bench/parser-growth.ts; what is quadratic takes hours here.
  const units = ["(", "<", '"', "\\", " ", "@", "=?"];
  const long = units.map((unit) => `${unit.repeat(1_000_000 / unit.length)}!`);

  test.each(Object.entries(growthCases))(
    "%s",
    async (_name, parse) => {
      for (const input of long) {
        try {
          await parse(input);
        } catch (thrown) {
          expect(thrown).not.toBeInstanceOf(RangeError);
        }
      }
    },
    patienceMs,
  );
});
