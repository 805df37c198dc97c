import { describe, expect, test } from "vitest";
import { openDashboard, send } from "../dashboard.fixture.ts";

const words = (page: string): string => page.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");

describe("the newest events", () => {
  test("are told with what was said and lead to their mail", async () => {
    const dashboard = openDashboard();
    await send(dashboard, "m 1/ü", {}, [{ type: "bounced", permanent: true, response: "550 5.1.1 no such user" }]);
    const page = await dashboard.page("?view=mail");
    expect(words(page)).toMatch(/Bounced for good ada@example.com 550 5.1.1 no such user Timeline/);
    const link = /href="(\?view=mail&amp;id=[^"]+)"/.exec(page)?.[1]?.replace("&amp;", "&");
    expect(await dashboard.page(link)).toContain("Server’s answer");
  });

  test("are filtered by type and come in pages", async () => {
    const dashboard = openDashboard();
    for (let index = 0; index < 60; index += 1)
      await send(dashboard, `m${index}`, { recipient: `r${index}@example.com` }, [
        { type: "sent" },
        { type: "opened" },
      ]);
    const seen = new Set<string>();
    let query: string | undefined = "?view=mail&type=opened";
    let pages = 0;
    while (query !== undefined && pages < 5) {
      const page = await dashboard.page(query);
      for (const [, recipient] of page.matchAll(/<bdi>(r\d+@example\.com)<\/bdi>/g)) seen.add(recipient ?? "");
      expect(page).not.toContain('<span class="badge neutral">Sent');
      query = /href="([^"]+)">Earlier</.exec(page)?.[1]?.replaceAll("&amp;", "&");
      pages += 1;
    }
    expect([pages, seen.size]).toEqual([2, 60]);
  });

  test("say so where there are none", async () => {
    expect(await openDashboard().page("?view=mail&type=complained")).toContain("No mail was complained so far.");
  });
});

describe("one mail", () => {
  test("shows what was sent, how far it came with each recipient, and all events in order", async () => {
    const dashboard = openDashboard();
    const at = new Date();
    await send(dashboard, "m1", { subject: "Your order", tags: ["order"] }, [
      { type: "opened", at, userAgent: "Mozilla/5.0", ip: "203.0.113.7" },
      { type: "delivered", at: new Date(at.getTime() - 5000), response: "250 OK", raw: { smtp: 250 } },
    ]);
    const page = await dashboard.page("?view=mail&id=m1");
    const text = words(page);
    expect(text).toContain("Your order");
    expect(text).toMatch(/Transport ses.*Tags order/);
    expect(text).toMatch(/ada@example.com Opened .* Delivered .* Opened .* Look up/);
    expect(page.indexOf("250 OK")).toBeLessThan(page.indexOf("Mozilla/5.0"));
    expect(page).toContain("&quot;smtp&quot;: 250");
  });

  test("tells which events nobody signed", async () => {
    const dashboard = openDashboard();
    await send(dashboard, "m1", {}, [{ type: "delivered" }, { type: "bounced", unsigned: true }]);
    expect((await dashboard.page("?view=mail&id=m1")).match(/anybody may have written this/g)).toHaveLength(1);
  });

  test("that did not go through the tracker shows what was reported", async () => {
    const dashboard = openDashboard();
    const { mailEvent } = await import("../../tracker.fixture.ts");
    await dashboard.tracker.add([mailEvent({ mailId: "m9", type: "delivered" })]);
    expect(await dashboard.page("?view=mail&id=m9")).toContain("was not sent through the tracker");
  });

  test("that nothing is known of is 404, with the search to try again", async () => {
    const answer = await openDashboard().get("?view=mail&id=nothing");
    const page = await answer.text();
    expect([answer.status, page.includes('name="id" value="nothing"')]).toEqual([404, true]);
  });
});
