import type { CaughtMail } from "@mail/inbox";

/** The parts that readers see and two mails do not have in common. */
export function differences(one: CaughtMail, other: CaughtMail): readonly string[] {
  const parts = readable(other);
  return Object.entries(readable(one)).flatMap(([name, part]) =>
    JSON.stringify(part) === JSON.stringify(parts[name]) ? [] : [name],
  );
}

function readable(mail: CaughtMail): Readonly<Record<string, unknown>> {
  const { from, to, cc, replyTo, subject, text, html, attachments, envelope } = mail;
  // What is shown in the HTML is known by its content id: Mailgun has no other name for it.
  const files = attachments.map(({ contentId, filename, contentType, size }) => [
    contentId ?? filename,
    contentType,
    size,
  ]);
  return {
    from,
    to,
    cc,
    "reply-to": replyTo,
    subject,
    text: lines(text),
    HTML: lines(html),
    attachments: files.map((file) => JSON.stringify(file)).sort(),
    recipients: [...envelope.to].sort(),
  };
}

/** MIME ends lines and bodies in its own way. */
function lines(body = ""): string {
  return body.replaceAll("\r\n", "\n").trimEnd();
}
