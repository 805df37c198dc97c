/**
 * What composing a mail costs, beside nodemailer's MailComposer: microseconds of CPU a mail, medians of interleaved
 * rounds. Run it by `npx node --conditions=@mail/source test/bench/compose.ts`.
 */
import { type Message, prepareMessage } from "@mail/core";
import { EncodedAttachments } from "../../packages/smtp/src/compose/encoded-attachments.ts";
import { toSmtpRequest } from "../../packages/smtp/src/to-smtp-request.ts";
import { nodemailerMail } from "../compose/nodemailer-mail.ts";
import { formatted, median, range, ratioText } from "./suite/statistics.ts";

const rounds = 9;
const sampleMs = 300;

interface ComposeCase {
  readonly name: string;
  message(count: number): Message;
}

const words = "Hello Ada, your order no. 4711 is on its way. Grüße, Acme. ";
const row = `<tr><td style="padding: 12px">${words}</td></tr>\n`;
const envelope = {
  from: "Acme <hello@acme.example>",
  to: "Ada <ada@example.com>",
  subject: "Your order is on its way",
};
const small = { ...envelope, text: `${words}\n`.repeat(8), html: `<table>${row.repeat(9)}</table>` };
const megabyte = Buffer.from(
  Uint8Array.from({ length: 1024 * 1024 }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 13),
);

const cases: readonly ComposeCase[] = [
  { name: "1.9 KB, text and html", message: () => small },
  { name: "100 KB of html", message: () => ({ ...envelope, html: row.repeat(1_100) }) },
  {
    name: "1 MB attached, distinct",
    message(count) {
      megabyte.writeUInt32LE(count);
      return { ...small, attachments: [{ filename: "a.pdf", content: megabyte }] };
    },
  },
  {
    name: "1 MB attached, the same in all",
    message: () => ({ ...small, attachments: [{ filename: "a.pdf", content: megabyte }] }),
  },
];

const encoded = new EncodedAttachments();
const composers = {
  ours: (message: Message) => toSmtpRequest(prepareMessage(message), undefined, encoded),
  nodemailer: (message: Message) => nodemailerMail(prepareMessage(message)),
};
let count = 0;

/** Microseconds of CPU a mail. */
async function sample(compose: (message: Message) => unknown, { message }: ComposeCase): Promise<number> {
  const before = process.cpuUsage();
  const end = performance.now() + sampleMs;
  let mails = 0;
  for (; performance.now() < end; mails++) await compose(message(++count));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / mails;
}

console.log(
  "| mail | ours, µs | min–max | nodemailer, µs | min–max | times as fast |\n| --- | --- | --- | --- | --- | --- |",
);
for (const one of cases) {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const pair = [await sample(composers.ours, one), await sample(composers.nodemailer, one)] as const;
    if (round === 0) continue;
    ours.push(pair[0]);
    theirs.push(pair[1]);
  }
  const ratio = ratioText(median(theirs.map((value, round) => value / (ours[round] ?? Number.NaN))));
  const figures = [ours, theirs].map((list) => `${formatted(median(list), 1)} | ${range(list, 1)}`);
  console.log(`| ${one.name} | ${figures.join(" | ")} | ${ratio} |`);
}
