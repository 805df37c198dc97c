import { createMailer, MailError, type Message, type Receipt } from "@mail/core";
import { type SmtpOptions, smtp } from "@mail/smtp";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { skipWithout } from "../skip-without.ts";
import { mailCases } from "./mail-cases.ts";
import { received, written } from "./mail-content.ts";
import { exim } from "./servers/exim.ts";
import { haraka } from "./servers/haraka.ts";
import type { SecureMailServer } from "./servers/mail-server.ts";
import { postfix } from "./servers/postfix.ts";
import { site } from "./servers/site.ts";
import { WireRecorder } from "./wire-recorder.ts";

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const message: Message = { from: "sender@sender.example", to: "ada@example.test", subject: "Interop", text: "Hi" };

describe.each([postfix, exim, haraka])("$name", ({ missing, start }) => {
  if (skipWithout(missing())) return;

  let server: SecureMailServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const starttls = (): SmtpOptions => ({
    host: "localhost",
    port: server.ports.starttls,
    starttls: "required",
    auth: site.login,
    tls: { ca: server.ca },
  });
  const implicitTls = (): SmtpOptions => ({
    host: "localhost",
    port: server.ports.implicitTls,
    secure: true,
    auth: site.login,
    tls: { ca: server.ca },
  });
  const inTheClear = (port: number): SmtpOptions => ({ host: "127.0.0.1", port });

  async function send(options: SmtpOptions, changes: Message = {}): Promise<Receipt> {
    await using mailer = createMailer({ transport: smtp(options) });
    return await mailer.send({ ...message, ...changes });
  }

  async function failure(options: SmtpOptions, changes: Message = {}): Promise<MailError> {
    const error = await send(options, changes).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!MailError.is(error)) throw new Error("a MailError was expected", { cause: error });
    return error;
  }

  describe.each([
    ["STARTTLS", starttls],
    ["implicit TLS", implicitTls],
  ])("with %s and a login", (_, options) => {
    test("takes the login", async () => {
      await using mailer = createMailer({ transport: smtp(options()) });
      await expect(mailer.verify()).resolves.toBeUndefined();
    });

    test.each(mailCases)("delivers %s as it was written", async (_, changes) => {
      const mail = { ...message, ...changes };
      const receipt = await send(options(), changes);
      const source = await server.mailboxes.arrived("ada", receipt.id);
      expect(await received(source, Object.keys(mail.headers ?? {}))).toEqual(written(mail));
    });

    test("gives the mail's ids to the recipient", async () => {
      const receipt = await send(options());
      const source = (await server.mailboxes.arrived("ada", receipt.id)).toString("latin1");
      expect(source).toContain(`\nX-Mail-Id: ${receipt.id}\n`);
      expect(source).toMatch(new RegExp(`^Message-I[Dd]: ${receipt.messageId}$`, "m"));
      expect(receipt).toMatchObject({ status: "sent", accepted: ["ada@example.test"], rejected: [] });
    });

    test("delivers to bcc without a trace of it in the mail", async () => {
      const receipt = await send(options(), { cc: "Bob <bob@example.test>", bcc: "Carol <carol@example.test>" });
      for (const user of ["ada", "bob"]) {
        const source = await server.mailboxes.arrived(user, receipt.id);
        expect(source.toString("latin1")).not.toMatch(/bcc|carol/i);
      }
      const source = await server.mailboxes.arrived("carol", receipt.id);
      expect(source.toString("latin1")).not.toMatch(/^bcc|carol <|^(?:to|cc):.*carol/im);
      expect(receipt.accepted).toEqual(["ada@example.test", "bob@example.test", "carol@example.test"]);
    });

    test("delivers to an address with non-ASCII characters before the @", async () => {
      const changes = { to: "Jürgen <jürgen@bücher.example>", replyTo: "jürgen@bücher.example" };
      const receipt = await send(options(), changes);
      const source = await server.mailboxes.arrived("juergen", receipt.id);
      expect(await received(source)).toEqual(written({ ...message, ...changes }));
    });

    test("refuses a wrong password", async () => {
      const error = await failure({ ...options(), auth: { ...site.login, pass: "wrong horse" } });
      expect(error).toMatchObject({ code: "authentication", delivery: "not_sent", response: { smtpCode: 535 } });
    });

    test("is not trusted without its authority's certificate", async () => {
      expect(await failure({ ...options(), tls: {} })).toMatchObject({ code: "tls", delivery: "not_sent" });
    });

    test("is not trusted under a name that its certificate does not have", async () => {
      expect(await failure({ ...options(), host: "127.0.0.1" })).toMatchObject({ code: "tls", delivery: "not_sent" });
    });

    test("takes no mail without the login", async () => {
      const { auth: _, ...withoutLogin } = options();
      expect(await failure(withoutLogin)).toMatchObject({ delivery: "not_sent", scope: "transport" });
    });
  });

  test("refuses an unknown recipient", async () => {
    expect(await failure(starttls(), { to: "nobody@example.test" })).toMatchObject({
      code: "recipient_rejected",
      retryable: false,
      delivery: "not_sent",
      response: { smtpCode: 550, enhancedCode: "5.1.1" },
    });
  });

  test("puts off a busy recipient", async () => {
    expect(await failure(starttls(), { to: `${site.busyUser}@example.test` })).toMatchObject({
      code: "recipient_rejected",
      retryable: true,
      delivery: "not_sent",
      response: { smtpCode: 451, enhancedCode: "4.2.1" },
    });
  });

  test("delivers to those it knows where it refuses others", async () => {
    const to = ["nobody@example.test", "ada@example.test", `${site.busyUser}@example.test`];
    const receipt = await send(starttls(), { to });
    await server.mailboxes.arrived("ada", receipt.id);
    expect(receipt.accepted).toEqual(["ada@example.test"]);
    expect(receipt.rejected).toMatchObject([
      { address: to[0], error: { code: "recipient_rejected", retryable: false, response: { enhancedCode: "5.1.1" } } },
      { address: to[2], error: { code: "recipient_rejected", retryable: true, response: { enhancedCode: "4.2.1" } } },
    ]);
  });

  test("takes many mails over few connections, each once", async () => {
    await using mailer = createMailer({ transport: smtp({ ...starttls(), maxConnections: 3, maxMessages: 4 }) });
    const ids: string[] = [];
    for await (const outcome of mailer.sendMany(Array.from({ length: 20 }, () => message))) {
      if (outcome.ok) ids.push(outcome.receipt.id);
    }
    expect(ids).toHaveLength(20);
    for (const id of ids) {
      await server.mailboxes.arrived("ada", id);
      expect(server.mailboxes.find("ada", id)).toHaveLength(1);
    }
  });

  describe("on the wire", () => {
    test("gets no password and no mail where STARTTLS is required and not offered", async () => {
      await using wire = await WireRecorder.before(server.ports.plain);
      const error = await failure({ ...inTheClear(wire.port), starttls: "required", auth: site.login });
      expect(error).toMatchObject({ code: "tls", delivery: "not_sent" });
      expect(wire.sent).not.toMatch(/^(?:AUTH|MAIL)/m);
    });

    test("gets no body that is larger than it takes", async () => {
      await using wire = await WireRecorder.before(server.ports.plain);
      const attachments = [{ filename: "large.bin", content: new Uint8Array(site.maxBytes) }];
      const error = await failure(inTheClear(wire.port), { attachments });
      expect(error).toMatchObject({ code: "message_too_large", retryable: false, delivery: "not_sent" });
      expect(wire.sent).not.toMatch(/^DATA/m);
    });

    test.each(mailCases)(
      "gets %s in lines of at most 998 bytes, each ended by CRLF, dots stuffed",
      async (_, changes) => {
        await using wire = await WireRecorder.before(server.ports.plain);
        const receipt = await send(inTheClear(wire.port), changes);
        await server.mailboxes.arrived("ada", receipt.id);
        const body = /^EHLO .*?\r\nDATA\r\n(.*\r\n)\.\r\nQUIT\r\n$/s.exec(wire.sent)?.[1] ?? "";
        expect(body).toContain(`\r\nX-Mail-Id: ${receipt.id}\r\n`);
        expect(body).not.toMatch(/[^\r]\n|\r[^\n]|\0|[^\x00-\x7f]/);
        expect(body).not.toMatch(/^\.(?!\.)/m);
        expect(Math.max(...body.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(998);
      },
    );
  });
});
