import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { nothingYet, reportOf, SinkSession, type SmtpReport } from "./sink-session.ts";

const mail = "Subject: dots\r\n\r\n.\r\n..\r\nlast\r\n";
const stuffed = "Subject: dots\r\n\r\n..\r\n...\r\nlast\r\n";
const dialogue = [
  "EHLO client.example\r\n",
  `MAIL FROM:<a@acme.example>\r\nRCPT TO:<user1@example.com>\r\nDATA\r\n${stuffed}.\r\n`,
  "MAIL FROM:<a@acme.example>\r\nRCPT TO:<user20@example.com>\r\nRCPT TO:<user300@example.com>\r\nDATA\r\n.\r\n",
  `MAIL FROM:<a@acme.example>\r\nRCPT TO:<user4000@example.com>\r\nBDAT 10\r\n${mail.slice(0, 10)}`,
  `BDAT ${mail.length - 10} LAST\r\n${mail.slice(10)}`,
  "QUIT\r\n",
].join("");

/** What the sink makes of `bytes` that arrive in pieces of `size`. */
function take(bytes: string, size: number): { readonly report: SmtpReport; readonly replies: readonly string[] } {
  const report = nothingYet();
  const socket = new PassThrough();
  const session = new SinkSession(socket, { latencyMs: 0, extensions: ["PIPELINING", "CHUNKING"] }, () => report);
  for (let place = 0; place < bytes.length; place += size) session.take(Buffer.from(bytes.slice(place, place + size)));
  return { report: reportOf(report), replies: String(socket.read()).trimEnd().split("\r\n") };
}

test("mails are counted alike however the network cuts them", () => {
  for (let size = 1; size <= dialogue.length; size++) {
    const { report, replies } = take(dialogue, size);
    expect(report).toMatchObject({ mails: 3, recipientSum: 4321, smallest: 0, violations: [], kept: mail });
    // The greeting, EHLO's four lines, then one for each command, body and chunk.
    const codes = "220 250 250 250 250 250 250 354 250 250 250 250 354 250 250 250 250 250 221";
    expect(replies.map((line) => line.slice(0, 3)).join(" ")).toBe(codes);
  }
});

test("a mail that came by BDAT is kept as it came", () => {
  const byChunks = dialogue.slice(dialogue.lastIndexOf("MAIL FROM"));
  for (let size = 1; size <= byChunks.length; size++) expect(take(byChunks, size).report.kept).toBe(mail);
});

test("DATA without a recipient is noticed", () => {
  expect(take("MAIL FROM:<a@acme.example>\r\nDATA\r\n", 100).report.violations).toEqual(["DATA"]);
});
