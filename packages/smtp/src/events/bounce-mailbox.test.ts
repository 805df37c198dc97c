import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { scriptedServer } from "../scripted-server.fixture.ts";
import { failure } from "../sending.fixture.ts";
import { type BounceMailboxOptions, bounceMailbox } from "./index.ts";
import { imapEndpoint } from "./mailbox-options.ts";

const auth = { user: "bounces@acme.example", pass: "correct horse" };
const imap = { host: "imap.acme.example", auth };
const deliver = () => new Response();

test.each<[object, string]>([
  [{ deliver }, "imap"],
  [{ imap }, "deliver"],
  [{ imap: { auth }, deliver }, "imap.host"],
  [{ imap: { host: "imap.acme.example" }, deliver }, "imap.auth"],
  [{ imap: { ...imap, auth: { user: "x" } }, deliver }, "imap.auth"],
  [{ imap: { ...imap, auth: { ...auth, accessToken: "y" } }, deliver }, "imap.auth"],
  [{ imap: { ...imap, auth: { ...auth, password: "y" } }, deliver }, "imap.auth.password"],
  [{ imap: { ...imap, port: 70_000 }, deliver }, "imap.port"],
  [{ imap: { ...imap, starttls: true }, deliver }, "imap.starttls"],
  [{ imap, deliver, moveTo: "INBOX" }, "moveTo"],
  [{ imap, deliver, pollMs: 0 }, "pollMs"],
  [{ imap, deliver, folder: "x" }, "folder"],
])("options %j are refused at %s", (options, field) => {
  expect(() => bounceMailbox(options as BounceMailboxOptions)).toThrow(
    expect.objectContaining({ code: "configuration", field }),
  );
});

test.each([
  [{}, { port: 993, secure: true }],
  [{ port: 143 }, { port: 143, secure: false, doSTARTTLS: true }],
  [{ secure: false }, { port: 143, secure: false, doSTARTTLS: true }],
  [{ port: 10_993 }, { port: 10_993, secure: true }],
])("with %j a password goes through TLS alone: %j", (options, expected) => {
  expect(imapEndpoint({ ...imap, ...options })).toEqual({
    host: imap.host,
    tls: { minVersion: "TLSv1.2" },
    ...expected,
  });
});

test("only on this machine STARTTLS may be missing", () => {
  expect(imapEndpoint({ ...imap, host: "127.0.0.1", port: 143 })).not.toHaveProperty("doSTARTTLS");
});

test("a server that is not there is an error that says so, without the password", async () => {
  const { port } = await (async () => {
    await using server = await scriptedServer();
    return server;
  })();
  const mailbox = bounceMailbox({ imap: { host: "127.0.0.1", port, secure: false, auth }, deliver });
  const error = await failure(mailbox.collect());
  expect(error).toMatchObject({ code: "connection", retryable: true });
  expect(JSON.stringify([error.message, error.hint, error.cause])).not.toContain("correct horse");
});

test("what the login's function throws comes out", async () => {
  const noToken = () => Promise.reject(new Error("no token"));
  const mailbox = bounceMailbox({ imap: { ...imap, auth: noToken }, deliver });
  await expect(mailbox.collect()).rejects.toThrow("no token");
});

test("a server that repeats the login in its refusal does not get the password into the error", async () => {
  const server = createServer((socket) => {
    socket.write("* OK [CAPABILITY IMAP4rev1] hello\r\n");
    socket.on("data", (data) => {
      for (const line of data.toString().trimEnd().split("\r\n")) socket.write(answerTo(line));
    });
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const mailbox = bounceMailbox({ imap: { host: "127.0.0.1", port, secure: false, auth }, deliver });
  const error = await failure(mailbox.collect());
  server.close();
  expect(error.code).toBe("authentication");
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("correct horse");
});

function answerTo(line: string): string {
  const [tag, command] = line.split(" ");
  return command === "LOGIN" ? `${tag} NO [AUTHENTICATIONFAILED] not: ${line}\r\n` : `${tag} OK\r\n`;
}
