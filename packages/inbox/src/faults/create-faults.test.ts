import { describe, expect, test } from "vitest";
import type { FaultOccasion, FaultRule } from "../fault.ts";
import { createFaults } from "./create-faults.ts";

const reply = { type: "reply", code: 451, enhancedCode: "4.7.1" } as const;
const drop = { type: "drop" } as const;
const atRcpt: FaultRule = { stage: "rcpt", action: reply };
const toAda: FaultOccasion = {
  via: "smtp",
  stage: "rcpt",
  inbox: "default",
  from: "app@acme.example",
  to: ["ada@example.com"],
};

function struckOf(rule: FaultRule, times: number, occasion: FaultOccasion = toAda): readonly boolean[] {
  const faults = createFaults();
  faults.add(rule);
  return Array.from({ length: times }, () => faults.take(occasion) !== undefined);
}

describe("conditions of a rule", () => {
  test("a rule strikes at its stage, and nowhere else", () => {
    const faults = createFaults();
    faults.add(atRcpt);
    expect(faults.take(toAda)).toEqual(reply);
    expect(faults.take({ ...toAda, stage: "mail" })).toBeUndefined();
    expect(faults.take({ ...toAda, via: "sendgrid", stage: "request" })).toBeUndefined();
  });

  test.each([
    ["via", { stage: "request", via: "ses", action: drop }, { via: "ses" }, { via: "mailgun" }],
    ["inbox", { stage: "request", inbox: "team-a", action: drop }, { inbox: "team-a" }, { inbox: "team-b" }],
    ["to", { stage: "request", to: "a@b.example", action: drop }, { to: ["x@b.example", "A@B.example"] }, { to: [] }],
    ["from", { stage: "request", from: "*@acme.example", action: drop }, { from: "x@acme.example" }, { from: "" }],
    ["null sender", { stage: "request", from: "", action: drop }, { from: "" }, { from: "x@acme.example" }],
  ] as const)("%s is a condition", (_, rule, fitting, other) => {
    const request: FaultOccasion = { via: "sendgrid", stage: "request" };
    expect(struckOf(rule, 1, { ...request, ...fitting })).toEqual([true]);
    expect(struckOf(rule, 1, { ...request, ...other })).toEqual([false]);
  });

  test.each([
    ["*", "a@b.example", true],
    ["*@b.example", "a@b.example", true],
    ["*@b.example", "a@b.example.org", false],
    ["a*@b.example", "a@b.example", true],
    ["a*b@c.example", "a-x-b@c.example", true],
    ["*+test-*@*", "me+test-1@c.example", true],
    ["aa*aa", "aaa", false],
    ["*a*a*", "a", false],
    ["a.c@b.example", "abc@b.example", false],
    ["*@bücher.example", "a@xn--bcher-kva.example", true],
    ["*@*.bücher.example", "a@b.xn--bcher-kva.example", true],
    ["*@xn--bcher-kva.example", "a@bücher.example", true],
  ])("%s as pattern, %s as address: %s", (to, address, fits) => {
    expect(struckOf({ ...atRcpt, to }, 1, { ...toAda, to: [address] })).toEqual([fits]);
  });

  test("a pattern of many stars takes no longer than a short one", () => {
    const to = `${"*a".repeat(190)}*b`;
    expect(struckOf({ ...atRcpt, to }, 1, { ...toAda, to: ["a".repeat(60_000)] })).toEqual([false]);
  });
});

describe("counting", () => {
  test("every strikes the n-th, the 2n-th and so on", () => {
    expect(struckOf({ ...atRcpt, every: 3 }, 7)).toEqual([false, false, true, false, false, true, false]);
  });

  test("first strikes the first n times", () => {
    expect(struckOf({ ...atRcpt, first: 2 }, 4)).toEqual([true, true, false, false]);
  });

  test("with both, only the first n of the every n-th strike", () => {
    expect(struckOf({ ...atRcpt, every: 2, first: 1 }, 4)).toEqual([false, true, false, false]);
  });

  test("what does not fit is not counted", () => {
    const faults = createFaults();
    faults.add({ ...atRcpt, to: "ada@*", every: 2 });
    faults.take({ ...toAda, to: ["bob@example.com"] });
    faults.take(toAda);
    expect(faults.list()).toMatchObject([{ asked: 1, struck: 0 }]);
    faults.take(toAda);
    expect(faults.list()).toMatchObject([{ asked: 2, struck: 1 }]);
  });
});

describe("several rules", () => {
  test("the first that strikes is played, and those behind it are not asked", () => {
    const faults = createFaults();
    faults.add({ ...atRcpt, first: 1 });
    faults.add({ stage: "rcpt", action: drop });
    expect([faults.take(toAda), faults.take(toAda)]).toEqual([reply, drop]);
    expect(faults.list()).toMatchObject([
      { id: "fault-1", asked: 2, struck: 1 },
      { id: "fault-2", asked: 1, struck: 1 },
    ]);
  });

  test("rules come before addresses", () => {
    const faults = createFaults();
    const { id } = faults.add({ stage: "rcpt", action: drop });
    const toReject = { ...toAda, to: ["reject@example.com"] };
    expect(faults.take(toReject)).toEqual(drop);
    expect(faults.remove(id)).toBe(true);
    expect(faults.remove(id)).toBe(false);
    expect(faults.take(toReject)).toMatchObject({ code: 550 });
  });

  test("clear takes all of them off", () => {
    const faults = createFaults();
    faults.add(atRcpt);
    faults.clear();
    expect(faults.list()).toEqual([]);
    expect(faults.take(toAda)).toBeUndefined();
  });

  test("a rule does not change with the object that it was made of", () => {
    const faults = createFaults();
    const action = { type: "reply" as const, code: 451 };
    faults.add({ stage: "rcpt", action });
    action.code = 250;
    expect(faults.take(toAda)).toEqual({ type: "reply", code: 451 });
  });
});

describe("checking a rule", () => {
  test.each<[string, unknown]>([
    ["rule", null],
    ["rule", []],
    ["stage", { action: drop }],
    ["stage", { stage: "greeting", action: drop }],
    ["stage", { stage: "request", via: "smtp", action: { type: "drop" } }],
    ["stage", { stage: "rcpt", via: "ses", action: drop }],
    ["via", { stage: "rcpt", via: "postmark", action: drop }],
    ["when", { stage: "rcpt", when: "now", action: drop }],
    ["to", { stage: "rcpt", to: "", action: drop }],
    ["to", { stage: "rcpt", to: 7, action: drop }],
    ["to", { stage: "mail", to: "a@b.example", action: drop }],
    ["from", { stage: "auth", from: "a@b.example", action: drop }],
    ["inbox", { stage: "ehlo", inbox: "a", action: drop }],
    ["every", { stage: "rcpt", every: 0, action: drop }],
    ["first", { stage: "rcpt", first: 1.5, action: drop }],
    ["action.type", { stage: "rcpt" }],
    ["action.type", { stage: "rcpt", action: { type: "explode" } }],
    ["action.type", { stage: "rcpt", action: { type: "constructor" } }],
    ["action.type", { stage: "request", action: reply }],
    ["action.type", { stage: "rcpt", action: { type: "status", status: 500 } }],
    ["action.type", { stage: "rcpt", action: { type: "lose-answer" } }],
    ["action.code", { stage: "rcpt", action: { type: "reply" } }],
    ["action.code", { stage: "rcpt", action: { type: "reply", code: 99 } }],
    ["action.enhancedCode", { stage: "rcpt", action: { type: "reply", code: 550, enhancedCode: "6.1.1" } }],
    ["action.text", { stage: "rcpt", action: { type: "reply", code: 550, text: "no\r\n250 yes" } }],
    ["action.ms", { stage: "rcpt", action: { type: "reply", code: 550, ms: 1 } }],
    ["action.ms", { stage: "rcpt", action: { type: "delay" } }],
    ["action.ms", { stage: "rcpt", action: { type: "delay", ms: -1 } }],
    ["action.afterBytes", { stage: "rcpt", action: { type: "drop", afterBytes: 10 } }],
    ["action.status", { stage: "request", action: { type: "status", status: 101 } }],
    ["action.retryAfter", { stage: "request", action: { type: "status", status: 429, retryAfter: "soon" } }],
    ["action.headers", { stage: "request", action: { type: "status", status: 500, headers: { "a b": "c" } } }],
    ["action.headers", { stage: "request", action: { type: "status", status: 500, headers: { a: "b\r\nc: d" } } }],
    ["action.body", { stage: "request", action: { type: "status", status: 500, body: {} } }],
  ])("an error names %s", (field, rule) => {
    const faults = createFaults();
    expect(() => faults.add(rule as FaultRule)).toThrow(expect.objectContaining({ code: "configuration", field }));
    expect(faults.list()).toEqual([]);
  });

  test.each<FaultRule>([
    { stage: "connect", action: { type: "reply", code: 421, text: "Go away" } },
    { stage: "ehlo", action: { type: "delay", ms: 100 } },
    { stage: "auth", inbox: "default", action: { type: "reply", code: 535, enhancedCode: "5.7.8" } },
    { stage: "body", to: "*", action: { type: "drop", afterBytes: 100 } },
    { stage: "request", via: "ses", action: { type: "lose-answer" }, every: 2, first: 3 },
    { stage: "request", action: { type: "status", status: 429, retryAfter: 1, headers: { a: "b" }, body: "{}" } },
  ])("$stage with $action.type is taken", (rule) => {
    const faults = createFaults();
    expect(faults.add(rule)).toEqual({ ...rule, id: "fault-1", asked: 0, struck: 0 });
  });

  test("there is an end to the number of rules", () => {
    const faults = createFaults();
    for (let count = 0; count < 1000; count++) faults.add(atRcpt);
    expect(() => faults.add(atRcpt)).toThrow(expect.objectContaining({ field: "rule" }));
  });
});
