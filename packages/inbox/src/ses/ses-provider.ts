import { randomUUID } from "node:crypto";
import { type ApiAnswer, ApiRefusal, jsonAnswer } from "../api/api-answer.ts";
import type { Credentials } from "../api/credentials.ts";
import type { Provider } from "../api/provider-api.ts";

/** 40 MB of mail, which in raw form stand in base64 once more, with some room for the rest. */
const maxBodyBytes = 56 * 1024 * 1024;

/** Errors by status: SES v2 API reference, "SendEmail" and "Common errors". */
const errors: Readonly<Record<number, readonly [type: string, message: string]>> = {
  400: ["BadRequestException", "The input you provided is invalid."],
  403: ["AccessDeniedException", "User is not authorized to perform: ses:SendEmail"],
  404: ["NotFoundException", "The resource you attempted to access doesn't exist."],
  409: ["ConcurrentModificationException", "The resource is being modified by another operation or thread."],
  413: ["RequestEntityTooLargeException", "Request Entity Too Large"],
  429: ["TooManyRequestsException", "Maximum sending rate exceeded."],
  500: ["InternalServiceErrorException", "The request couldn't be processed because an internal error occurred."],
  503: ["ServiceUnavailableException", "Service is unavailable."],
};

export const sesProvider: Provider = {
  via: "ses",
  maxBodyBytes,
  credentials: (headers) => signingKey(headers)?.credentials,
  error(status) {
    if (status < 400) return { status };
    const [type, message] = errors[status] ?? (status < 500 ? errors[400] : errors[500]) ?? ["InternalFailure", ""];
    return sesError(status, type, message);
  },
  unauthorized(headers) {
    if (!headers.has("authorization"))
      return sesError(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
    if (signingKey(headers) === undefined)
      return sesError(
        403,
        "IncompleteSignatureException",
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
      );
    return sesError(403, "UnrecognizedClientException", "The security token included in the request is invalid.");
  },
};

/** An error with its name in `x-amzn-ErrorType`, as the REST JSON protocol of AWS has it. */
export function sesError(status: number, type: string, message: string): ApiAnswer {
  return jsonAnswer(status, { message }, { "x-amzn-errortype": type, "x-amzn-requestid": randomUUID() });
}

/** A 400 of SES. */
export function badRequest(message: string): ApiRefusal {
  return new ApiRefusal(sesError(400, "BadRequestException", message));
}

/** An answer of SES to a request that it took. */
export function sesAnswer(body: unknown): ApiAnswer {
  return jsonAnswer(200, body, { "x-amzn-requestid": randomUUID() });
}

/** Key id and region of AWS Signature Version 4; the signature itself is not verified, for the secret is not known. */
export function signingKey(
  headers: Headers,
): { readonly credentials: Credentials; readonly region: string } | undefined {
  const header = headers.get("authorization") ?? "";
  const scope =
    /^AWS4-[A-Z0-9-]+ .*\bCredential=([^/,\s]+)\/(\d{8})\/(?:([a-z0-9-]+)\/)?[a-z0-9-]+\/aws4_request\b/.exec(header);
  const [, key, , region = "us-east-1"] = scope ?? [];
  if (key === undefined || !/\bSignature=\w/.test(header)) return undefined;
  return { credentials: { key, secret: false }, region };
}
