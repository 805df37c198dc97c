import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { offers, type Script, scriptedServer } from "./scripted-server.fixture.ts";
import { failure, send } from "./sending.fixture.ts";
import { smtp } from "./smtp-transport.ts";

const host = "127.0.0.1";
const to = ["ada@example.com", "bob@example.com"];

describe.each(offers)("a server %s", (_offer, ehlo) => {
  it.each<[string, Script]>([
    ["to RCPT", { rcpt: "\u00e250 2.1.5 ok" }],
    ["to MAIL", { mail: "OK" }],
    ["to EHLO", { ehlo: "250-test\r\n550 no" }],
    ["to DATA, with two codes", { data: "354-go\r\n250 on" }],
    ["of too many digits", { rcpt: "2500 ok" }],
  ])("something that is no reply %s ends the connection before the mail", async (_where, script) => {
    await using server = await scriptedServer({ ehlo, ...script });
    const error = await failure(send(smtp({ host, port: server.port }), { to }));
    expect(error).toMatchObject({ code: "configuration", delivery: "not_sent" });
    await server.gone();
    expect(server.mails).toEqual([]);
  });

  it.each<[string, Script]>([
    ["one reply", { mail: "250 2.1.0 ok\r\n250 2.1.0 ok" }],
    ["three replies", { mail: "250 2.1.0 ok\r\n250 2.1.0 ok\r\n250 2.1.0 ok\r\n250 2.1.0 ok" }],
    ["a refusal", { mail: "250 2.1.0 ok\r\n550 5.1.1 no" }],
    ["an acceptance of the mail that is only asked for", { data: "354 go on\r\n250 2.0.0 taken" }],
  ])("%s too many is not taken for the answer to the next command", async (_what, script) => {
    await using server = await scriptedServer({ ehlo, ...script, body: "554 5.7.1 spam" });
    const error = await failure(send(smtp({ host, port: server.port }), { to }));
    expect(error).toMatchObject({ delivery: "not_sent" });
    await server.gone();
    expect(server.mails).toEqual([]);
  });

  it("something that is no reply to a mail leaves the outcome unknown", async () => {
    await using server = await scriptedServer({ ehlo, body: "250-taken\r\n550 refused" });
    expect(await failure(send(smtp({ host, port: server.port })))).toMatchObject({ delivery: "unknown" });
  });
});

/** A server that says the same again and again, as long as somebody listens. */
async function chatteringServer(greeting: string, text: string, everyMs: number) {
  const server = createServer((socket) => {
    socket.write(greeting);
    const timer = setInterval(() => socket.write(text), everyMs);
    socket
      .resume()
      .on("error", () => undefined)
      .on("close", () => clearInterval(timer));
  });
  await once(server.listen(0, host), "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

it("a reply that never comes to its end is a timeout, however much is said", async () => {
  await using server = await chatteringServer("220 test\r\n", "2", 10);
  const error = await failure(send(smtp({ host, port: server.port, socketTimeout: 100 })));
  expect(error).toMatchObject({ code: "timeout", delivery: "not_sent" });
});

it("empty lines without end are no reply", async () => {
  await using server = await chatteringServer("220 test\r\n", "\r\n\r\n\r\n\r\n\r\n", 1);
  const error = await failure(send(smtp({ host, port: server.port, socketTimeout: 10_000 })));
  expect(error).toMatchObject({ code: "configuration", delivery: "not_sent" });
});
