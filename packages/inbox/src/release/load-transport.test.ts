import { expect, test } from "vitest";
import { loadTransport } from "./load-transport.ts";

test.each([
  ["smtp://127.0.0.1:2525", "smtp"],
  ["smtps://127.0.0.1", "smtp"],
  ["sendgrid://KEY@default", "sendgrid"],
  ["mailgun://KEY@mg.acme.example", "mailgun"],
  ["ses://default?region=eu-west-1", "ses"],
  ["failover(smtp://127.0.0.1:2525 sendgrid://KEY@default)", "failover"],
])("%s is a transport", async (url, name) => {
  const transport = await loadTransport(url);
  expect(transport.name).toBe(name);
  await transport.close?.();
});

test("a package that is not installed is named with the command that installs it", async () => {
  const missing = async (): Promise<never> => {
    throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
  };
  await expect(loadTransport("ses://key:secret@default", missing)).rejects.toMatchObject({
    code: "configuration",
    field: "release.url",
    message: "release.url: needs @mail/ses, which is not installed beside the inbox",
    hint: "Run: npm install --save-dev @mail/inbox @mail/ses",
  });
});

test.each([{}, { smtp: "no adapter" }, undefined])("a package of another form (%j) is refused", async (exported) => {
  await expect(loadTransport("smtp://127.0.0.1", async () => exported)).rejects.toThrow("another form");
});

test.each(["pigeon://coop", "smtp", "constructor://x"])("%s is refused", async (url) => {
  await expect(loadTransport(url)).rejects.toMatchObject({ code: "configuration" });
});
