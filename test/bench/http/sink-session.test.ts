import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { HttpSinkSession, nothingYet } from "./sink-session.ts";

const body = JSON.stringify({ personalizations: [{ to: [{ email: "user7@example.com" }] }] });
const bulk = JSON.stringify({ BulkEmailEntries: [{}, {}] });
const requests = [
  `POST /v3/mail/send HTTP/1.1\r\nHost: sink\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  `POST /v3/mg.acme.example/messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nuser8\r\nc\r\n@example.com\r\n0\r\n\r\n`,
  `POST /v2/email/outbound-bulk-emails HTTP/1.1\r\ncontent-length:${bulk.length}\r\n\r\n${bulk}`,
].join("");

test("requests are counted and answered alike however the network cuts them", () => {
  for (let size = 1; size <= requests.length; size++) {
    const counts = nothingYet();
    const socket = new PassThrough();
    const session = new HttpSinkSession(socket, { findRecipients: true }, () => counts);
    for (let place = 0; place < requests.length; place += size)
      session.take(Buffer.from(requests.slice(place, place + size)));
    expect(counts).toMatchObject({ requests: 3, first: body, smallest: "user8@example.com".length });
    expect([...counts.recipients]).toEqual(["7", "8"]);
    const answers = String(socket.read());
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 202", "HTTP/1.1 200", "HTTP/1.1 200"]);
    expect(answers.match(/"Status":"SUCCESS"/g)).toHaveLength(2);
  }
});
