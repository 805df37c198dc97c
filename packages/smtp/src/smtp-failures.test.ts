import { describe, expect, it } from "vitest";
import { offers, type Script, scriptedServer } from "./scripted-server.fixture.ts";
import { failure, send, verify } from "./sending.fixture.ts";
import { smtp } from "./smtp-transport.ts";

const host = "127.0.0.1";
const auth = { user: "ada", pass: "s3cret-pass" };
const offersLogin = "250-test\r\n250 AUTH PLAIN LOGIN";
const rcpt = (reply: string) => () => reply;

/** What the server says, and what it must become: code, scope, retryable. */
const refusals: readonly (readonly [string, Script, string, string, boolean])[] = [
  ["greeting 421", { greeting: "421 4.3.2 busy" }, "unavailable", "transport", true],
  ["greeting 421 4.7.0", { greeting: "421 4.7.0 unusual rate" }, "rate_limited", "transport", true],
  ["greeting 554", { greeting: "554 5.7.1 your address is blocked" }, "policy_rejected", "transport", false],
  ["greeting 554 alone", { greeting: "554 no service" }, "policy_rejected", "transport", false],
  ["greeting of a web server", { greeting: "HTTP/1.1 400 Bad Request" }, "configuration", "transport", false],
  ["EHLO 421", { ehlo: "421 4.3.0 closing" }, "unavailable", "transport", true],
  ["MAIL 530 login", { mail: "530 5.7.0 Authentication Required" }, "authentication", "transport", false],
  ["MAIL 530 STARTTLS", { mail: "530 5.7.0 Must issue a STARTTLS command first" }, "tls", "transport", false],
  ["MAIL 553 5.7.1", { mail: "553 5.7.1 sender not owned by user" }, "permission", "transport", false],
  ["MAIL 550 5.7.60", { mail: "550 5.7.60 may not send as" }, "permission", "transport", false],
  ["MAIL 550 5.1.8", { mail: "550 5.1.8 bad sender" }, "permission", "transport", false],
  ["MAIL 550 5.7.1", { mail: "550 5.7.1 blocked" }, "policy_rejected", "transport", false],
  ["MAIL 550 5.4.5", { mail: "550 5.4.5 Daily user sending limit exceeded" }, "quota_exceeded", "transport", true],
  ["MAIL 552 5.3.4", { mail: "552 5.3.4 too big" }, "message_too_large", "message", false],
  ["MAIL 552 alone", { mail: "552 too big" }, "message_too_large", "message", false],
  ["MAIL 451", { mail: "451 4.3.0 try later" }, "unavailable", "transport", true],
  ["MAIL 452", { mail: "452 4.3.1 out of storage" }, "unavailable", "transport", true],
  ["MAIL 500", { mail: "500 5.5.1 what?" }, "configuration", "transport", false],
  ["MAIL 501", { mail: "501 5.5.4 bad argument" }, "configuration", "transport", false],
  ["MAIL 503", { mail: "503 5.5.1 bad sequence" }, "configuration", "transport", true],
  ["MAIL 550 SendGrid", { mail: "550 Unauthenticated senders not allowed" }, "permission", "transport", false],
  ["RCPT 421 4.7.28", { rcpt: rcpt("421 4.7.28 unusual rate") }, "rate_limited", "transport", true],
  ["RCPT 450", { rcpt: rcpt("450 busy") }, "recipient_rejected", "recipient", true],
  ["RCPT 451 4.2.1", { rcpt: rcpt("451 4.2.1 mailbox busy") }, "recipient_rejected", "recipient", true],
  ["RCPT 550 5.5.0", { rcpt: rcpt("550 5.5.0 mailbox unavailable") }, "recipient_rejected", "recipient", false],
  ["RCPT 450 4.2.1", { rcpt: rcpt("450 4.2.1 too fast") }, "rate_limited", "transport", true],
  ["RCPT 451 4.7.1", { rcpt: rcpt("451 4.7.1 greylisted") }, "unavailable", "transport", true],
  ["RCPT 451 4.4.3", { rcpt: rcpt("451 4.4.3 no route") }, "unavailable", "transport", true],
  ["RCPT 452 4.5.3", { rcpt: rcpt("452 4.5.3 too many") }, "recipient_rejected", "recipient", true],
  ["RCPT 452 4.2.2", { rcpt: rcpt("452 4.2.2 full") }, "recipient_rejected", "recipient", true],
  ["RCPT 452 4.3.1", { rcpt: rcpt("452 4.3.1 no storage") }, "unavailable", "transport", true],
  ["RCPT 550 5.1.1", { rcpt: rcpt("550 5.1.1 no such user") }, "recipient_rejected", "recipient", false],
  ["RCPT 550 5.1.10", { rcpt: rcpt("550 5.1.10 unknown") }, "recipient_rejected", "recipient", false],
  ["RCPT 550 5.4.1", { rcpt: rcpt("550 5.4.1 denied") }, "recipient_rejected", "recipient", false],
  ["RCPT 550 alone", { rcpt: rcpt("550 no such user") }, "recipient_rejected", "recipient", false],
  ["RCPT 551", { rcpt: rcpt("551 user not local") }, "recipient_rejected", "recipient", false],
  ["RCPT 553 5.1.3", { rcpt: rcpt("553 5.1.3 bad address") }, "recipient_rejected", "recipient", false],
  ["RCPT 552 5.2.2", { rcpt: rcpt("552 5.2.2 full") }, "recipient_rejected", "recipient", false],
  ["RCPT 556 5.1.10", { rcpt: rcpt("556 5.1.10 null MX") }, "recipient_rejected", "recipient", false],
  ["RCPT 521", { rcpt: rcpt("521 takes no mail") }, "recipient_rejected", "recipient", false],
  ["RCPT 550 5.7.1", { rcpt: rcpt("550 5.7.1 relaying denied") }, "policy_rejected", "message", false],
  ["DATA 451", { data: "451 4.3.0 not now" }, "unavailable", "transport", true],
  ["DATA 554 5.5.1", { data: "554 5.5.1 no valid recipients" }, "recipient_rejected", "recipient", false],
  ["body 421", { body: "421 4.3.0 closing" }, "unavailable", "transport", true],
  ["body 451", { body: "451 4.3.0 try later" }, "unavailable", "transport", true],
  ["body 451 quota", { body: "451 Maximum credits exceeded" }, "quota_exceeded", "transport", true],
  ["body 552 5.3.4", { body: "552 5.3.4 too big" }, "message_too_large", "message", false],
  ["body 552 5.2.3", { body: "552 5.2.3 too big" }, "message_too_large", "message", false],
  ["body 554 5.7.1", { body: "554 5.7.1 spam" }, "policy_rejected", "message", false],
  ["body 550 5.7.26", { body: "550 5.7.26 unauthenticated" }, "policy_rejected", "message", false],
  ["body 550 5.7.25", { body: "550 5.7.25 no PTR" }, "policy_rejected", "message", false],
  ["body 550 5.7.515", { body: "550 5.7.515 bulk rules" }, "policy_rejected", "message", false],
  ["body 550 5.1.1", { body: "550 5.1.1 no such user" }, "recipient_rejected", "recipient", false],
  ["body 554 5.6.0", { body: "554 5.6.0 bad MIME" }, "invalid_message", "message", false],
  [
    "body 554 SES sandbox",
    { body: "554 Message rejected: Email address is not verified. The following identities failed the check" },
    "permission",
    "transport",
    false,
  ],
  ["body 554 SES denied", { body: "554 Access denied: User is not authorized" }, "permission", "transport", false],
];

const refusedLogins: readonly (readonly [string, string, string, boolean])[] = [
  ["535 5.7.8", "535 5.7.8 wrong", "authentication", false],
  ["535 alone", "535 wrong", "authentication", false],
  ["534 5.7.9", "534 5.7.9 Application-specific password required", "authentication", false],
  ["534 5.7.14", "534 5.7.14 log in by web", "authentication", false],
  ["535 5.7.139", "535 5.7.139 SmtpClientAuthentication is disabled", "authentication", false],
  ["550 5.7.30", "550 5.7.30 basic authentication is gone", "authentication", false],
  ["504", "504 5.5.4 mechanism unknown", "authentication", false],
  ["530 STARTTLS", "530 5.7.0 Must issue a STARTTLS command first", "tls", false],
  ["432", "432 4.7.12 password transition needed", "unavailable", true],
  ["421 4.7.0", "421 4.7.0 too many", "rate_limited", true],
  ["454", "454 4.7.0 Temporary authentication failure", "unavailable", true],
  ["454 SES rate", "454 Throttling failure: Maximum sending rate exceeded.", "rate_limited", true],
  ["454 SES quota", "454 Throttling failure: Daily message quota exceeded.", "quota_exceeded", true],
];

describe.each(offers)("a refusal by a server %s", (_offer, ehlo) => {
  it.each(refusals)("%s has its code, scope and outcome", async (_name, script, code, scope, retryable) => {
    await using server = await scriptedServer({ ehlo, ...script });
    const error = await failure(send(smtp({ host, port: server.port })));
    expect(error).toMatchObject({ code, scope, retryable, delivery: "not_sent", transport: "smtp" });
    expect(error.hint).toBeTypeOf("string");
  });

  it.each(refusedLogins)("of the login, %s, has its code", async (_name, reply, code, retryable) => {
    await using server = await scriptedServer({ ehlo: offersLogin, auth: reply });
    const transport = smtp({ host, port: server.port, auth });
    for (const work of [() => send(transport), () => verify(transport)]) {
      expect(await failure(work())).toMatchObject({ code, scope: "transport", retryable, delivery: "not_sent" });
    }
  });

  it.each([
    ["502 5.5.1 no", false],
    ["454 4.7.0 TLS not available for now", true],
  ])("of STARTTLS, %s, is about encryption", async (starttls, retryable) => {
    await using server = await scriptedServer({ ehlo: "250-test\r\n250 STARTTLS", starttls });
    const transport = smtp({ host, port: server.port, starttls: "required" });
    expect(await failure(send(transport))).toMatchObject({ code: "tls", retryable, delivery: "not_sent" });
  });

  it("carries what the server said", async () => {
    await using server = await scriptedServer({ ehlo, rcpt: rcpt("550-5.1.1 no such\r\n550 5.1.1 user") });
    const error = await failure(send(smtp({ host, port: server.port })));
    const text = "550-5.1.1 no such\n550 5.1.1 user";
    expect(error.response).toEqual({ smtpCode: 550, enhancedCode: "5.1.1", text });
  });

  it("of everybody is temporary where it is so for one", async () => {
    await using server = await scriptedServer({
      ehlo,
      rcpt: (address) => (address.startsWith("busy") ? "450 4.2.0 busy" : "550 5.1.1 no such user"),
    });
    const to = ["busy@example.com", "gone@example.com"];
    const error = await failure(send(smtp({ host, port: server.port }), { to }));
    expect(error).toMatchObject({ code: "recipient_rejected", retryable: true });
  });

  it("for the daily quota says when to come back", async () => {
    await using server = await scriptedServer({ ehlo, mail: "550 5.4.5 Daily user sending limit exceeded" });
    expect(await failure(send(smtp({ host, port: server.port })))).toMatchObject({ retryAfterMs: 3_600_000 });
  });
});

describe.each(offers)("a lost connection to a server %s", (_offer, ehlo) => {
  it.each<[string, Script]>([
    ["before the greeting", { greeting: "cut" }],
    ["at EHLO", { ehlo: "cut" }],
    ["at MAIL", { mail: "cut" }],
    ["at RCPT", { rcpt: rcpt("cut") }],
    ["at DATA", { data: "cut" }],
  ])("%s means that nothing was sent", async (_when, script) => {
    await using server = await scriptedServer({ ehlo, ...script });
    const error = await failure(send(smtp({ host, port: server.port })));
    expect(error).toMatchObject({ code: "connection", retryable: true, delivery: "not_sent", scope: "transport" });
  });

  it("in the middle of the body means that nothing was sent", async () => {
    await using server = await scriptedServer({ ehlo, midBody: "cut" });
    const attachments = [{ content: new Uint8Array(30_000_000) }];
    const error = await failure(send(smtp({ host, port: server.port }), { attachments }));
    expect(error).toMatchObject({ code: "connection", delivery: "not_sent" });
  });

  it("after the body leaves the outcome unknown", async () => {
    await using server = await scriptedServer({ ehlo, body: "cut" });
    const error = await failure(send(smtp({ host, port: server.port })));
    expect(error).toMatchObject({ code: "connection", delivery: "unknown" });
  });

  it("by timeout after the body leaves the outcome unknown", async () => {
    await using server = await scriptedServer({ ehlo, body: "hang" });
    const error = await failure(send(smtp({ host, port: server.port, socketTimeout: 2_500 })));
    expect(error).toMatchObject({ code: "timeout", delivery: "unknown" });
  });

  it("by timeout before the body means that nothing was sent", async () => {
    await using server = await scriptedServer({ ehlo, mail: "hang" });
    const error = await failure(send(smtp({ host, port: server.port, socketTimeout: 400 })));
    expect(error).toMatchObject({ code: "timeout", delivery: "not_sent" });
  });

  it("with something that is no reply after the body leaves the outcome unknown", async () => {
    await using server = await scriptedServer({ ehlo, body: "hm" });
    expect(await failure(send(smtp({ host, port: server.port })))).toMatchObject({ delivery: "unknown" });
  });

  it("is no refusal: one that comes in the middle of the body is definite", async () => {
    await using server = await scriptedServer({ ehlo, midBody: "552 5.3.4 too big" });
    const attachments = [{ content: new Uint8Array(30_000_000) }];
    const error = await failure(send(smtp({ host, port: server.port }), { attachments }));
    expect(error).toMatchObject({ code: "message_too_large", delivery: "not_sent" });
  });

  it("is what an acceptance in the middle of the body comes to: the rest is not sent after it", async () => {
    await using server = await scriptedServer({ ehlo, midBody: "250 2.0.0 taken" });
    const attachments = [{ content: new Uint8Array(30_000_000) }];
    const error = await failure(send(smtp({ host, port: server.port }), { attachments }));
    expect(error).toMatchObject({ code: "unavailable", delivery: "unknown", response: { smtpCode: 250 } });
    await server.gone();
    expect(server.mails).toEqual([]);
  });
});

describe("a server that cannot be reached", () => {
  it("is a connection failure where nobody listens", async () => {
    const server = await scriptedServer();
    await server[Symbol.asyncDispose]();
    const error = await failure(send(smtp({ host, port: server.port })));
    expect(error).toMatchObject({ code: "connection", retryable: true, delivery: "not_sent" });
    expect(error.message).not.toMatch(/: $/);
  });

  it("is a timeout where no greeting comes, with a hint at port and TLS", async () => {
    await using server = await scriptedServer({ greeting: "hang" });
    const error = await failure(send(smtp({ host, port: server.port, greetingTimeout: 50 })));
    expect(error).toMatchObject({ code: "timeout", delivery: "not_sent" });
    expect(error.hint).toMatch(/secure: true/);
  });
});
