import { describeTransport } from "@mail/conformance";
import { apiKey } from "./sendgrid-api.fixture.ts";
import { answerWith, sendgridServer } from "./sendgrid-server.fixture.ts";
import { sendgrid } from "./sendgrid-transport.ts";

describeTransport("sendgrid", async () => {
  const server = await sendgridServer(apiKey);
  const { baseUrl } = server;
  const create = (options: { readonly label?: string }) => sendgrid({ apiKey, baseUrl, ...options });
  const transport = create({});
  const fault = (...answer: Parameters<typeof answerWith>) => ({ play: () => server.next(answerWith(...answer)) });
  let hanging = false;
  return {
    transport,
    create,
    received: server.received,
    contacts: server.requests,
    hang: () =>
      server.next(() => {
        hanging = true;
      }),
    hanging: () => hanging,
    faults: [
      { code: "rate_limited", ...fault(429, "too many requests") },
      { code: "authentication", ...fault(401, `The key ${apiKey} is revoked`) },
      { code: "quota_exceeded", ...fault(401, "Maximum credits exceeded") },
      { code: "permission", ...fault(403, "access forbidden") },
      { code: "invalid_message", ...fault(400, "Bad Request", "subject") },
      {
        code: "recipient_rejected",
        ...fault(400, "Does not contain a valid address.", "personalizations.0.to.0.email"),
      },
      { code: "message_too_large", ...fault(413, "Payload too large") },
      { code: "unavailable", ...fault(503, "Service unavailable") },
      { code: "unavailable", delivery: "unknown", name: "a gateway's 502", ...fault(502, "Bad gateway") },
      { code: "configuration", delivery: "unknown", name: "a 200", ...fault(200, "Welcome") },
      {
        code: "connection",
        delivery: "unknown",
        play: () => server.next((response) => response.socket?.destroy()),
      },
    ],
    secrets: [apiKey],
    async close() {
      await server.close();
      await transport.close?.();
    },
  };
});
