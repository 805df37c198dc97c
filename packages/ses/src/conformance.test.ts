import { describeTransport } from "@mail/conformance";
import { answerWith, sesServer } from "./ses-server.fixture.ts";
import { ses } from "./ses-transport.ts";

describeTransport("ses", async () => {
  const server = await sesServer();
  const credentials = {
    accessKeyId: "AKIDCONFORMANCE",
    secretAccessKey: "secret/of+conformance",
    sessionToken: "token-of-conformance",
  };
  const create = (options: { readonly label?: string }) =>
    ses({ region: "eu-west-1", endpoint: server.endpoint, credentials, ...options });
  const fault = (status: number, name: string, message: string) => () =>
    server.next(answerWith(status, { message }, name));
  return {
    transport: create({}),
    create,
    received: server.received,
    contacts: server.contacts,
    hang: () => server.next(() => undefined),
    faults: [
      { code: "rate_limited", play: fault(429, "TooManyRequestsException", "Maximum sending rate exceeded.") },
      { code: "permission", play: fault(400, "MessageRejected", "Email address is not verified.") },
      { code: "policy_rejected", play: fault(400, "MessageRejected", "Message contains a virus.") },
      {
        code: "authentication",
        play: fault(403, "UnrecognizedClientException", `The security token ${credentials.sessionToken} is invalid.`),
      },
      { code: "unavailable", play: fault(503, "ServiceUnavailable", "Service is unavailable."), delivery: "not_sent" },
      { code: "connection", play: () => server.next((request) => request.socket.destroy()), delivery: "unknown" },
    ],
    secrets: Object.values(credentials),
    close: server.close,
  };
});
