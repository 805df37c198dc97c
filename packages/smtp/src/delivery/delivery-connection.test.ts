import type { MailError, Message, Receipt, Transport } from "@mail/core";
import PostalMime from "postal-mime";
import { describe, expect, it, vi } from "vitest";
import { type ScriptedServer, scriptedServer } from "../scripted-server.fixture.ts";
import { failure, send } from "../sending.fixture.ts";
import { smtp } from "../smtp-transport.ts";

const host = "127.0.0.1";
const pipelining = "250-test\r\n250 PIPELINING";
const chunking = "250-test\r\n250-PIPELINING\r\n250 CHUNKING";

type Told = "sent" | MailError["delivery"];

const told = (sending: Promise<Receipt>): Promise<Told> =>
  sending.then(
    () => "sent",
    (error: MailError) => error.delivery,
  );

const one = (server: ScriptedServer): Transport => smtp({ host, port: server.port, maxConnections: 1 });

const to = (name: string): Message => ({ to: `${name}@example.com` });

/** Sends mails in turn, after which a server with CHUNKING is known to take several at once. */
async function warmUp(transport: Transport, server: ScriptedServer): Promise<void> {
  for (let mail = 0; mail < 3; mail++) await send(transport);
  server.lines.length = 0;
  server.mails.length = 0;
}

const verbs = (server: ScriptedServer): string => server.lines.map((line) => line.split(/[ :]/)[0]).join(" ");
const arrived = (server: ScriptedServer): readonly string[] => server.mails.flatMap((mail) => mail.to);

describe("PIPELINING", () => {
  it("has the next mail's envelope follow the mail before without a wait", async () => {
    let body = "hang";
    await using server = await scriptedServer(() => ({ ehlo: pipelining, body }));
    const transport = one(server);
    const first = told(send(transport, to("first")));
    const second = told(send(transport, to("second")));
    await server.seen(/^RCPT TO:<second/);
    expect(verbs(server)).toBe("EHLO MAIL RCPT DATA (body) RSET MAIL RCPT DATA");
    body = "250 ok";
    server.drop();
    expect([await first, await second]).toEqual(["unknown", "sent"]);
  });

  it("sends no empty mail where DATA is answered with 354 although all recipients were refused", async () => {
    await using server = await scriptedServer({ ehlo: pipelining, rcpt: "550 5.1.1 no", lenient: true });
    const transport = one(server);
    expect(await failure(send(transport))).toMatchObject({ code: "recipient_rejected", delivery: "not_sent" });
    await server.gone();
    expect(server.lines).not.toContain("(body)");
    // And does not ask such a server for DATA again before it has answered.
    await failure(send(transport));
    expect(verbs(server)).toBe("EHLO MAIL RCPT DATA EHLO MAIL RCPT");
  });

  it("is not used again where commands that came together were left unanswered", async () => {
    let rcpt = "hang";
    await using server = await scriptedServer(() => ({ ehlo: pipelining, rcpt }));
    const transport = smtp({ host, port: server.port, socketTimeout: 2_500 });
    expect(await failure(send(transport))).toMatchObject({ code: "timeout", delivery: "not_sent" });
    rcpt = "550 5.1.1 no";
    await failure(send(transport));
    expect(verbs(server)).toBe("EHLO MAIL RCPT DATA EHLO MAIL RCPT");
  });
});

describe("PIPELINING and the next mail", () => {
  it("waits for the answer to the one before where a server refuses what comes with the end of a mail", async () => {
    await using server = await scriptedServer({ ehlo: pipelining, strict: true });
    const transport = one(server);
    const outcomes = await Promise.all("abcdefgh".split("").map((name) => told(send(transport, to(name)))));
    expect(outcomes).toEqual(Array.from({ length: 8 }, () => "sent"));
    expect(arrived(server)).toHaveLength(8);
    // The first one found it out.
    expect(server.connections()).toBe(2);
    expect(verbs(server)).toContain("MAIL RCPT DATA (body) MAIL RCPT DATA (body)");
  });
});

describe("CHUNKING", () => {
  it("has several mails on their way at once, and each gets its own answer", async () => {
    const refused: Readonly<Record<string, string>> = {
      "b@example.com": "550 5.1.1 no",
      "d@example.com": "451 4.2.0 busy",
    };
    let bodies = 0;
    await using server = await scriptedServer({
      ehlo: chunking,
      rcpt: (address) => refused[address] ?? "250 ok",
      body: () => (++bodies === 6 ? "554 5.7.1 spam" : "250 ok"),
    });
    const transport = one(server);
    await warmUp(transport, server);
    const outcomes = await Promise.all("abcdefgh".split("").map((name) => told(send(transport, to(name)))));
    // The third of those with a recipient, and so the sixth in all, is e.
    expect(outcomes).toEqual(["sent", "not_sent", "sent", "not_sent", "not_sent", "sent", "sent", "sent"]);
    expect(verbs(server)).toContain("RSET MAIL RCPT BDAT");
    expect(server.mails.filter(({ reply }) => reply === "250 ok").flatMap((mail) => mail.to)).toEqual(
      ["a", "c", "f", "g", "h"].map((name) => `${name}@example.com`),
    );
    expect(server.connections()).toBe(1);
  });

  it("goes on with several at once where those before were answered together, however long it has had no rest", async () => {
    await using server = await scriptedServer({ ehlo: chunking });
    const transport = one(server);
    await warmUp(transport, server);
    const start = performance.now();
    using clock = vi.spyOn(performance, "now").mockReturnValue(start);
    server.pause();
    const sends = Array.from({ length: 20 }, (_, index) => send(transport, to(`user${index}`)));
    await server.unread(/user7@example\.com.*BDAT/s);
    clock.mockReturnValue(start + 60_000);
    server.resume();
    await Promise.all(sends);
    expect(server.lines).not.toContain("DATA");
    expect(arrived(server)).toHaveLength(20);
  });

  it("leaves the others alone where MAIL FROM is refused for one", async () => {
    let mails = 0;
    await using server = await scriptedServer({
      ehlo: chunking,
      mail: () => (++mails === 5 ? "550 5.7.60 not yours" : "250 ok"),
      // The server has no sender for it.
      rcpt: () => (mails === 5 ? "503 5.5.1 MAIL first" : "250 ok"),
    });
    const transport = one(server);
    await warmUp(transport, server);
    const errors = await Promise.all("abc".split("").map((name) => send(transport, to(name)).catch((error) => error)));
    expect(errors).toMatchObject([
      { status: "sent" },
      { code: "permission", delivery: "not_sent" },
      { status: "sent" },
    ]);
    expect(arrived(server)).toEqual(["a@example.com", "c@example.com"]);
  });

  it("tells truly what became of each mail when the connection drops with several on their way", async () => {
    let bodies = 0;
    await using server = await scriptedServer({
      ehlo: chunking,
      rcpt: (address) => (address.startsWith("no") ? "550 5.1.1 no" : "250 ok"),
      body: () => (++bodies === 5 ? "cut" : "250 ok"),
    });
    const transport = one(server);
    await warmUp(transport, server);
    const sends = ["a", "b", "c", "d"].map((name) => told(send(transport, to(name))));
    // The fourth is taken, the fifth is taken without an answer, and the server gets no further.
    expect(await Promise.all(sends)).toEqual(["sent", "unknown", "unknown", "unknown"]);
    // One that hurt several at once gets them one by one.
    server.lines.length = 0;
    await Promise.all(["e", "f"].map((name) => send(transport, to(name))));
    expect(verbs(server)).toBe("EHLO MAIL RCPT DATA (body) RSET MAIL RCPT DATA (body)");
  });

  it("is not used for several at once with a server that answers what it was not asked", async () => {
    let body = "250 ok";
    await using server = await scriptedServer(() => ({ ehlo: chunking, body }));
    const transport = one(server);
    await warmUp(transport, server);
    body = "250 ok\r\n250 ok";
    await send(transport);
    body = "250 ok";
    server.lines.length = 0;
    await send(transport);
    await Promise.all(["a", "b"].map((name) => send(transport, to(name))));
    expect(verbs(server)).not.toContain("BDAT");
  });

  it("sends what follows a 421 over another connection", async () => {
    let mails = 0;
    await using server = await scriptedServer(() => ({
      ehlo: chunking,
      mail: () => (++mails === 5 ? "421 4.7.0 enough for one connection" : "250 ok"),
    }));
    const transport = one(server);
    await warmUp(transport, server);
    const sends = ["a", "b", "c", "d"].map((name) => told(send(transport, to(name))));
    expect(await Promise.all(sends)).toEqual(["sent", "sent", "sent", "sent"]);
    expect(server.connections()).toBe(2);
  });

  it("sends what follows a RSET by which a server has had enough over another connection", async () => {
    let resets = 0;
    await using server = await scriptedServer({
      ehlo: chunking,
      rset: () => (++resets === 2 ? "554 5.5.0 Too many nonmail commands" : "250 ok"),
      leaves: /^554/,
    });
    const transport = one(server);
    await warmUp(transport, server);
    const sends = ["a", "b", "c", "d"].map((name) => told(send(transport, to(name))));
    expect(await Promise.all(sends)).toEqual(["sent", "sent", "sent", "sent"]);
    expect(arrived(server).toSorted()).toEqual("abcd".split("").map((name) => `${name}@example.com`));
    expect(server.connections()).toBe(2);
    // That says nothing about several mails at once.
    server.lines.length = 0;
    await Promise.all(["e", "f", "g", "h"].map((name) => send(transport, to(name))));
    expect(verbs(server)).toContain("RSET MAIL RCPT BDAT");
  });

  it.each(["mail", "rcpt", "body"] as const)("goes on where the server does after 421 to %s", async (at) => {
    let asked = 0;
    const later = (): string => (++asked === 5 ? "421 4.7.0 later" : "250 ok");
    const rcpt = (): string => (at === "mail" && asked === 5 ? "503 5.5.1 MAIL first" : "250 ok");
    await using server = await scriptedServer({ ehlo: chunking, rcpt, [at]: later, stays: true });
    const transport = one(server);
    await warmUp(transport, server);
    const sends = ["a", "b", "c", "d"].map((name) => told(send(transport, to(name))));
    expect(await Promise.all(sends)).toEqual(["sent", "not_sent", "sent", "sent"]);
    const taken = server.mails.filter(({ reply }) => reply.startsWith("250"));
    expect(taken.flatMap((mail) => mail.to)).toEqual(["a@example.com", "c@example.com", "d@example.com"]);
    expect(server.connections()).toBe(1);
  });

  it("does not guess where the server took RSET for a time to leave, and went on", async () => {
    await using server = await scriptedServer(() => ({ ehlo: chunking, rset, stays: true }));
    let rset = "250 ok";
    const transport = one(server);
    await warmUp(transport, server);
    rset = "421 4.3.2 closing";
    const sends = ["a", "b"].map((name) => told(send(transport, to(name))));
    expect(await Promise.all(sends)).toEqual(["sent", "unknown"]);
    expect(arrived(server)).toEqual(["a@example.com", "b@example.com"]);
  });

  it("tells of each recipient what a server said that goes on after 421", async () => {
    await using server = await scriptedServer({
      ehlo: chunking,
      rcpt: (address) => (address.startsWith("later") ? "421 4.7.0 later" : "250 ok"),
      stays: true,
    });
    const transport = one(server);
    await warmUp(transport, server);
    const receipt = await send(transport, { to: ["later@example.com", "now@example.com"] });
    expect(receipt).toMatchObject({
      accepted: ["now@example.com"],
      rejected: [{ address: "later@example.com", error: { response: { smtpCode: 421 } } }],
    });
  });

  it("hands no mail over to a server that ends the connection after each one, before it has taken the envelope", async () => {
    await using server = await scriptedServer({ ehlo: chunking, afterBody: "end" });
    const transport = smtp({ host, port: server.port, maxConnections: 2 });
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => told(send(transport))));
    expect(outcomes).toEqual(Array.from({ length: 20 }, () => "sent"));
  });

  it("is found out with one header line, and DATA taken where the server does not know BDAT", async () => {
    await using server = await scriptedServer({ ehlo: chunking, lying: true });
    const transport = one(server);
    const text = "MAIL FROM:<spy@evil.example>\r\nRCPT TO:<spy@evil.example>\r\nDATA\r\nspam\r\n.\r\n";
    for (let mail = 0; mail < 5; mail++) await send(transport, { text });
    expect(server.mails).toHaveLength(5);
    expect(server.lines.filter((line) => line.startsWith("BDAT"))).toHaveLength(1);
    expect(server.lines.join("\n")).not.toContain("spy@");
  });

  it("carries a mail of any size as it was composed", async () => {
    await using server = await scriptedServer({ ehlo: chunking });
    const transport = one(server);
    await warmUp(transport, server);
    const texts = ["x", ".\n..\n.", "y".repeat(70_000), ".\n".repeat(100_000), "z".repeat(2_000_000)];
    await Promise.all(texts.map((text) => send(transport, { text })));
    const parsed = await Promise.all(server.mails.map(({ source }) => PostalMime.parse(source)));
    expect(parsed.map(({ text }) => text?.trimEnd())).toEqual(texts.map((text) => text.trimEnd()));
    expect(server.lines.filter((line) => line.startsWith("BDAT"))).toHaveLength(texts.length);
  });

  it.each(["250 ok", "554 5.7.1 spam"])(
    "waits for the answer to an aborted mail, here %s, for the others' sake",
    async (answer) => {
      let bodies = 0;
      await using server = await scriptedServer({ ehlo: chunking, body: () => (++bodies === 5 ? answer : "250 ok") });
      const transport = one(server);
      await warmUp(transport, server);
      server.pause();
      const controller = new AbortController();
      const first = told(send(transport, to("a")));
      const second = told(send(transport, to("b"), controller.signal));
      const third = told(send(transport, to("c")));
      await server.unread(/c@example\.com.*BDAT/s);
      controller.abort();
      expect(await second).toBe("unknown");
      server.resume();
      expect([await first, await third]).toEqual(["sent", "sent"]);
      expect(server.connections()).toBe(1);
    },
  );
});

describe("a mail that is aborted behind another", () => {
  it("is not sent, and does not hurt the one before", async () => {
    let asked = 0;
    await using server = await scriptedServer({
      ehlo: pipelining,
      data() {
        if (asked++ === 0) server.pause();
        return "354 go on";
      },
    });
    const transport = one(server);
    const controller = new AbortController();
    const first = told(send(transport, to("a")));
    const second = told(send(transport, to("b"), controller.signal));
    const third = told(send(transport, to("c")));
    await server.unread(/b@example\.com.*DATA/s);
    controller.abort();
    expect(await second).toBe("not_sent");
    server.resume();
    expect([await first, await third]).toEqual(["sent", "sent"]);
    expect(arrived(server)).toEqual(["a@example.com", "c@example.com"]);
  });
});
