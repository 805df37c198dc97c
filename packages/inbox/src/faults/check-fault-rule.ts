import { misconfigured } from "@mail/core";
import type { Via } from "../caught-mail.ts";
import type { FaultRule, FaultStage } from "../fault.ts";
import { checkedAction } from "./check-fault-action.ts";

const fields = ["via", "inbox", "from", "to", "stage", "action", "every", "first"];
const vias: readonly Via[] = ["smtp", "sendgrid", "mailgun", "ses"];
const maxTextLength = 400;

/** Stages in their order, and what is not known there yet. */
const unknownAt: Readonly<Record<FaultStage, readonly string[]>> = {
  connect: ["inbox", "from", "to"],
  ehlo: ["inbox", "from", "to"],
  starttls: ["from", "to"],
  auth: ["from", "to"],
  mail: ["to"],
  rcpt: [],
  data: [],
  body: [],
  rset: [],
  quit: [],
  request: [],
};
const stages = Object.keys(unknownAt) as FaultStage[];

/** A rule of its own, which later changes to `rule` do not touch. @throws MailError `configuration` that names the field */
export function checkedRule(rule: unknown): FaultRule {
  if (typeof rule !== "object" || rule === null || Array.isArray(rule))
    throw misconfigured("rule", "must be an object", `Fields: ${fields.join(", ")}.`);
  const values = rule as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(values).find((name) => !fields.includes(name));
  if (unknown !== undefined)
    throw misconfigured(unknown, "is not a field of a fault rule", `Fields: ${fields.join(", ")}.`);
  const stage = oneOf("stage", values["stage"], stages);
  const via = values["via"] === undefined ? undefined : oneOf("via", values["via"], vias);
  if (via !== undefined && (via === "smtp") === (stage === "request"))
    throw misconfigured(
      "stage",
      `${via} has no stage ${stage}`,
      "SMTP has all stages but request; an API has only that.",
    );
  const texts = Object.fromEntries(["inbox", "from", "to"].flatMap((name) => textOf(name, values[name], stage)));
  const counts = Object.fromEntries(["every", "first"].flatMap((name) => countOf(name, values[name])));
  const action = checkedAction(values["action"], stage);
  return { ...(via !== undefined && { via }), ...texts, stage, action, ...counts };
}

function oneOf<Choice extends string>(name: string, value: unknown, choices: readonly Choice[]): Choice {
  const choice = choices.find((known) => known === value);
  if (choice === undefined)
    throw misconfigured(name, value === undefined ? "is missing" : "is not known", `One of ${choices.join(", ")}.`);
  return choice;
}

function textOf(name: string, value: unknown, stage: FaultStage): readonly [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== "string" || value.length > maxTextLength)
    throw misconfigured(name, `must be a text of at most ${maxTextLength} characters`, "Write an address or a name.");
  // An empty sender is that of a bounce mail.
  if (value === "" && name !== "from") throw misconfigured(name, "is empty", "Leave it out, or write * for any.");
  if (unknownAt[stage].includes(name))
    throw misconfigured(
      name,
      `is not known yet at ${stage}, so that the rule would never strike`,
      "Use a later stage.",
    );
  return [[name, value]];
}

function countOf(name: string, value: unknown): readonly [string, number][] {
  if (value === undefined) return [];
  if (!Number.isSafeInteger(value) || Number(value) < 1)
    throw misconfigured(name, "must be a whole number from 1 on", "Leave it out to strike each time.");
  return [[name, Number(value)]];
}
