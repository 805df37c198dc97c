import { misconfigured } from "@mail/core";
import type { FaultAction, FaultStage } from "../fault.ts";

const maxDelayMs = 3_600_000;
const maxRetryAfter = 86_400;
const maxBodyLength = 100_000;
const maxTextLength = 400;

type Fields = Readonly<Record<string, unknown>>;
/** What is wrong with a value, in words that follow the field's name. */
type Check = (value: unknown) => string | undefined;

const checks: Readonly<Record<FaultAction["type"], Readonly<Record<string, Check>>>> = {
  reply: { code: integer(200, 599), enhancedCode, text: line },
  status: { status: integer(200, 599), headers, body, retryAfter: integer(0, maxRetryAfter) },
  delay: { ms: integer(0, maxDelayMs) },
  drop: { afterBytes: integer(0, Number.MAX_SAFE_INTEGER) },
  "lose-answer": {},
};

const required: Readonly<Record<FaultAction["type"], readonly string[]>> = {
  reply: ["code"],
  status: ["status"],
  delay: ["ms"],
  drop: [],
  "lose-answer": [],
};

const types = Object.keys(checks) as FaultAction["type"][];

/** @throws MailError `configuration` that names the field */
export function checkedAction(action: unknown, stage: FaultStage): FaultAction {
  const fields = (typeof action === "object" && action !== null ? action : {}) as Fields;
  const type = types.find((known) => known === fields["type"]);
  if (type === undefined) throw misconfigured("action.type", "is not known", `Types: ${types.join(", ")}.`);
  refuseWrongStage(type, stage, fields);
  for (const name of Object.keys(fields).filter((key) => key !== "type")) {
    if (!Object.hasOwn(checks[type], name))
      throw misconfigured(
        `action.${name}`,
        `is no field of ${type}`,
        `Fields: ${Object.keys(checks[type]).join(", ")}.`,
      );
  }
  for (const [name, check] of Object.entries(checks[type])) {
    const value = fields[name];
    if (value === undefined && !required[type].includes(name)) continue;
    const problem = check(value);
    if (problem !== undefined) throw misconfigured(`action.${name}`, problem, `Check ${name} of the ${type}.`);
  }
  // Each field was checked against its type above.
  return structuredClone(fields) as FaultAction & Fields;
}

function refuseWrongStage(type: FaultAction["type"], stage: FaultStage, fields: Fields): void {
  const refuse = (field: string, problem: string, hint: string): never => {
    throw misconfigured(field, problem, hint);
  };
  const whole = stage === "body" || stage === "request";
  if (type === "reply" && stage === "request")
    refuse("action.type", "a reply is SMTP's, and a request is HTTP", "Use status.");
  if (type === "status" && stage !== "request")
    refuse("action.type", `a status is HTTP's, and ${stage} a stage of SMTP`, "Use reply.");
  if (type === "lose-answer" && !whole)
    refuse("action.type", `no mail is accepted at ${stage}`, "Use the stage body or request.");
  if (type === "drop" && fields["afterBytes"] !== undefined && !whole)
    refuse("action.afterBytes", `nothing is counted at ${stage}`, "Use the stage body or request.");
}

function integer(min: number, max: number): Check {
  return (value) =>
    Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `must be a whole number from ${min} to ${max}`;
}

/** RFC 3463 section 2. */
function enhancedCode(value: unknown): string | undefined {
  return typeof value === "string" && /^[245]\.\d{1,3}\.\d{1,3}$/.test(value) ? undefined : "must be a code like 4.2.1";
}

function line(value: unknown): string | undefined {
  const fine = typeof value === "string" && value.length <= maxTextLength && !/\p{Cc}/u.test(value);
  return fine ? undefined : `must be one line of at most ${maxTextLength} characters`;
}

function body(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= maxBodyLength
    ? undefined
    : `must be a text of at most ${maxBodyLength} characters`;
}

/** RFC 9110 section 5. */
function headers(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return "must be an object of names and texts";
  const odd = Object.entries(value).find(
    ([name, text]) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || typeof text !== "string" || !/^[\t\x20-\x7e]*$/.test(text),
  );
  return odd === undefined ? undefined : `has ${JSON.stringify(odd[0])}, which HTTP cannot carry`;
}
