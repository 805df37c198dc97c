import { connect } from "node:net";
import { createMailer, MailError } from "@mail/core";
import { smtp } from "@mail/smtp";
import { describe, expect, test, vi } from "vitest";
import { skipWithout } from "../skip-without.ts";
import { received, written } from "./mail-content.ts";
import { at, mixedMail } from "./mixed-mails.ts";
import { exim } from "./servers/exim.ts";
import { haraka } from "./servers/haraka.ts";
import type { MailServer, MailServerKind } from "./servers/mail-server.ts";
import { opensmtpd } from "./servers/opensmtpd.ts";
import { postfix } from "./servers/postfix.ts";
import { WireRecorder } from "./wire-recorder.ts";

vi.setConfig({ testTimeout: 120_000 });

const kinds: readonly MailServerKind<MailServer>[] = [postfix, exim, opensmtpd, haraka];

describe.each(kinds)("$name", ({ missing, start, chunking }) => {
  if (skipWithout(missing())) return;

  test("refuses a client that does not wait for its answers", async () => {
    await using server = await start();
    const hurry = "EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<ada@example.test>\r\nDATA\r\n";
    const refusal = /^5\d\d .*(?:synchroni[sz]ation|pipelining|too soon)/im;
    await expect.poll(() => repliesTo(server.ports.plain, hurry)).toMatch(refusal);
  });

  test("takes hundreds of mails as they were written, each once, and none of those it must refuse", async () => {
    await using server = await start();
    await using wire = await WireRecorder.before(server.ports.plain);
    await using mailer = createMailer({
      transport: smtp({ host: "127.0.0.1", port: wire.port, maxConnections: 3 }),
    });
    const mails = Array.from({ length: 240 }, (_, index) => mixedMail(index));
    const outcomes = await Promise.allSettled(mails.map(({ message }) => mailer.send(message)));
    expect(outcomes).toMatchObject(mails.map(({ outcome }) => outcome));

    const copies = mails.flatMap(({ message, arrivesAt }, index) => {
      const outcome = outcomes[index];
      const id = outcome?.status === "fulfilled" ? outcome.value.id : "";
      return arrivesAt.map((user) => ({ copy: `${id} for ${user}`, message }));
    });
    await expect.poll(() => server.mailboxes.count, { timeout: 60_000 }).toBeGreaterThanOrEqual(copies.length);
    const stored = server.mailboxes.all().map(({ user, source }) => ({ copy: `${idOf(source)} for ${user}`, source }));
    expect(stored.map(({ copy }) => copy).sort()).toEqual(copies.map(({ copy }) => copy).sort());
    const sources = new Map(stored.map(({ copy, source }) => [copy, source]));
    for (const { copy, message } of copies)
      expect(await received(sources.get(copy) ?? Buffer.alloc(0))).toEqual(written(message));

    expect(wire.connections).toBeLessThan(20);
    if (!chunking) return;
    // Each with its envelope before the one before was answered.
    expect(wire.sent.match(/^RSET\r\nMAIL FROM:.*\r\nRCPT TO:.*\r\nBDAT \d+ LAST\r\n/gm)?.length).toBeGreaterThan(100);
  });

  test("stored each mail that is told sent, and none that is told not sent, when it is killed in between", async () => {
    await using server = await start();
    const told = { sent: new Set<string>(), not_sent: new Set<string>(), unknown: new Set<string>() };

    async function sendUntilKilled(round: number, killedAfter: number): Promise<void> {
      await using mailer = createMailer({
        transport: smtp({ host: "127.0.0.1", port: server.ports.plain, maxConnections: 4 }),
      });
      let sent = 0;
      let killed: Promise<void> | undefined;
      const sends = Array.from({ length: 120 }, async (_, index) => {
        const subject = `Mail ${round}.${index}`;
        const attachments = index % 3 === 0 ? [{ filename: "a.bin", content: Buffer.alloc(100_000, subject) }] : [];
        try {
          await mailer.send({ from: "sender@sender.example", to: at("ada"), subject, text: subject, attachments });
          told.sent.add(subject);
          if (++sent === killedAfter) killed = server.process.kill();
        } catch (error) {
          if (!MailError.is(error)) throw error;
          told[error.delivery].add(subject);
        }
      });
      await Promise.all(sends);
      await killed;
      await server.process.restart();
    }

    for (const [round, killedAfter] of [5, 40, 80].entries()) await sendUntilKilled(round, killedAfter);
    expect(told.not_sent.size).toBeGreaterThan(0);
    // A server that was killed while it delivered a mail may have left a piece of it, and delivers it anew.
    const stored = (): string[] => server.mailboxes.all().flatMap(({ source }) => subjectOf(source) ?? []);
    await expect.poll(stored, { timeout: 60_000 }).toEqual(expect.arrayContaining([...told.sent]));
    expect(stored().filter((subject) => !told.sent.has(subject) && !told.unknown.has(subject))).toEqual([]);
  });
});

/** The value of a header that is short enough for one line. */
const headerOf = (name: string, source: Buffer): string | undefined =>
  new RegExp(`^${name}: (.*)$`, "im").exec(source.subarray(0, 10_000).toString("latin1"))?.[1];
const idOf = (source: Buffer): string | undefined => headerOf("X-Mail-Id", source);
const subjectOf = (source: Buffer): string | undefined => headerOf("Subject", source);

/** What the server says to a client that sends this at once, until it says nothing for a while. */
async function repliesTo(port: number, input: string): Promise<string> {
  const client = connect(port, "127.0.0.1").setTimeout(500);
  const { promise, resolve } = Promise.withResolvers<void>();
  let replies = "";
  client
    .on("data", (chunk) => {
      replies += chunk;
    })
    .on("timeout", () => client.destroy())
    .on("error", () => {})
    .on("close", resolve)
    .write(input);
  await promise;
  return replies;
}
