import { inspect } from "node:util";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { credentials, failure, send } from "./mail.fixture.ts";
import { ses } from "./ses-transport.ts";

const url = "https://email.eu-west-1.amazonaws.com/v2/email/outbound-emails";
const unhandled: string[] = [];
let requests = 0;
const server = setupServer();

beforeAll(() => {
  server.listen({ onUnhandledFrame: "error" });
  server.events.on("request:unhandled", ({ request }) => unhandled.push(request.url));
});
afterEach(() => {
  expect(unhandled).toEqual([]);
  requests = 0;
  server.resetHandlers();
});
afterAll(() => server.close());

async function errorAfter(answer: () => Response): Promise<Awaited<ReturnType<typeof failure>>> {
  server.use(
    http.post(url, () => {
      requests++;
      return answer();
    }),
  );
  return failure(send(ses({ region: "eu-west-1", credentials })));
}

const json =
  (status: number, name: string, message: string, headers: Record<string, string> = {}) =>
  () =>
    HttpResponse.json(
      { message },
      { status, headers: { "x-amzn-errortype": name, "x-amzn-requestid": "r-1", ...headers } },
    );

const rejected =
  "Email address is not verified. The following identities failed the check in region EU-WEST-1: a@b.example";

describe("an error of SES", () => {
  it.each([
    [400, "MessageRejected", rejected, "permission"],
    [400, "MessageRejected", "Sending suspended for this account.", "permission"],
    [400, "MessageRejected", "Message contains a virus.", "policy_rejected"],
    [400, "BadRequestException", "Illegal address", "invalid_message"],
    [400, "ValidationError", "1 validation error detected", "invalid_message"],
    [400, "ValidationException", "1 validation error detected", "invalid_message"],
    [400, "MailFromDomainNotVerifiedException", "MAIL FROM domain", "permission"],
    [404, "NotFoundException", "Configuration set <x> does not exist.", "configuration"],
    [400, "AccountSuspendedException", "suspended", "permission"],
    [400, "SendingPausedException", "paused", "permission"],
    [429, "TooManyRequestsException", "Maximum sending rate exceeded.", "rate_limited"],
    [400, "ThrottlingException", "Maximum sending rate exceeded.", "rate_limited"],
    [400, "Throttling", "Rate exceeded", "rate_limited"],
    [429, "TooManyRequestsException", "Daily message quota exceeded.", "quota_exceeded"],
    [400, "ThrottlingException", "Daily message quota exceeded.", "quota_exceeded"],
    [400, "LimitExceededException", "limit", "quota_exceeded"],
    [403, "AccessDeniedException", "User is not authorized to perform ses:SendEmail", "permission"],
    [403, "UnrecognizedClientException", "The security token included in the request is invalid.", "authentication"],
    [403, "InvalidClientTokenId", "The security token included in the request is invalid.", "authentication"],
    [403, "SignatureDoesNotMatch", "The request signature we calculated does not match", "authentication"],
    [403, "InvalidSignatureException", "Signature expired", "authentication"],
    [403, "ExpiredTokenException", "The security token included in the request is expired", "authentication"],
    [403, "ExpiredToken", "expired", "authentication"],
    [403, "IncompleteSignature", "incomplete", "authentication"],
    [413, "RequestEntityTooLargeException", "too large", "message_too_large"],
    [500, "InternalFailure", "failure", "unavailable"],
    [500, "InternalServiceErrorException", "failure", "unavailable"],
    [503, "ServiceUnavailable", "unavailable", "unavailable"],
    [400, "SomethingNewException", "new", "invalid_message"],
    [403, "SomethingNewException", "new", "permission"],
    [408, "SomethingNewException", "new", "timeout"],
    [413, "SomethingNewException", "new", "message_too_large"],
    [429, "SomethingNewException", "new", "rate_limited"],
    [599, "SomethingNewException", "new", "unavailable"],
  ])("%i %s: %s becomes %s%s", async (status, name, message, code) => {
    const error = await errorAfter(json(status, name, message));
    expect(error).toMatchObject({
      code,
      delivery: "not_sent",
      response: { status, text: expect.stringContaining(message) },
    });
    expect(error.hint).not.toBe("");
    expect(requests).toBe(1);
  });

  it("has the request's id, which Amazon's support asks for", async () => {
    const error = await errorAfter(json(400, "BadRequestException", "Illegal address"));
    expect(error.response?.text).toBe("BadRequestException: Illegal address (request r-1)");
  });

  it("says when to try again where the answer does, and an hour for the day's quota", async () => {
    const slow = json(429, "TooManyRequestsException", "Maximum sending rate exceeded.", { "retry-after": "7" });
    expect((await errorAfter(slow)).retryAfterMs).toBe(7000);
    const full = json(429, "TooManyRequestsException", "Daily message quota exceeded.");
    expect((await errorAfter(full)).retryAfterMs).toBe(3_600_000);
  });

  it.each([
    [502, "unavailable", "unknown"],
    [503, "unavailable", "not_sent"],
    [504, "unavailable", "unknown"],
    [403, "permission", "not_sent"],
    [302, "configuration", "not_sent"],
    [200, "configuration", "unknown"],
  ])("of a proxy that answers %i with a page becomes %s, %s", async (status, code, delivery) => {
    const page = () => new HttpResponse("<html>portal</html>", { status, headers: { "content-type": "text/html" } });
    const error = await errorAfter(page);
    expect(error).toMatchObject({ code, delivery, response: { status } });
    expect(requests).toBe(1);
  });

  it.each([["{}"], [""], ['{"MessageId":""}'], ["[]"], ["null"], ['{"MessageId":']])(
    "is an answer of 200 without a MessageId: %s",
    async (body) => {
      const error = await errorAfter(() => new HttpResponse(body, { headers: { "content-type": "application/json" } }));
      expect(error).toMatchObject({ code: "configuration", delivery: "unknown", response: { status: 200 } });
    },
  );

  it("shows no secret, not even the session token in the request that SES quotes", async () => {
    const { secretAccessKey, sessionToken } = credentials;
    const quoted = `The request signature we calculated does not match.\n\nx-amz-security-token:${sessionToken}\n${secretAccessKey}`;
    const provider = () => Promise.resolve(credentials);
    server.use(http.post(url, json(403, "SignatureDoesNotMatch", quoted)));
    for (const given of [credentials, provider]) {
      const error = await failure(send(ses({ region: "eu-west-1", credentials: given })));
      const shown = inspect(error, { depth: 10, showHidden: true });
      expect(shown).toContain("does not match");
      expect(shown).not.toContain(sessionToken);
      expect(shown).not.toContain(secretAccessKey);
    }
  });
});

describe("an error of the AWS SDK", () => {
  it("about missing credentials is a configuration error", async () => {
    const credentials = () =>
      Promise.reject(Object.assign(new Error("Could not load"), { name: "CredentialsProviderError" }));
    const error = await failure(send(ses({ region: "eu-west-1", credentials })));
    expect(error).toMatchObject({
      code: "configuration",
      delivery: "not_sent",
      hint: expect.stringContaining("credentials"),
    });
  });

  it("is not waited for where a function gives half a key", async () => {
    const credentials = async () => ({ accessKeyId: "AKID", secretAccessKey: undefined });
    const error = await failure(send(ses({ region: "eu-west-1", credentials })));
    expect(error).toMatchObject({
      code: "configuration",
      field: "credentials.secretAccessKey",
      delivery: "not_sent",
    });
  });

  it("about a missing region is a configuration error", async () => {
    const client = { send: () => Promise.reject(new Error("Region is missing")) };
    const error = await failure(send(ses({ client: client as never })));
    expect(error).toMatchObject({
      code: "configuration",
      delivery: "not_sent",
      hint: expect.stringContaining("`region`"),
    });
  });

  it("that nobody knows says so, and leaves the outcome open only where the mail may have gone out", async () => {
    const client = { send: () => Promise.reject(new Error("what?")) };
    const ofClient = await failure(send(ses({ client: client as never })));
    expect(ofClient).toMatchObject({ code: "unknown", delivery: "unknown" });
    const ofProvider = await failure(
      send(ses({ region: "eu-west-1", credentials: () => Promise.reject(new Error("what?")) })),
    );
    expect(ofProvider).toMatchObject({ code: "unknown", delivery: "not_sent" });
  });
});
