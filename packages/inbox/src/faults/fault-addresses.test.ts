import { describe, expect, test } from "vitest";
import type { Via } from "../caught-mail.ts";
import type { FaultAction, FaultOccasion } from "../fault.ts";
import { webhookDetails } from "../webhooks/webhook-details.ts";
import { autoEvents } from "./auto-events.ts";
import { createFaults } from "./create-faults.ts";
import { faultAddresses } from "./fault-addresses.ts";

const apis = ["sendgrid", "mailgun", "ses"] as const;

function atSmtp(recipient: string): readonly { readonly stage: string; readonly action: FaultAction }[] {
  const stages = ["connect", "ehlo", "auth", "mail", "rcpt", "data", "body"] as const;
  return stages.flatMap((stage) => {
    const action = createFaults().take({ via: "smtp", stage, from: "app@acme.example", to: [recipient] });
    return action === undefined ? [] : [{ stage, action }];
  });
}

function atApi(via: Via, recipient: string): FaultAction | undefined {
  const to = ["someone@example.com", recipient];
  return createFaults().take({ via, stage: "request", from: "app@acme.example", to });
}

describe("addresses that play a fault", () => {
  test.each([
    ["reject", "rcpt", 550, "5.1.1", [400, 400, 400]],
    ["toolarge", "body", 552, "5.3.4", [413, 413, 413]],
    ["throttle", "rcpt", 450, "4.2.1", [429, 429, 429]],
    ["ratelimit", "rcpt", 421, "4.7.0", [429, 429, 429]],
    ["greylist", "rcpt", 451, "4.7.1", [503, 503, 503]],
    ["unavailable", "rcpt", 451, "4.3.0", [503, 503, 503]],
    ["error", "rcpt", 554, "5.3.0", [500, 500, 500]],
    ["quota", "rcpt", 550, "5.4.5", [401, 402, 429]],
    ["auth", "rcpt", 530, "5.7.0", [401, 401, 403]],
    ["forbidden", "rcpt", 550, "5.7.60", [403, 403, 403]],
    ["full", "rcpt", 452, "4.2.2", []],
    ["overquota", "rcpt", 552, "5.2.2", []],
    ["busy", "rcpt", 450, "4.2.0", []],
    ["spam", "body", 554, "5.7.1", []],
  ])("%s@ refuses at %s with %i %s, and by the APIs with %j", (name, stage, code, enhancedCode, statuses) => {
    const recipient = `${name}@example.com`;
    expect(atSmtp(recipient)).toMatchObject([{ stage, action: { type: "reply", code, enhancedCode } }]);
    const answers = apis.map((via) => atApi(via, recipient)).filter((action) => action !== undefined);
    expect(answers.map((action) => "status" in action && action.status)).toEqual(statuses);
  });

  test.each([
    ["slow", { type: "delay", ms: 3_000 }, { type: "delay", ms: 7 }],
    ["drop", { type: "drop" }, { type: "drop", afterBytes: 7 }],
    ["lost", { type: "lose-answer" }, { type: "lose-answer" }],
  ])("%s@ strikes the mail itself, with the number behind a plus", (name, action, numbered) => {
    expect(atSmtp(`${name}@example.com`)).toEqual([{ stage: "body", action }]);
    expect(atSmtp(`${name}+7@example.com`)).toEqual([{ stage: "body", action: numbered }]);
    expect(apis.map((via) => atApi(via, `${name}@example.com`))).toEqual([action, action, action]);
    expect(apis.map((via) => atApi(via, `${name}+7@example.com`))).toEqual([numbered, numbered, numbered]);
  });

  test("throttle@ sends Retry-After, ratelimit@ does not", () => {
    expect(atApi("ses", "throttle@example.com")).toMatchObject({ retryAfter: 2 });
    expect(atApi("ses", "throttle+30@example.com")).toMatchObject({ retryAfter: 30 });
    expect(atApi("ses", "ratelimit@example.com")).not.toHaveProperty("retryAfter");
  });

  test("reject@ is named by the APIs in their own errors", () => {
    const bodies = apis.map((via) => atApi(via, "reject@example.com"));
    expect(bodies).toMatchObject([
      { body: expect.stringContaining('"field":"personalizations.0.to.0.email"') },
      { body: expect.stringContaining("'to' parameter is not a valid address") },
      { headers: { "x-amzn-errortype": "MessageRejected" }, body: expect.stringContaining("reject@example.com") },
    ]);
  });

  test("case does not matter, and what stands behind a plus makes an address of one's own", () => {
    expect(atSmtp("Reject+case-7@EXAMPLE.com")).toHaveLength(1);
    expect(atSmtp("rejected@example.com")).toEqual([]);
    expect(atSmtp("constructor@example.com")).toEqual([]);
  });

  test("a bounce mail gets through, whoever it is for", () => {
    const bounce: FaultOccasion = { via: "smtp", stage: "rcpt", from: "", to: ["reject@example.com"] };
    expect(createFaults().take(bounce)).toBeUndefined();
  });

  test("greylist@ strikes each address once, in each inbox", () => {
    const faults = createFaults();
    const codes = (inbox: string, to: string) =>
      [1, 2].map(() => faults.take({ via: "smtp", stage: "rcpt", inbox, from: "a@b.example", to: [to] })?.type);
    expect(codes("one", "greylist@example.com")).toEqual(["reply", undefined]);
    expect(codes("one", "greylist+2@example.com")).toEqual(["reply", undefined]);
    expect(codes("two", "greylist@example.com")).toEqual(["reply", undefined]);
    expect(codes("one", "Greylist@example.com")).toEqual([undefined, undefined]);
    faults.clear();
    expect(codes("one", "greylist@example.com")).toEqual(["reply", undefined]);
  });
});

describe("addresses that report by webhook", () => {
  const mail = (via: Via, ...to: string[]) => ({ via, envelope: { from: "app@acme.example", to } });

  test("each recipient reports for itself, in order", () => {
    expect(autoEvents(mail("sendgrid", "complaint@x.example", "ada@x.example", "Bounce+1@x.example"))).toEqual([
      { action: "deliver", recipient: "complaint@x.example" },
      { action: "complain", recipient: "complaint@x.example" },
      { action: "hard_bounce", recipient: "Bounce+1@x.example" },
    ]);
  });

  test("the provider's own event is named", () => {
    expect(apis.map((via) => autoEvents(mail(via, "suppressed@x.example")))).toMatchObject([
      [{ detail: "dropped-bounced-address" }],
      [{ detail: "suppress-bounce" }],
      [{ detail: "on-account-suppression-list" }],
    ]);
  });

  test("by SMTP only bounces and complaints come back", () => {
    expect(autoEvents(mail("smtp", "click@x.example", "bounce@x.example", "complaint@x.example"))).toEqual([
      { action: "hard_bounce", recipient: "bounce@x.example" },
      { action: "complain", recipient: "complaint@x.example" },
    ]);
  });

  test("a bounce mail brings about no other one", () => {
    expect(autoEvents({ via: "smtp", envelope: { from: "", to: ["bounce@x.example"] } })).toEqual([]);
  });

  test("each event of the table is one that the provider has", () => {
    const names = Object.keys(faultAddresses).map((name) => `${name}@x.example`);
    for (const via of ["smtp", ...apis] as const) {
      for (const { action, detail } of autoEvents(mail(via, ...names))) {
        const known = webhookDetails[via][action];
        expect(known).not.toEqual([]);
        if (detail !== undefined) expect(known).toContain(detail);
      }
    }
  });
});
