import { type DeliveryState, MailError, networkFailure, parseRetryAfter, plainReason } from "@mail/core";
import { type SesErrorRow, sdkErrors, sesErrors, sesStatuses, unavailable } from "./ses-error-table.ts";

/** What can be read from whatever the AWS SDK threw. */
interface SdkError {
  readonly name: string;
  readonly text: string;
  readonly codes: readonly string[];
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfter?: string | undefined;
}

/** Gateways, which cannot say what became of the request behind them (RFC 9110 sections 15.6.3 and 15.6.5). */
const gatewayStatuses: readonly number[] = [502, 504];

/** True where SES has answered, so that the outcome is known. */
export function hasAnswer(thrown: unknown): boolean {
  return read(thrown).status !== undefined;
}

/** Whatever the AWS SDK threw as a MailError; `handedOver` says whether SES may have the mail, where that is known. */
export function sesError(thrown: unknown, handedOver: boolean | undefined): MailError {
  if (MailError.is(thrown)) return thrown;
  const error = read(thrown);
  return error.status === undefined ? withoutAnswer(error, handedOver, thrown) : fromAnswer(error, error.status);
}

/** An answer that is not what SES gives. */
export function notSes(status: number, text: string, delivery: DeliveryState): MailError {
  return new MailError(`SES answered with status ${status}, but not as SES does.`, {
    code: "configuration",
    delivery,
    response: { status, text },
    hint: "Check `endpoint`, region and any proxy: something else than SES answers there.",
  });
}

/** A success that came before the whole request was there, which only something in between can have said. */
export function takenTooEarly(): MailError {
  return new MailError("SES answered before it had the whole request.", {
    code: "unavailable",
    delivery: "unknown",
    hint: "Check `endpoint` and any proxy: what answers there is not SES. It may have sent what it had.",
  });
}

function fromAnswer(error: SdkError, status: number): MailError {
  const { name, text, requestId } = error;
  if (status < 300) return notSes(status, text, "unknown");
  const known = rowFor(name, text);
  const row = known ?? sesStatuses[status] ?? (status >= 500 ? unavailable : undefined);
  if (row === undefined) return notSes(status, text, "not_sent");
  const request = requestId === undefined ? "" : ` (request ${requestId})`;
  return new MailError(`SES answered ${name}: ${text}`, {
    code: row.code,
    hint: row.hint,
    retryAfterMs: parseRetryAfter(error.retryAfter) ?? row.retryAfterMs,
    delivery: known === undefined && gatewayStatuses.includes(status) ? "unknown" : "not_sent",
    response: { status, text: `${name}: ${text}${request}` },
  });
}

function withoutAnswer({ name, text, codes }: SdkError, handedOver: boolean | undefined, cause: unknown): MailError {
  const row = rowFor(name, text) ?? sdkErrors.find((candidate) => text.includes(candidate.text));
  if (row !== undefined) return new MailError(text, { code: row.code, hint: row.hint, delivery: "not_sent", cause });
  const code = codes.find((candidate) => networkFailure(candidate) !== undefined);
  const failure = code === undefined ? undefined : networkFailure(code, handedOver);
  const reason = [code, plainReason(text)].filter(Boolean).join(": ") || name;
  return new MailError(`The request to SES failed: ${reason}`, {
    code: failure?.code ?? "unknown",
    delivery: failure?.delivery ?? (handedOver === false ? "not_sent" : "unknown"),
    hint: failure?.hint ?? "The AWS SDK failed in a way that is not known here: see the cause.",
    cause,
  });
}

function rowFor(name: string, text: string): SesErrorRow | undefined {
  const key = name.replace(/(?:Exception|Error)$/, "");
  const rows = Object.hasOwn(sesErrors, key) ? sesErrors[key] : undefined;
  return rows?.find((row) => row.text === undefined || text.includes(row.text));
}

function read(thrown: unknown): SdkError {
  if (!(thrown instanceof Error)) return { name: "", text: String(thrown), codes: [] };
  const metadata = objectIn(thrown, "$metadata");
  const response = objectIn(thrown, "$response");
  const status = metadata["httpStatusCode"] ?? response["statusCode"];
  const causes = thrown instanceof AggregateError ? [thrown, ...thrown.errors] : [thrown];
  return {
    name: thrown.name,
    text: firstLine(thrown.message),
    codes: causes.flatMap((cause: unknown) => stringIn(cause, "code") ?? []),
    ...(typeof status === "number" && { status }),
    requestId: stringIn(metadata, "requestId"),
    retryAfter: stringIn(objectIn(response, "headers"), "retry-after"),
  };
}

/** The lines after the first of a refused signature hold the whole request, session token included. */
function firstLine(text: string): string {
  return /^.{0,500}/.exec(text)?.[0] ?? "";
}

type Fields = Readonly<Record<string, unknown>>;

function objectIn(value: object, key: string): Fields {
  const found = (value as Fields)[key];
  return typeof found === "object" && found !== null ? (found as Fields) : {};
}

function stringIn(value: unknown, key: string): string | undefined {
  const found = typeof value === "object" && value !== null ? (value as Fields)[key] : undefined;
  return typeof found === "string" ? found : undefined;
}
