import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { type BounceMailboxOptions, bounceEvents, bounceMailbox } from "@mail/smtp/events";
import { createTracker } from "@mail/tracking";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { skipWithout } from "../skip-without.ts";
import { Dovecot, missingDovecot } from "./servers/dovecot.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

describe("a mailbox of Dovecot", () => {
  if (skipWithout(missingDovecot())) return;

  let server: Dovecot;
  beforeEach(async () => {
    server = await Dovecot.start();
  });
  afterEach(() => server?.[Symbol.asyncDispose]());

  const overTls = () => ({
    host: "localhost",
    port: server.ports.imaps,
    secure: true,
    auth: server.login,
    tls: { ca: server.ca },
  });
  const mailbox = (options: Partial<BounceMailboxOptions> & Pick<BounceMailboxOptions, "deliver">) =>
    bounceMailbox({ imap: overTls(), pollMs: 200, ...options });

  /** Takes mails in, as a tracker would. */
  class Intake {
    readonly ids: string[] = [];
    readonly deliver = async (request: Request): Promise<Response> => {
      const events = await bounceEvents().parse(request);
      this.ids.push(...events.map(({ mailId = "" }) => mailId));
      return new Response();
    };
  }

  async function putBounces(count: number): Promise<readonly string[]> {
    const ids = Array.from({ length: count }, () => randomUUID());
    for (const id of ids) await server.put(bounce(id));
    return ids;
  }

  test("hands each mail over once, marks it as read, and leaves read ones alone", async () => {
    const ids = await putBounces(3);
    const intake = new Intake();
    expect(await mailbox({ deliver: intake.deliver }).collect()).toEqual({ taken: 3, refused: 0, kept: 0 });
    expect(intake.ids.toSorted()).toEqual(ids.toSorted());
    expect(await server.flags()).toEqual(["S", "S", "S"]);
    expect(await mailbox({ deliver: intake.deliver }).collect()).toEqual({ taken: 0, refused: 0, kept: 0 });
  });

  test("moves what is done where it is told to", async () => {
    await putBounces(2);
    await mailbox({ deliver: new Intake().deliver, moveTo: "Done" }).collect();
    expect(await server.flags()).toEqual([]);
    expect(await server.flags("Done")).toHaveLength(2);
  });

  test.each([
    ["STARTTLS", () => ({ ...overTls(), port: server.ports.imap, secure: false })],
    ["a login by function", () => ({ ...overTls(), auth: async () => server.login })],
  ])("is read by %s", async (_, imap) => {
    await putBounces(1);
    expect(await mailbox({ deliver: new Intake().deliver, imap: imap() }).collect()).toMatchObject({ taken: 1 });
  });

  test("is not read with a wrong password, nor trusted without its authority's certificate", async () => {
    const { deliver } = new Intake();
    const auth = { ...server.login, pass: "wrong horse" };
    const wrong = mailbox({ deliver, imap: { ...overTls(), auth } });
    await expect(wrong.run({ signal: new AbortController().signal })).rejects.toMatchObject({ code: "authentication" });
    await expect(mailbox({ deliver, imap: { ...overTls(), tls: {} } }).collect()).rejects.toMatchObject({
      code: "tls",
    });
    await expect(mailbox({ deliver, mailbox: "Nowhere" }).collect()).rejects.toMatchObject({ code: "configuration" });
  });

  test.each([
    ["an answer of 503", () => new Response(null, { status: 503 })],
    ["an answer of 404", () => new Response(null, { status: 404 })],
    [
      "an error",
      () => {
        throw new Error("the database is away");
      },
    ],
  ])("keeps the mail as it is after %s", async (_, deliver) => {
    await putBounces(1);
    expect(await mailbox({ deliver }).collect()).toEqual({ taken: 0, refused: 0, kept: 1 });
    expect(await server.flags()).toEqual([""]);
  });

  test("puts a refused mail aside, and goes on with the others", async () => {
    await server.put("not a mail");
    const [id] = await putBounces(1);
    const intake = new Intake();
    expect(await mailbox({ deliver: intake.deliver }).collect()).toEqual({ taken: 1, refused: 1, kept: 0 });
    expect(intake.ids).toEqual([id]);
    expect((await server.flags()).toSorted()).toEqual(["F", "S"]);
  });

  test("is not asked for all mails where nobody takes them, and those that stay hold nobody up", async () => {
    const ids = await putBounces(12);
    const asked: string[] = [];
    const refusing = mailbox({
      async deliver(request) {
        asked.push(...(await bounceEvents().parse(request)).map(({ mailId = "" }) => mailId));
        return new Response(null, { status: 503 });
      },
    });
    for (const _ of Array.from({ length: 3 })) expect(await refusing.collect()).toMatchObject({ kept: 5 });
    expect(new Set(asked)).toEqual(new Set(ids));
  });

  test("gives its mails to a tracker", async () => {
    await using tracker = createTracker({ sources: { smtp: bounceEvents() } });
    const [id = ""] = await putBounces(1);
    await server.put("Subject: I am away\r\nAuto-Submitted: auto-replied\r\n\r\nBack on Monday\r\n");
    const result = await mailbox({ deliver: (request) => tracker.handle(request, "smtp") }).collect();
    expect(result).toEqual({ taken: 2, refused: 0, kept: 0 });
    expect(await tracker.timeline(id)).toMatchObject([{ type: "bounced", recipient: "ada@example.com" }]);
  });

  test("gives the beginning of a large mail alone", async () => {
    const attachment = `${"A".repeat(76)}\r\n`.repeat(100_000);
    await server.put(`${bounce(randomUUID())}\r\n${attachment}`);
    let size = 0;
    await mailbox({
      async deliver(request) {
        size = (await request.arrayBuffer()).byteLength;
        return new Response();
      },
    }).collect();
    expect(size).toBe(1024 * 1024 + 1);
  });

  test("loses nothing where the server is killed in the middle, again and again", async () => {
    const ids = [...(await putBounces(20))];
    const stop = new AbortController();
    const intake = new Intake();
    let handed = 0;
    const running = mailbox({
      async deliver(request) {
        handed++;
        const response = await intake.deliver(request);
        if (handed === 5 || handed === 12) await server.restart();
        return response;
      },
    }).run({ signal: stop.signal });
    await expect.poll(() => new Set(intake.ids).size, { timeout: 30_000 }).toBe(20);
    const read = async () => (await server.flags()).filter((flags) => flags === "S").length;
    await expect.poll(read, { timeout: 30_000 }).toBe(20);
    // Those whose mark was lost with the server come again.
    expect(intake.ids.length).toBeLessThanOrEqual(22);
    ids.push(...(await putBounces(2)));
    await expect.poll(() => new Set(intake.ids)).toEqual(new Set(ids));
    stop.abort();
    await running;
  });

  test("loses nothing where the process is killed in the middle, and gives the same events again", async () => {
    const ids = await putBounces(4);
    // Killed once it has taken the third mail in, and before that could be marked.
    const code = `
      import { bounceEvents, bounceMailbox } from "@mail/smtp/events";
      let count = 0;
      await bounceMailbox({
        imap: ${JSON.stringify(overTls())},
        async deliver(request) {
          for (const { id, mailId } of await bounceEvents().parse(request)) process.stdout.write(id + " " + mailId + "\\n");
          if (++count === 3) process.kill(process.pid, "SIGKILL");
          return new Response();
        },
      }).collect();`;
    const child = spawn(process.execPath, ["--conditions=@mail/source", "--input-type=module", "--eval", code], {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output, [, signal]] = await Promise.all([text(child.stdout), once(child, "exit")]);
    expect(signal).toBe("SIGKILL");
    const before = new Set(output.trim().split("\n"));
    const after = new Set<string>();
    await mailbox({
      async deliver(request) {
        for (const { id, mailId } of await bounceEvents().parse(request)) after.add(`${id} ${mailId}`);
        return new Response();
      },
    }).collect();
    const twice = [...before].filter((line) => after.has(line));
    expect([before.size, after.size, twice.length]).toEqual([3, 2, 1]);
    expect([...new Set([...before, ...after])].map((line) => line.split(" ")[1]).toSorted()).toEqual(ids.toSorted());
  });

  test("ends after the mail in hand where it is told to, and goes on with the next one another time", async () => {
    await putBounces(3);
    const stop = new AbortController();
    const intake = new Intake();
    await mailbox({
      async deliver(request) {
        stop.abort();
        return await intake.deliver(request);
      },
    }).run({ signal: stop.signal });
    expect(intake.ids).toHaveLength(1);
    expect((await server.flags()).toSorted()).toEqual(["", "", "S"]);
    expect(await mailbox({ deliver: intake.deliver }).collect()).toMatchObject({ taken: 2 });
  });
});

function bounce(mailId: string): string {
  return [
    "Return-Path: <>",
    "From: Mail Delivery System <mailer-daemon@mx.example.test>",
    "To: bounces@acme.example",
    `Message-ID: <${mailId}@mx.example.test>`,
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    "",
    "--b",
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; mx.example.test",
    "",
    "Final-Recipient: rfc822; ada@example.com",
    "Action: failed",
    "Status: 5.1.1",
    "",
    "--b",
    "Content-Type: message/rfc822",
    "",
    `X-Mail-Id: ${mailId}`,
    "",
    "",
  ].join("\r\n");
}
