import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

/** Files that a new process loads while it runs this script. */
function loadedBy(script: string): string[] {
  const hooks = `
    import { registerHooks } from "node:module";
    registerHooks({ load(url, context, next) { console.log(url); return next(url, context); } });
  `;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      "--conditions=@mail/source",
      "--import",
      `data:text/javascript,${encodeURIComponent(hooks)}`,
      "--input-type=module",
      "--eval",
      script,
    ],
    { cwd: import.meta.dirname, encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout.trim().split("\n");
}

const sdk = /node_modules\/(nodemailer|@sendgrid|mailgun\.js|axios|@aws-sdk|@smithy)\//;

test("no SDK is loaded before the first send", () => {
  const files = loadedBy(`
    import { createMailer, fromUrl } from "@mail/core";
    import { mailgun } from "@mail/mailgun";
    import { sendgrid } from "@mail/sendgrid";
    import { ses } from "@mail/ses";
    import { smtp } from "@mail/smtp";
    for (const url of ["smtp://u:p@h.example", "sendgrid://KEY@default", "mailgun://KEY@h.example", "ses://default?region=eu-west-1"]) {
      createMailer({ transport: fromUrl(url, [smtp, sendgrid, mailgun, ses]) });
    }
  `);
  expect(files.filter((url) => url.includes("/packages/")).length).toBeGreaterThan(20);
  expect(files.filter((url) => sdk.test(url))).toEqual([]);
});

test("this test would see an SDK that is loaded", () => {
  expect(loadedBy('await import("nodemailer");').filter((url) => sdk.test(url))).not.toEqual([]);
});
