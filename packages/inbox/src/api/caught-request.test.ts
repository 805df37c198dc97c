import { expect, test } from "vitest";
import { startInbox } from "../start-inbox.ts";

test("a request of a thousand mails pushes none of them out, and its begin and end stay visible", async () => {
  await using inbox = await startInbox({ port: 0 });
  const answer = await fetch(`${inbox.urls.web}/v3/mail/send`, {
    method: "POST",
    headers: { Authorization: "Bearer KEY", "Content-Type": "application/json" },
    body: JSON.stringify({
      personalizations: Array.from({ length: 1_000 }, (_, index) => ({
        to: [{ email: `reader${index}@example.com` }],
        substitutions: { "-note-": "x".repeat(500) },
      })),
      from: { email: "app@acme.example" },
      subject: "The news",
      content: [{ type: "text/plain", value: "Hello" }],
    }),
  });
  expect(answer.status).toBe(202);
  const mails = inbox.messages();
  expect(mails).toHaveLength(1_000);
  const body = mails[0]?.request?.body ?? "";
  expect(body.length).toBeLessThan(25_000);
  expect(body).toMatch(/^\{\s*"personalizations"[\s\S]*\n… \d+ characters …\n[\s\S]*"The news"[\s\S]*\}$/);
});
