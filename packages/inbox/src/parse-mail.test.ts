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
