import { createTransport } from "nodemailer";
import { describe, expect, test } from "vitest";
import type { FaultAction, FaultStage } from "../fault.ts";
import { type RawClient, rawClient } from "./raw-client.fixture.ts";
import { type SmtpInbox, smtpInbox } from "./smtp-inbox.fixture.ts";

const login = Buffer.from("\0team\0x").toString("base64");
const body = "Subject: x\r\n\r\nx\r\n.";

/** What a client says before each stage, and what makes it come. */
const steps: readonly (readonly [FaultStage, string])[] = [
  ["ehlo", "EHLO me"],
  ["auth", `AUTH PLAIN ${login}`],
  ["mail", "MAIL FROM:<a@a.example>"],
  ["rcpt", "RCPT TO:<b@example.com>"],
  ["data", "DATA"],
  ["body", body],
];

/** Goes up to a stage. @returns the reply there, and the ones before */
async function upTo(inbox: SmtpInbox, stage: FaultStage): Promise<{ client: RawClient; reply: string }> {
  const client = rawClient(inbox.port);
  let reply = await client.reply();
  for (const [step, line] of steps) {
    if (stage === "connect" || reply === "") break;
    reply = await client.say(line);
    if (step === stage) break;
  }
  return { client, reply };
}

const stages: readonly FaultStage[] = ["connect", ...steps.map(([stage]) => stage)];

describe.each(stages)("at stage %s", (stage) => {
  const withFault = (action: FaultAction) => smtpInbox({ faults: { [stage]: action } });

  test("any reply is said word for word, and the session goes on", async () => {
    const inbox = await withFault({ type: "reply", code: 451, enhancedCode: "4.7.99", text: "Later, please" });
    const { client, reply } = await upTo(inbox, stage);
    expect(reply).toBe("451 4.7.99 Later, please");
    if (stage === "connect") await client.ended();
    else expect(await client.say("NOOP")).toBe("250 2.0.0 OK");
    expect(inbox.mails()).toEqual([]);
  });

  test("a reply without an enhanced code gets none", async () => {
    const inbox = await withFault({ type: "reply", code: 550, text: "No" });
    expect((await upTo(inbox, stage)).reply).toBe("550 No");
  });

  test("421 closes the connection", async () => {
    const inbox = await withFault({ type: "reply", code: 421, enhancedCode: "4.3.2", text: "Closing" });
    const { client, reply } = await upTo(inbox, stage);
    expect(reply).toBe("421 4.3.2 Closing");
    await client.ended();
  });

  test("the connection is cut without a reply", async () => {
    const inbox = await withFault({ type: "drop" });
    const { client, reply } = await upTo(inbox, stage);
    expect(reply).toBe("");
    await client.ended();
    expect(inbox.mails()).toEqual([]);
  });

  test("the ordinary reply comes later", async () => {
    const inbox = await withFault({ type: "delay", ms: 20 });
    const { reply } = await upTo(inbox, stage);
    expect(reply).toMatch(stage === "data" ? /^354 / : /^2\d\d/);
  });

  test("a fault for HTTP does nothing", async () => {
    const inbox = await withFault({ type: "status", status: 500 });
    expect((await upTo(inbox, stage)).reply).toMatch(stage === "data" ? /^354 / : /^2\d\d/);
  });
});

const further: readonly (readonly [FaultStage, readonly string[], string])[] = [
  ["starttls", ["EHLO me"], "STARTTLS"],
  ["rset", ["EHLO me", "MAIL FROM:<a@a.example>"], "RSET"],
  ["quit", ["EHLO me"], "QUIT"],
];

describe.each(further)("at stage %s", (stage, before, line) => {
  const sayWith = async (action: FaultAction): Promise<{ client: RawClient; reply: string }> => {
    const inbox = await smtpInbox({ faults: { [stage]: action } });
    const client = rawClient(inbox.port);
    await client.reply();
    await client.sayAll(...before);
    return { client, reply: await client.say(line) };
  };

  test("any reply is said word for word, and the session goes on", async () => {
    const { client, reply } = await sayWith({ type: "reply", code: 454, enhancedCode: "4.7.0", text: "Not now" });
    expect(reply).toBe("454 4.7.0 Not now");
    expect(await client.say("NOOP")).toBe("250 2.0.0 OK");
  });

  test("the connection is cut without a reply", async () => {
    const { client, reply } = await sayWith({ type: "drop" });
    expect(reply).toBe("");
    await client.ended();
  });

  test("the ordinary reply comes later", async () => {
    expect((await sayWith({ type: "delay", ms: 20 })).reply).toMatch(/^2\d\d 2\.0\.0 /);
  });
});

test("faults are asked at every stage with what is known by then", async () => {
  const inbox = await smtpInbox();
  await upTo(inbox, "body");
  const known = { via: "smtp", inbox: "team", from: "a@a.example", to: ["b@example.com"] };
  expect(inbox.occasions).toEqual([
    { via: "smtp", stage: "connect", inbox: "default", from: undefined, to: undefined },
    { via: "smtp", stage: "ehlo", inbox: "default", from: undefined, to: undefined },
    { via: "smtp", stage: "auth", inbox: "team", from: undefined, to: undefined },
    { via: "smtp", stage: "mail", inbox: "team", from: "a@a.example", to: undefined },
    { ...known, stage: "rcpt" },
    { ...known, stage: "data" },
    { ...known, stage: "body" },
  ]);
});

test("a recipient is asked about alone, and one that is refused does not get the mail", async () => {
  const inbox = await smtpInbox();
  const client = rawClient(inbox.port);
  await client.reply();
  await client.sayAll("EHLO me", "MAIL FROM:<a@a.example>", "RCPT TO:<b@example.com>", "RCPT TO:<c@example.com>");
  expect(inbox.occasions.slice(-2).map(({ to }) => to)).toEqual([["b@example.com"], ["c@example.com"]]);
});

test("the connection is cut after so many bytes of the body, before the rest is read", async () => {
  const inbox = await smtpInbox({ faults: { body: { type: "drop", afterBytes: 100 } } });
  const { client } = await upTo(inbox, "data");
  client.write(`${"x".repeat(78)}\r\n`);
  client.write(`${"x".repeat(78)}\r\n`);
  await client.ended();
  expect(await client.reply()).toBe("");
  expect(inbox.mails()).toEqual([]);
});

test("a body shorter than the bytes to cut after is cut at its end and not kept", async () => {
  const inbox = await smtpInbox({ faults: { body: { type: "drop", afterBytes: 100_000 } } });
  const { reply } = await upTo(inbox, "body");
  expect(reply).toBe("");
  expect(inbox.mails()).toEqual([]);
});

test("a mail is accepted and the answer lost", async () => {
  const inbox = await smtpInbox({ faults: { body: { type: "lose-answer" } } });
  const { client, reply } = await upTo(inbox, "body");
  expect(reply).toBe("");
  await client.ended();
  expect(inbox.mails()).toHaveLength(1);
  expect(inbox.mails()[0]?.dialogue?.at(-1)).toBe("(the connection is cut instead of an answer)");
});

test("a mail whose answer is late is there before the answer", async () => {
  const inbox = await smtpInbox({ faults: { body: { type: "delay", ms: 3_600_000 } } });
  const { client } = await upTo(inbox, "data");
  client.write(`${body}\r\n`);
  const caught = await inbox.nextMail();
  expect(caught.dialogue?.slice(-2)).toEqual([
    "(the answer waits 3600000 ms)",
    `S: 250 2.6.0 Ok: queued as ${caught.providerId}`,
  ]);
});

test("an answer of another kind than usual may accept the mail", async () => {
  const inbox = await smtpInbox({ faults: { body: { type: "reply", code: 252, text: "Perhaps" } } });
  expect((await upTo(inbox, "body")).reply).toBe("252 Perhaps");
  expect(inbox.mails()).toHaveLength(1);
});

test("faults strike within TLS too", async () => {
  const inbox = await smtpInbox({
    faults: { rcpt: { type: "reply", code: 550, enhancedCode: "5.1.1", text: "Gone" } },
  });
  const transport = createTransport({ host: "127.0.0.1", port: inbox.tlsPort, secure: true, tls: { ca: inbox.ca } });
  const sending = transport.sendMail({ from: "a@a.example", to: "b@example.com", text: "x" });
  await expect(sending).rejects.toMatchObject({ responseCode: 550, response: expect.stringContaining("5.1.1 Gone") });
});
