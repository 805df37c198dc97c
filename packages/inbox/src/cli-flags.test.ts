import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cliCall, cliFlags, variableOf } from "./cli-flags.ts";
import { addressText, failureText, helpText } from "./cli-text.ts";
import { inboxUrls } from "./inbox-urls.ts";
import { startInbox } from "./start-inbox.ts";

const folder = mkdtempSync(join(tmpdir(), "inbox-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("flags become options", () => {
  const args = [
    "--port",
    "0",
    "--smtp-port=2525",
    "--host",
    "0.0.0.0",
    "--starttls",
    "--login",
    "ada:p:w",
    "--data",
    "x.db",
    "--inbox-by=sender-domain",
    "--check-private-links",
  ];
  const more = [
    "--allowed-hosts",
    "inbox, mail",
    "--max-mails",
    "5",
    "--webhook-ses",
    "http://a",
    "--webhook-smtp",
    "smtp://b",
  ];
  expect(cliCall([...args, ...more], {})).toEqual({
    options: {
      port: 0,
      smtpPort: 2525,
      host: "0.0.0.0",
      allowedHosts: ["inbox", "mail"],
      starttls: "offered",
      login: { user: "ada", pass: "p:w" },
      dataFile: "x.db",
      inboxBy: "sender-domain",
      checkPrivateLinks: true,
      maxMails: 5,
      webhooks: { ses: "http://a", smtp: "smtp://b" },
    },
    caFile: undefined,
    webhookKeysFile: undefined,
    show: undefined,
  });
});

test("variables do the same, and flags go before them", () => {
  const environment = {
    MAIL_INBOX_PORT: "1",
    MAIL_INBOX_SMTP_PORT: "2",
    MAIL_INBOX_STARTTLS: "1",
    MAIL_INBOX_DATA: "",
    MAIL_INBOX_HELP: "1",
    MAIL_INBOX_CA_FILE: "ca.pem",
    MAIL_INBOX_WEBHOOK_KEYS: "keys.json",
  };
  expect(cliCall(["--port", "3"], environment)).toEqual({
    options: { port: 3, smtpPort: 2, starttls: "offered" },
    caFile: "ca.pem",
    webhookKeysFile: "keys.json",
    show: undefined,
  });
  for (const off of ["false", "0", "Off", "NO"]) expect(cliCall([], { MAIL_INBOX_STARTTLS: off }).options).toEqual({});
});

test("what SNS signs with and where mails may go on to are flags too", () => {
  const sns = ["--topic-arn", "arn", "--sns-signature-version", "2", "--signing-cert-url", "https://a.example/c.pem"];
  expect(cliCall(sns, {}).options).toEqual({
    topicArn: "arn",
    snsSignatureVersion: "2",
    signingCertUrl: "https://a.example/c.pem",
  });
  const release = ["--release-url", "smtp://a.example", "--release-allow", "*@acme.example, ada@example.com"];
  expect(cliCall(release, {}).options).toEqual({
    release: { url: "smtp://a.example", allow: ["*@acme.example", "ada@example.com"] },
  });
});

test.each(["url", "allow"])("--release-%s is asked for where the other stands alone", async (missing) => {
  const given = missing === "url" ? ["--release-allow", "a@b.example"] : ["--release-url", "smtp://a.example"];
  const refused = startInbox({ port: 0, ...cliCall(given, {}).options });
  const text = await refused.then(() => "", failureText);
  expect(text).toMatch(new RegExp(`--release-${missing}: must be`));
});

test("a PEM file gives key and certificate", () => {
  const file = join(folder, "both.pem");
  const block = (kind: string): string => `-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----`;
  writeFileSync(file, [block("CERTIFICATE"), block("EC PRIVATE KEY"), block("CERTIFICATE")].join("\n"));
  expect(cliCall(["--tls", file], {}).options.tls).toEqual({
    key: block("EC PRIVATE KEY"),
    cert: `${block("CERTIFICATE")}\n${block("CERTIFICATE")}`,
  });
  writeFileSync(file, block("CERTIFICATE"));
  expect(() => cliCall(["--tls", file], {})).toThrow(/holds no PRIVATE KEY/);
  expect(() => cliCall(["--tls", join(folder, "none")], {})).toThrow(/cannot be read/);
});

test.each([[["--prot", "1"]], [["--port"]], [["stray"]], [["--login", "nobody"]]])("%j is refused", (args) => {
  expect(() => cliCall(args, {})).toThrow(expect.objectContaining({ code: "configuration" }));
});

test("help names each flag and its variable", () => {
  expect(cliCall(["--help"], {}).show).toBe("help");
  expect(cliCall(["--version"], {}).show).toBe("version");
  for (const { name } of cliFlags) expect(helpText()).toContain(`--${name}`);
  expect(variableOf("webhook-ses")).toBe("MAIL_INBOX_WEBHOOK_SES");
});

test("the addresses are shown, and a password is not", () => {
  const login = { user: "ada", pass: "s3cr@t" };
  const urls = inboxUrls({ host: "127.0.0.1", port: 1, smtpPort: 2, smtpsPort: 3, login });
  const text = addressText(urls, { login });
  expect(text).toContain("smtp://ada:PASS@127.0.0.1:2");
  expect(text).toContain("mailgun://PASS@inbox.example");
  const short = { user: "ada", pass: "a" };
  expect(addressText({ ...urls, smtp: "smtp://ada:a@127.0.0.1:2" }, { login: short })).toContain("smtp://ada:PASS@");
  expect(text).not.toMatch(/s3cr(?:@|%40)t/);
  const open = inboxUrls({ host: "127.0.0.1", port: 1, smtpPort: 2, smtpsPort: 3, login: undefined });
  for (const url of Object.values(open)) expect(addressText(open, {})).toContain(url);
});

test("whoever opens the inbox to the network is told so", () => {
  const at = (host: string) => {
    const urls = inboxUrls({ host, port: 1, smtpPort: 2, smtpsPort: 3, login: undefined });
    return addressText(urls, { host });
  };
  for (const host of ["127.0.0.1", "::1", "localhost"]) expect(at(host)).not.toContain("Whoever reaches");
  for (const host of ["0.0.0.0", "::", "192.168.1.7"]) expect(at(host)).toContain("Whoever reaches");
});

test("a failure says what to do, without a stack; a fault of the program shows it", () => {
  let refused: unknown;
  try {
    cliCall(["--login", "x"], {});
  } catch (thrown) {
    refused = thrown;
  }
  expect(failureText(refused)).toContain("Write --login ada:secret.");
  expect(failureText(refused)).not.toContain("at ");
  expect(failureText(new Error("odd"))).toMatch(/odd\n +at /);
});

test("help is shown whatever else is set", () => {
  expect(cliCall(["--help"], { MAIL_INBOX_TLS: join(folder, "nowhere.pem") }).show).toBe("help");
});
