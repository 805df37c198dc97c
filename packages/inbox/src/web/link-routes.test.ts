import { expect, test } from "vitest";
import { openWeb } from "./web.fixture.ts";

test("follows the links of a mail into a private network when told to, and else leaves them alone", async () => {
  await using app = await openWeb();
  const good = `${app.inbox.urls.web}/api/v1/info`;
  const gone = `${app.inbox.urls.web}/api/v1/gone`;
  for (const checkPrivateLinks of [true, false]) {
    await using web = await openWeb({ checkPrivateLinks });
    const { id } = await web.send({
      html: `<a href="${good}">Go</a> <a href="mailto:a@b.example">Ask</a>`,
      text: gone,
    });
    const answer = await web.call("POST", `/api/v1/mails/${id}/links`);
    const error = "127.0.0.1 is no public address, so it was not asked";
    const reached = (url: string, status: number) => ({
      url,
      redirects: [],
      ...(checkPrivateLinks ? { status } : { error }),
    });
    expect(await answer.json()).toEqual({ links: [reached(good, 200), reached(gone, 404)] });
  }
});

test("knows no links of a mail that is not there", async () => {
  await using web = await openWeb();
  expect((await web.call("POST", "/api/v1/mails/none/links")).status).toBe(404);
});
