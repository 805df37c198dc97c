import { createMailer, MailError, type Receipt } from "@mail/core";
import { smtp } from "@mail/smtp";
import fc from "fast-check";
import { expect, test } from "vitest";
import { holdsForEach, inTime, patienceMs } from "./fuzz.ts";
import {
  type SmtpFuzzServer,
  type SmtpPlan,
  type SmtpStage,
  smtpFuzzServer,
  smtpStages,
  usualReplies,
} from "./servers/smtp-fuzz-server.ts";
import { mutations, type WireAnswer } from "./wire-answer.ts";

const refusals: readonly string[] = [
  "421 4.3.2 closing\r\n",
  "450 4.2.1 busy\r\n",
  "550 5.1.1 no\r\n",
  "554-a\r\n554 b\r\n",
];
const pieces = [
  "\r\n",
  "\n",
  "\r",
  "\0",
  " ",
  "-",
  "250 ok\r\n",
  "250-ok\r\n",
  "354 go on\r\n",
  "550 5.1.1 no\r\n",
  "421 bye\r\n",
  "2",
  "99999999999999999999 x\r\n",
  "250 2.0.0 <a@b.amazonses.com>\r\n",
  `250 ${"x".repeat(70_000)}\r\n`,
  "HTTP/1.1 200 OK\r\n\r\n",
  "\u00ff\u00fe\u00fd",
];
const endless = ["a", "250-x\r\n", "250 ok\r\n", "\r\n", " ", "\0", "550-no\r\n", "\r", "9"];
const short = Buffer.alloc(0);
/** For everything that waits, in milliseconds. */
const limitMs = 120;

const plan = (stage: SmtpStage): fc.Arbitrary<SmtpPlan> => {
  const decided = fc.oneof(
    { weight: 3, arbitrary: fc.constant({ yes: true, reply: usualReplies[stage] }) },
    { weight: 1, arbitrary: fc.constantFrom(...refusals).map((reply) => ({ yes: false, reply })) },
  );
  const end = fc.constantFrom("close", "reset", "silence", undefined, undefined, undefined);
  const spoiled: fc.Arbitrary<(bytes: Buffer) => WireAnswer> = fc.oneof(
    { weight: 12, arbitrary: mutations(pieces).map((change) => (bytes: Buffer) => ({ bytes: change(bytes) })) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...endless).map((unit) => () => ({ bytes: short, endless: Buffer.from(unit) })),
    },
    { weight: 1, arbitrary: fc.constant((bytes: Buffer) => ({ bytes, dripBytes: 1 })) },
  );
  return fc.tuple(decided, spoiled, end).map(([{ yes, reply }, spoil, how]) => ({
    yes,
    answer: { ...spoil(Buffer.from(reply)), ...(how !== undefined && { end: how }) },
  }));
};

/** One or two stages at which things go wrong, the later ones more often. */
const plans = fc
  .uniqueArray(fc.constantFrom(...smtpStages, "mail", "rcpt", "rcpt", "data", "data", "body", "body", "body"), {
    minLength: 1,
    maxLength: 2,
  })
  .chain((stages) => fc.record(Object.fromEntries(stages.map((stage) => [stage, plan(stage as SmtpStage)]))));

interface Case {
  readonly plans: Readonly<Partial<Record<SmtpStage, SmtpPlan>>>;
  readonly recipients: number;
  readonly bodyBytes: number;
  readonly login: boolean;
}

const cases: fc.Arbitrary<Case> = fc.record({
  plans,
  recipients: fc.integer({ min: 1, max: 3 }),
  bodyBytes: fc.constantFrom(10, 10, 10, 300_000),
  login: fc.boolean(),
});

/** Lines as they came, by what they would mean to a reader of replies. */
const lines = (server: SmtpFuzzServer, stages: readonly SmtpStage[], pattern: RegExp): boolean =>
  server.said.some(
    ({ stage, text }) => stages.includes(stage) && text.split(/\r?\n/).some((line) => pattern.test(line)),
  );

/** What the app must not be told, given what the server has decided. */
function untruths(told: Receipt | MailError, server: SmtpFuzzServer, subject: string): string[] {
  const found: string[] = [];
  const copies = server.taken.filter(({ source }) => source.includes(`Subject: ${subject}\n`));
  if (server.taken.some(({ source }) => source === "") && !lines(server, ["rcpt"], /^[45]\d\d/))
    found.push("an empty mail");
  if (copies.length > 1) found.push("the mail was taken twice");
  const refused = lines(server, ["data", "body"], /^[45]\d\d/);
  if (MailError.is(told)) {
    if (told.delivery === "not_sent" && copies.length > 0 && !refused) found.push("taken, but told as not sent");
    return found;
  }
  if (copies.length === 0 && !lines(server, ["body"], /^2\d\d/)) found.push("not taken, but told as sent");
  const recipients = copies.flatMap((copy) => copy.recipients);
  if (copies.length > 0 && !lines(server, ["rcpt"], /^2\d\d/m)) {
    const wrong = told.accepted.filter((address) => !recipients.includes(address));
    if (wrong.length > 0) found.push(`told as accepted: ${wrong}`);
  }
  if (!lines(server, ["mail", "rcpt"], /^[45]\d\d/)) {
    const wrong = told.rejected.filter(({ address }) => recipients.includes(address));
    if (wrong.length > 0) found.push(`told as rejected: ${wrong.map(({ address }) => address)}`);
  }
  return found;
}

/** Two mails through one transport: the second meets what the first has left on the connection. */
async function sendTwo({ plans, recipients, bodyBytes, login }: Case): Promise<void> {
  await using server = await smtpFuzzServer(plans);
  const limits = { connectionTimeout: limitMs, greetingTimeout: limitMs, socketTimeout: limitMs };
  const auth = login ? { user: "acme", pass: "s3cret-pass" } : undefined;
  const mailer = createMailer({ transport: smtp({ host: "127.0.0.1", port: server.port, auth, ...limits }) });
  const to = Array.from({ length: recipients }, (_, index) => `r${index}@example.com`);
  for (const subject of ["First", "Second"]) {
    const message = { from: "hello@acme.example", to, subject, text: "x".repeat(bodyBytes) };
    const told = await inTime(mailer.send(message).catch((thrown: unknown) => thrown));
    if (!MailError.is(told) && told instanceof Error) throw told;
    expect({ subject, untruths: untruths(told as Receipt | MailError, server, subject) }).toEqual({
      subject,
      untruths: [],
    });
  }
  expect(server.faults).toEqual([]);
  const closed = mailer.close();
  await server[Symbol.asyncDispose]();
  await inTime(closed);
}

test(
  "whatever a server says, a mail ends in time with a receipt or a MailError, and neither is untrue",
  () => holdsForEach(cases, 160, sendTwo),
  patienceMs,
);
