import { describe, expect, it } from "vitest";
import { offers, scriptedServer } from "./scripted-server.fixture.ts";
import { failure, send } from "./sending.fixture.ts";
import { smtp } from "./smtp-transport.ts";

const host = "127.0.0.1";

describe.each(offers)("a connection at rest to a server %s", (_offer, ehlo) => {
  it("fails no mail where the server ends it after each one", async () => {
    await using server = await scriptedServer({ ehlo, afterBody: "end" });
    const transport = smtp({ host, port: server.port });
    await Promise.all(Array.from({ length: 30 }, () => send(transport)));
    expect(server.mails).toHaveLength(30);
    await transport.close?.();
  });

  it.each(["cut", "421 4.4.2 idle for too long"])(
    "that answers MAIL FROM with %s makes way for a new one",
    async (bye) => {
      let mails = 0;
      await using server = await scriptedServer({ ehlo, mail: () => (++mails === 2 ? bye : "250 2.1.0 ok") });
      const transport = smtp({ host, port: server.port });
      await send(transport);
      const receipt = await send(transport);
      expect(receipt).toMatchObject({ status: "sent", attempts: [{ transport: "smtp" }] });
      expect(server.connections()).toBe(2);
      expect(server.mails).toHaveLength(2);
      await transport.close?.();
    },
  );

  it("that answers RSET with 421 makes way for a new one", async () => {
    await using server = await scriptedServer({
      ehlo,
      rcpt: (address) => (address.startsWith("gone") ? "550 no" : "250 ok"),
      rset: "421 4.3.2 closing",
    });
    const transport = smtp({ host, port: server.port });
    await failure(send(transport, { to: "gone@example.com" }));
    await send(transport);
    expect(server.connections()).toBe(2);
    await transport.close?.();
  });

  it.each(["cut", "421 4.7.0 too fast"])(
    "gives way once: a new connection that answers %s is an error",
    async (bye) => {
      let mails = 0;
      await using server = await scriptedServer({ ehlo, mail: () => (++mails > 1 ? bye : "250 2.1.0 ok") });
      const transport = smtp({ host, port: server.port });
      await send(transport);
      expect(await failure(send(transport))).toMatchObject({ retryable: true, delivery: "not_sent" });
      expect(server.connections()).toBe(2);
      expect(server.lines.filter((line) => line.startsWith("MAIL"))).toHaveLength(3);
    },
  );

  it.each(["cut", "421 4.7.28 too fast", "550 5.7.1 no"])(
    "carries the mail once MAIL FROM was taken: %s at RCPT is an error",
    async (answer) => {
      let recipients = 0;
      await using server = await scriptedServer({ ehlo, rcpt: () => (++recipients === 2 ? answer : "250 2.1.5 ok") });
      const transport = smtp({ host, port: server.port });
      await send(transport);
      expect(await failure(send(transport))).toMatchObject({ delivery: "not_sent" });
      expect(server.connections()).toBe(1);
    },
  );

  it("is not replaced for a mail that was aborted meanwhile", async () => {
    let mails = 0;
    await using server = await scriptedServer({ ehlo, mail: () => (++mails === 2 ? "hang" : "250 2.1.0 ok") });
    const transport = smtp({ host, port: server.port });
    await send(transport);
    server.lines.length = 0;
    const controller = new AbortController();
    const sending = failure(send(transport, {}, controller.signal));
    await server.seen(/^MAIL/);
    controller.abort();
    expect(await sending).toMatchObject({ code: "aborted", delivery: "not_sent" });
    expect(server.connections()).toBe(1);
  });
});

it("is given one mail after another where thousands wait that the server cannot have", async () => {
  await using server = await scriptedServer({ ehlo: "250-test\r\n250 SIZE 100" });
  const transport = smtp({ host, port: server.port, maxConnections: 1 });
  const sends = Array.from({ length: 5_000 }, () => failure(send(transport)));
  const errors = await Promise.all(sends);
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["message_too_large"]));
  expect(server.connections()).toBe(1);
  await transport.close?.();
});
