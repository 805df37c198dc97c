import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cliFlags } from "./cli-flags.ts";
import { createHub } from "./create-hub.ts";
import { createFaults } from "./faults/create-faults.ts";
import { faultAddresses } from "./faults/fault-addresses.ts";
import { type InboxOptions, inboxSettings } from "./inbox-options.ts";
import { memoryMailStore } from "./memory-mail-store.ts";
import { createWebApp } from "./web/create-web-app.ts";
import { testWebhooks } from "./webhooks/webhooks.fixture.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const rows = (pattern: RegExp): readonly string[] => Array.from(readme.matchAll(pattern), ([row]) => row);

test("the README has each fault address, and says what it does", () => {
  const table = Object.entries(faultAddresses).map(([name, { does }]) => `| \`${name}@\` | ${does} |`);
  expect(rows(/^\| `[a-z]+@` \|.*$/gm)).toEqual(table);
});

test("the README has each option and each flag", () => {
  let hint = "";
  try {
    inboxSettings({ none: 1 } as InboxOptions);
  } catch (thrown) {
    hint = (thrown as { readonly hint: string }).hint;
  }
  const options = hint.replace(/^Options: |\.$/g, "").split(", ");
  expect(options).toContain("port");
  for (const option of options) expect(rows(new RegExp(`^\\| \`${option}\` \\|`, "gm"))).toHaveLength(1);
  const untold = cliFlags.filter(({ name }) => !readme.includes(`--${name}`)).map(({ name }) => name);
  // One stands for the four providers.
  expect(untold.filter((name) => !/^webhook-(?:mailgun|ses|smtp)$/.test(name))).toEqual(["help", "version"]);
});

test("the README has each path of the JSON API", async () => {
  await using webhooks = await testWebhooks();
  const hub = createHub(memoryMailStore());
  const context = { hub, faults: createFaults(), webhooks, login: undefined, maxBytes: 1 };
  const urls = { smtp: "", smtps: "", sendgrid: "", mailgun: "", ses: "", web: "http://127.0.0.1" };
  const { routes } = createWebApp(context, { apis: [], urls: () => urls });
  const api = routes.filter(({ method, path }) => method !== "ALL" && path.startsWith("/api/v1/"));
  const served = api.map(({ method, path }) => `| ${method} | \`${path.slice("/api/v1".length)}\` |`);
  expect(rows(/^\| (?:GET|POST|PUT|PATCH|DELETE) \| `[^`]+` \|/gm).toSorted()).toEqual([...new Set(served)].toSorted());
});
