import { createMailer, fromUrl, MailError, type PreparedMessage, prepareMessage } from "@mail/core";
import { type Inbox, startInbox, type Via } from "@mail/inbox";
import { mailgun } from "@mail/mailgun";
import { sendgrid } from "@mail/sendgrid";
import { ses } from "@mail/ses";
import { smtp } from "@mail/smtp";
import PostalMime, { decodeWords, type Address as ParsedAddress } from "postal-mime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdsFor, inTime, patienceMs } from "./fuzz.ts";
import { nastyMessages } from "./mail-inputs.ts";

let inbox: Inbox;
beforeAll(async () => {
  inbox = await startInbox({ port: 0 });
});
afterAll(() => inbox.close());

/** What a mail has besides what the app wrote, by us, the server or the provider. */
const usualHeaders = new Set(
  "from sender to cc reply-to subject date message-id mime-version content-type content-transfer-encoding content-disposition content-id received x-mail-id in-reply-to references list-unsubscribe list-unsubscribe-post x-mailgun-tag x-mailgun-variables feedback-id".split(
    " ",
  ),
);

const addresses = (list: readonly ParsedAddress[] = []): string[] =>
  list
    .flatMap((entry) => (entry.group ? entry.group : [entry]))
    .map(({ address = "" }) => lower(address))
    .sort();
const names = (list: readonly ParsedAddress[] = []): string[] => list.map(({ name }) => name).sort();
const own = (list: readonly { readonly address: string }[]): string[] =>
  list.map(({ address }) => lower(address)).sort();
const lower = (text: string): string => text.toLowerCase();
const squeezed = (text: string): string => text.replace(/\s+/g, " ").trim();
/** MIME ends lines and bodies in its own way. */
const bodyOf = (text = ""): string => text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");

async function whatIsWrong(
  via: Via,
  mail: PreparedMessage,
  source: Uint8Array,
  envelope: readonly string[],
  accepted: readonly string[],
): Promise<string[]> {
  const problems: string[] = [];
  // What looks like an encoded word, a provider may write as it is.
  const plain = (text = ""): boolean => via === "smtp" || !text.includes("=?");
  const same = (what: string, got: unknown, wanted: unknown): void => {
    if (JSON.stringify(got) !== JSON.stringify(wanted))
      problems.push(
        `${via}, ${what}: ${JSON.stringify(got)?.slice(0, 400)} instead of ${JSON.stringify(wanted)?.slice(0, 400)}`,
      );
  };
  // Of other mails the provider makes the MIME source.
  if (via === "smtp" || (via === "ses" && mail.calendar !== undefined)) {
    const text = Buffer.from(source).toString("latin1");
    const longest = Math.max(...text.split("\r\n").map((line) => line.length));
    if (longest > 998) problems.push(`a line of ${longest} bytes`);
    if (/\r(?!\n)|(?<!\r)\n|\0/.test(text)) problems.push("a bare CR, LF or NUL");
  }
  const read = await PostalMime.parse(source);
  const wanted = new Set(Object.keys(mail.headers).map((name) => name.toLowerCase()));
  same(
    "headers too many",
    read.headers.map(({ key }) => key).filter((key) => !usualHeaders.has(key) && !wanted.has(key)),
    [],
  );
  same(
    "headers repeated",
    [...Map.groupBy(read.headers, ({ key }) => key)]
      .filter(([key, all]) => all.length > 1 && !/^(?:received|x-mailgun-tag)$/.test(key))
      .map(([key]) => key),
    [],
  );
  same("from", addresses(read.from && [read.from]), own([mail.from]));
  if (plain(mail.from.name)) same("from's name", squeezed(read.from?.name ?? ""), squeezed(mail.from.name ?? ""));
  same("to", addresses(read.to), own(mail.to));
  same("cc", addresses(read.cc), own(mail.cc));
  same("reply-to", [...new Set(addresses(read.replyTo))], [...new Set(own(mail.replyTo))]);
  if (mail.replyTo.every(({ name }) => plain(name)))
    same(
      "reply-to's names",
      [...new Set(names(read.replyTo).map(squeezed))],
      [...new Set(mail.replyTo.map(({ name = "" }) => squeezed(name)))].sort(),
    );
  same("envelope", [...envelope].map(lower).sort(), [...accepted].map(lower).sort());
  if (plain(mail.subject)) same("subject", squeezed(read.subject ?? ""), squeezed(mail.subject));
  for (const [name, value] of Object.entries(mail.headers)) {
    // Software on the way makes Message-IDs of what is none: they are in ASCII (RFC 5322 section 3.6.4).
    if (/^(?:In-Reply-To|References)$/.test(name) && /[^\x20-\x7e]/.test(value)) continue;
    const got = read.headers.find(({ key }) => key === name.toLowerCase())?.value;
    if (got === undefined || squeezed(got) !== squeezed(value))
      same(name, got === undefined ? undefined : squeezed(decodeWords(got)), squeezed(value));
  }
  if (mail.text !== undefined) same("text", bodyOf(read.text), bodyOf(mail.text));
  if (mail.html !== undefined) same("html", bodyOf(read.html), bodyOf(mail.html));
  /** In forms, readers disagree on backslashes, and %22 is a quote (HTML, "multipart/form-data encoding algorithm"). */
  const asInForms = (name: string): string =>
    via === "mailgun" ? name.replaceAll("\\", "").replaceAll("%22", '"') : name;
  const files = read.attachments.filter(({ mimeType }) => mimeType !== "text/calendar");
  if (mail.calendar !== undefined) {
    const [invitation] = read.attachments.filter(({ mimeType }) => mimeType === "text/calendar");
    same(
      "calendar",
      bodyOf(Buffer.from((invitation?.content ?? "") as ArrayBuffer).toString()),
      bodyOf(mail.calendar.content),
    );
  }
  same("number of attachments", files.length, mail.attachments.length);
  for (const [index, { filename, contentType }] of mail.attachments.entries()) {
    const got = files[index];
    same("filename", asInForms(got?.filename ?? ""), asInForms(filename ?? ""));
    same("type", got?.mimeType, contentType.replace(/;.*/, ""));
    same(
      "content",
      Buffer.from((got?.content ?? "") as ArrayBuffer).toString("hex"),
      Buffer.from((await mail.attachments[index]?.bytes()) ?? []).toString("hex"),
    );
  }
  return problems;
}

test.each(["smtp", "sendgrid", "mailgun", "ses"] as const)(
  "what %s carries is the message and nothing else",
  async (via) => {
    await using mailer = createMailer({ transport: fromUrl(inbox.urls[via], [smtp, sendgrid, mailgun, ses]) });
    let carried = 0;
    await holdsFor(nastyMessages, 150, async (message) => {
      let mail: PreparedMessage;
      try {
        mail = prepareMessage(message);
      } catch (thrown) {
        if (!MailError.is(thrown)) throw thrown;
        return;
      }
      inbox.clear();
      const result = await inTime(mailer.send(message).catch((thrown: unknown) => thrown as Error));
      if (result instanceof Error) {
        expect(MailError.is(result)).toBe(true);
        expect(result).toMatchObject({ delivery: "not_sent" });
        expect(inbox.messages()).toEqual([]);
        return;
      }
      const caught = inbox.messages().filter(({ mailId }) => mailId === result.id);
      expect(inbox.messages().length).toBe(caught.length);
      carried++;
      const envelope = caught.flatMap((copy) => copy.envelope.to);
      const [first] = caught;
      const answered = [...result.accepted, ...result.rejected.map(({ address }) => address)];
      expect(answered.sort()).toEqual([...mail.envelope.to].sort());
      expect(
        await whatIsWrong(
          via,
          { ...mail, headers: { ...mail.headers, "X-Mail-Id": result.id } },
          inbox.source(first?.id ?? "") ?? new Uint8Array(),
          envelope,
          result.accepted,
        ),
      ).toEqual([]);
    });
    expect(carried).toBeGreaterThan(30);
  },
  patienceMs,
);
