import { expect, test } from "vitest";
import { parseMail } from "./parse-mail.ts";
import { searchFields } from "./search.ts";

const mail = (...lines: readonly string[]) =>
  parseMail(
    {
      via: "smtp",
      inbox: "default",
      envelope: { from: "app@acme.example", to: ["ada@example.com"] },
      source: Buffer.from(["From: app@acme.example", "MIME-Version: 1.0", ...lines, ""].join("\r\n")),
    },
    new Date(0),
  );

const part = (type: string, content: string, ...headers: readonly string[]): readonly string[] => [
  "--x",
  `Content-Type: ${type}`,
  ...headers,
  "",
  content,
];

test("AMP and an invitation beside the text are alternatives with a name, not files", async () => {
  const caught = await mail(
    "Content-Type: multipart/alternative; boundary=x",
    "",
    ...part("text/plain; charset=utf-8", "Hello"),
    ...part("text/x-amp-html; charset=utf-8", "<html ⚡4email></html>"),
    ...part("text/html; charset=utf-8", "<p>Hello</p>"),
    ...part("text/calendar; method=REQUEST; charset=utf-8", "BEGIN:VCALENDAR"),
    "--x--",
  );
  expect(caught).toMatchObject({
    text: "Hello\n",
    html: "<p>Hello</p>\n",
    attachments: [
      { index: 0, filename: "amp.html", contentType: "text/x-amp-html", disposition: "alternative" },
      { index: 1, filename: "invite.ics", contentType: "text/calendar", disposition: "alternative" },
    ],
  });
  expect(searchFields({ id: "1", ...caught }).attachment).toBe(false);
});

test("an invitation that was attached stays a file under its name", async () => {
  const { attachments } = await mail(
    "Content-Type: multipart/mixed; boundary=x",
    "",
    ...part("text/plain", "Hello"),
    ...part("text/calendar", "BEGIN:VCALENDAR", 'Content-Disposition: attachment; filename="meeting.ics"'),
    "--x--",
  );
  expect(attachments).toMatchObject([{ filename: "meeting.ics", disposition: "attachment" }]);
});

test("a mail that would take all memory when read is kept unread, and one of long lines is read", async () => {
  expect(await mail("", "\r\n".repeat(200_000))).toMatchObject({
    subject: "(This mail cannot be read: It has 200004 lines, most of them short)",
    size: 400_047,
  });
  const file = "QUJD".repeat(19);
  const { attachments, subject } = await mail(
    "Subject: File",
    "Content-Type: application/octet-stream",
    "Content-Transfer-Encoding: base64",
    "",
    `${file}\r\n`.repeat(110_000),
  );
  expect([subject, attachments[0]?.size]).toEqual(["File", 57 * 110_000]);
});
