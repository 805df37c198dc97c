import { type PreparedMessage, prepareMessage } from "@mail/core";
import { expect, test } from "vitest";
import { toSmtpRequest } from "../../packages/smtp/src/to-smtp-request.ts";
import { holdsFor, patienceMs } from "../fuzz/fuzz.ts";
import { bytesOf } from "./bytes-of.ts";
import { nodemailerMail } from "./nodemailer-mail.ts";
import { randomMessages } from "./random-messages.ts";
import { byMailparser, byPostalMime, type ReadMail } from "./read-mail.ts";

async function ourMail(mail: PreparedMessage): Promise<Buffer> {
  const request = await toSmtpRequest(mail, undefined);
  const bytes = await bytesOf(request);
  if (request.size !== undefined) expect(request.size).toBe(bytes.byteLength);
  return bytes;
}

/** Line ends are the reader's own, and a mail always ends in one; white space in headers is where lines are folded. */
function comparable(mail: ReadMail): ReadMail {
  const squeezed = (value: string): string => value.replace(/[ \t]+/g, " ").trim();
  const body = (value: string): string => value.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
  return {
    ...mail,
    subject: squeezed(mail.subject),
    text: body(mail.text),
    html: body(mail.html),
    headers: Object.fromEntries(Object.entries(mail.headers).map(([name, value = ""]) => [name, squeezed(value)])),
  };
}

function expectSoundLines(source: Buffer, mail: PreparedMessage): void {
  const text = source.toString("latin1");
  expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n\0]/);
  const lines = text.split("\r\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(998);
  const body = text.slice(text.indexOf("\r\n\r\n") + 4).split("\r\n");
  expect(body.filter((line) => line.length > 76 && !/^(?:[A-Z][\w-]*:|[ \t])/.test(line))).toEqual([]);
  expect(body.filter((line) => line.startsWith(".") || line.startsWith("From "))).toEqual([]);
  const international = JSON.stringify(
    [mail.from, mail.sender, mail.to, mail.cc, mail.replyTo].flat().map((one) => one?.address),
  );
  if (/^[\x20-\x7e]*$/.test(international)) expect(text).toMatch(/^[\t\r\n\x20-\x7e]*$/);
  else expect(body.join("")).toMatch(/^[\t\x20-\x7e]*$/);
}

test(
  "a mail reads the same, whether we or nodemailer composed it, to two parsers",
  async () => {
    await holdsFor(randomMessages, 500, async (message) => {
      const mail = prepareMessage(message);
      const [ours, theirs] = [await ourMail(mail), await nodemailerMail(mail)];
      expectSoundLines(ours, mail);
      const names = Object.keys(mail.headers);
      for (const read of [byPostalMime, byMailparser])
        expect(comparable(await read(ours, names)), read.name).toEqual(comparable(await read(theirs, names)));
    });
  },
  patienceMs,
);
