import { expect, test } from "vitest";
import { openDashboard, send } from "./dashboard.fixture.ts";

const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;
const views = [
  "",
  "?view=mail",
  `?view=mail&id=${encodeURIComponent(attack)}`,
  "?view=mail&id=m1",
  "?view=suppressions",
  `?view=suppressions&prefix=${encodeURIComponent(attack)}`,
  `?view=mail&type=${encodeURIComponent(attack)}`,
  `?from=${encodeURIComponent(attack)}&to=${encodeURIComponent(attack)}`,
  `?view=suppressions&done=${encodeURIComponent(attack)}`,
];

test.each(views)("hostile values in %s stay text", async (view) => {
  const dashboard = openDashboard({ title: attack });
  const recipient = `"a<script>alert(1)</script>"@example.com`;
  await send(dashboard, "m1", { recipient, subject: attack, tags: [attack], transport: attack }, [
    {
      type: "bounced",
      provider: attack,
      permanent: true,
      reason: "invalid",
      detail: attack,
      response: attack,
      url: `javascript:alert(1)//${attack}`,
      userAgent: attack,
      ip: attack,
      raw: { [attack]: attack },
      metadata: { [attack]: attack },
    },
  ]);
  await dashboard.tracker.suppressions.add({ address: "x@example.com", scope: "news<script>", note: attack });
  const text = await (await dashboard.get(view)).text();
  expect(text).not.toMatch(/<script|<img|javascript:[^<]*"/i);
  expect(text).toContain("&lt;script&gt;");
});

test("an id that no store can hold is looked up without what is wrong with it", async () => {
  const answer = await openDashboard().get("?view=mail&id=%00%0A%ED%A0%80m1");
  expect([answer.status, (await answer.text()).includes("\0")]).toEqual([404, false]);
});

test("a raw event of any size is cut", async () => {
  const dashboard = openDashboard();
  await send(dashboard, "m1", {}, [{ type: "opened", raw: { text: "x".repeat(30_000) } }]);
  const text = await dashboard.page("?view=mail&id=m1");
  expect(text.length).toBeLessThan(20_000);
  expect(text).toContain("more characters");
});
