import type { MailError } from "@mail/core";
import { describe, expect, it } from "vitest";
import { offers, type Script, scriptedServer } from "./scripted-server.fixture.ts";
import { failure, send, verify } from "./sending.fixture.ts";
import { smtp } from "./smtp-transport.ts";

const host = "127.0.0.1";

describe.each(offers)("the caller's signal, with a server %s,", (_offer, ehlo) => {
  it.each<[string, Script, RegExp, string]>([
    ["at EHLO", { ehlo: "hang" }, /^EHLO/, "not_sent"],
    ["at MAIL", { mail: "hang" }, /^MAIL/, "not_sent"],
    ["at RCPT", { rcpt: () => "hang" }, /^RCPT/, "not_sent"],
    ["at DATA", { data: "hang" }, /^DATA/, "not_sent"],
    ["after the body", { body: "hang" }, /^\(body\)/, "unknown"],
  ])("ends a send %s and tells the outcome", async (_when, script, line, delivery) => {
    await using server = await scriptedServer({ ehlo, ...script });
    const controller = new AbortController();
    const sending = failure(send(smtp({ host, port: server.port }), {}, controller.signal));
    await server.seen(line);
    controller.abort();
    expect(await sending).toMatchObject({ code: "aborted", delivery });
  });

  it("ends a send that waits for a connection, and leaves the mail on it alone", async () => {
    let body = "hang";
    await using server = await scriptedServer(() => ({ ehlo, body }));
    const transport = smtp({ host, port: server.port, maxConnections: 1 });
    const first = new AbortController();
    const second = new AbortController();
    const holding = failure(send(transport, {}, first.signal));
    await server.seen(/^\(body\)/);
    const waiting = failure(send(transport, {}, second.signal));
    const third = send(transport);
    second.abort();
    expect(await waiting).toMatchObject({ code: "aborted", delivery: "not_sent" });
    body = "250 2.0.0 taken";
    first.abort();
    expect(await holding).toMatchObject({ code: "aborted", delivery: "unknown" });
    expect(await third).toMatchObject({ status: "sent" });
  });

  it("of one mail does not touch another in flight", async () => {
    let body = "hang";
    await using server = await scriptedServer(() => ({ ehlo, body }));
    const transport = smtp({ host, port: server.port });
    const controller = new AbortController();
    const cancelled = failure(send(transport, {}, controller.signal));
    await server.seen(/^\(body\)/);
    body = "250 2.0.0 taken";
    const other = send(transport);
    controller.abort();
    expect(await cancelled).toMatchObject({ code: "aborted" });
    expect(await other).toMatchObject({ status: "sent" });
  });

  it("ends verify", async () => {
    await using server = await scriptedServer({ ehlo: "hang" });
    const controller = new AbortController();
    const verifying = failure(verify(smtp({ host, port: server.port }), controller.signal));
    await server.seen(/^EHLO/);
    controller.abort();
    expect(await verifying).toMatchObject({ code: "aborted", delivery: "not_sent" });
  });

  it("ends a send whose attachment never comes", async () => {
    await using server = await scriptedServer({ ehlo });
    const controller = new AbortController();
    const { promise: opened, resolve } = Promise.withResolvers<void>();
    const content = (): Promise<string> => {
      resolve();
      return new Promise(() => undefined);
    };
    const sending = failure(send(smtp({ host, port: server.port }), { attachments: [{ content }] }, controller.signal));
    await opened;
    controller.abort();
    expect(await sending).toMatchObject({ code: "aborted", delivery: "not_sent" });
    expect(server.connections()).toBe(0);
  });

  it("at any moment never makes the outcome a lie", async () => {
    await using server = await scriptedServer({ ehlo });
    const transport = smtp({ host, port: server.port, maxConnections: 3 });
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, async (_, turns) => {
        const controller = new AbortController();
        const subject = `mail ${turns}`;
        const sending = send(transport, { subject, text: "x".repeat(turns * 5_000) }, controller.signal).then(
          () => "sent" as const,
          (error: MailError) => error.delivery,
        );
        for (let turn = 0; turn < turns * 3; turn++) await new Promise(setImmediate);
        controller.abort();
        return [subject, await sending] as const;
      }),
    );
    await transport.close?.();
    const arrived = server.mails.map(({ source }) => /^Subject: (.*)\r$/m.exec(source.toString())?.[1]);
    for (const [subject, outcome] of outcomes) {
      const copies = arrived.filter((other) => other === subject).length;
      if (outcome === "sent") expect(copies).toBe(1);
      else expect(copies).toBeLessThanOrEqual(outcome === "unknown" ? 1 : 0);
    }
    expect(new Set(outcomes.map(([, outcome]) => outcome))).toContain("not_sent");
  });
});
