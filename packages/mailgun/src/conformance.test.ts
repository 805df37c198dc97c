import { describeTransport, type PlayedFault } from "@mail/conformance";
import { FakeMailgun } from "./fake-mailgun.fixture.ts";
import { mailgun } from "./index.ts";
import { receivedMails } from "./received-mail.fixture.ts";
import { key } from "./send.fixture.ts";

describeTransport("mailgun", async () => {
  const fake = await FakeMailgun.start();
  const create = (options: { readonly label?: string }) =>
    mailgun({ apiKey: key, domain: "mg.acme.example", baseUrl: fake.url, ...options });
  const transport = create({});
  const answer = (status: number, text: string): Pick<PlayedFault, "name" | "play"> => ({
    name: `${status} ${text}`,
    play: () => fake.answerNext(status, { message: text }),
  });
  let hanging = false;
  return {
    transport,
    create,
    received: async () => (await Promise.all(fake.requests.map(receivedMails))).flat(),
    contacts: () => fake.contacts,
    hang: () =>
      fake.playNext((request) => {
        request.resume().on("end", () => {
          hanging = true;
        });
      }),
    hanging: () => hanging,
    faults: [
      { code: "invalid_message", ...answer(400, "Too many recipients") },
      {
        code: "recipient_rejected",
        ...answer(400, "'to' parameter is not a valid address. please check documentation"),
      },
      { code: "permission", ...answer(400, "Domain mg.acme.example is not allowed to send: unverified") },
      { code: "authentication", ...answer(401, `Forbidden: ${key}`) },
      { code: "quota_exceeded", ...answer(402, "Payment required") },
      { code: "policy_rejected", scope: "transport", ...answer(403, "Account is not allowed to send large batches") },
      { code: "configuration", ...answer(404, "Domain not found: mg.acme.example") },
      { code: "message_too_large", ...answer(413, "Request body too large") },
      { code: "rate_limited", ...answer(429, "Too many requests") },
      { code: "unavailable", delivery: "unknown", ...answer(503, "Service unavailable") },
      { code: "configuration", delivery: "unknown", ...answer(200, "Queued, but without an id") },
      {
        name: "the connection is cut after the mail",
        code: "connection",
        delivery: "unknown",
        play: () => fake.playNext((request) => request.resume().on("end", () => request.socket.resetAndDestroy())),
      },
    ],
    secrets: [key],
    async close() {
      await fake.close();
      await transport.close?.();
    },
  };
});
