import { expect, test } from "vitest";
import { startInbox } from "../start-inbox.ts";

const mail = {
  personalizations: [{ to: [{ email: "slow+3600000@example.com" }] }],
  from: { email: "app@acme.example" },
  subject: "Hi",
  content: [{ type: "text/plain", value: "Hello" }],
};

test("a mail is kept before a slow answer, which neither a client that gives up nor the inbox waits for", async () => {
  const inbox = await startInbox({ port: 0 });
  const giveUp = new AbortController();
  const post = (signal?: AbortSignal): Promise<string> =>
    fetch(`${inbox.urls.web}/v3/mail/send`, {
      method: "POST",
      headers: { Authorization: "Bearer KEY", "Content-Type": "application/json" },
      body: JSON.stringify(mail),
      ...(signal !== undefined && { signal }),
    }).then(
      () => "answered",
      () => "cut",
    );
  const first = post(giveUp.signal);
  await inbox.waitFor(() => true);
  giveUp.abort();
  expect(await first).toBe("cut");
  const second = post();
  while (inbox.messages().length < 2) await new Promise(setImmediate);
  await inbox.close();
  expect(await second).toBe("cut");
});
