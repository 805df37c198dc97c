import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Inbox, startInbox } from "@mail/inbox";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isInstalled, type ProgramResult, run } from "./program.ts";

vi.setConfig({ testTimeout: 60_000 });

describe("swaks", () => {
  if (!isInstalled("swaks with libnet-ssleay-perl", ["sh", "-c", "swaks --version && perl -MNet::SSLeay -e 1"])) return;

  let inbox: Inbox;
  let folder: string;
  beforeEach(async () => {
    inbox = await startInbox({ port: 0, starttls: "offered" });
    folder = mkdtempSync(join(tmpdir(), "swaks-"));
    writeFileSync(join(folder, "ca.pem"), inbox.certificate);
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await inbox.close();
  });

  /** No configuration of the machine is read. */
  const swaks = (url: string, ...args: string[]): Promise<ProgramResult> =>
    run(
      "swaks",
      [
        "--server",
        `localhost:${new URL(url).port}`,
        "--helo",
        "app.acme.example",
        "--from",
        "hello@acme.example",
        "--to",
        "ada@example.com",
        ...args,
      ],
      { SWAKS_HOME: folder },
    );
  const trusted = () => ["--tls-verify", "--tls-ca-path", join(folder, "ca.pem")];
  const login = ["--auth-user", "team-red", "--auth-password", "any"];

  test.each(["PLAIN", "LOGIN"])("sends by STARTTLS with a login by %s, and trusts the certificate", async (method) => {
    const args = [
      "--tls",
      ...trusted(),
      "--auth",
      method,
      ...login,
      "--header",
      "Subject: Swaks",
      "--body",
      "Hello\n.dot",
    ];
    const { code, stdout } = await swaks(inbox.urls.smtp, ...args);
    expect(stdout).toMatch(/=== TLS started with cipher TLSv1\.[23]/);
    expect(code).toBe(0);
    const caught = await inbox.waitFor(() => true);
    expect(caught).toMatchObject({ via: "smtp", inbox: "team-red", subject: "Swaks" });
    expect(caught.text?.trimEnd()).toBe("Hello\n.dot");
    expect(caught.dialogue?.join("\n")).not.toContain(Buffer.from("\0team-red\0any").toString("base64"));
  });

  test("sends by TLS from the first byte", async () => {
    const { code } = await swaks(inbox.urls.smtps, "--tls-on-connect", ...trusted());
    expect(code).toBe(0);
    expect(inbox.messages()).toHaveLength(1);
  });

  test("sends in the clear, all at once by PIPELINING, and with an attachment", async () => {
    writeFileSync(join(folder, "report.csv"), "a,b\n");
    const { code } = await swaks(inbox.urls.smtp, "--pipeline", "--attach", `@${join(folder, "report.csv")}`);
    expect(code).toBe(0);
    expect(inbox.messages()).toMatchObject([{ attachments: [{ filename: "report.csv", size: 4 }] }]);
  });

  test("is refused without the login that the inbox asks for", async () => {
    await using guarded = await startInbox({ port: 0, login: { user: "ada", pass: "correct-horse" } });
    const wrong = await swaks(guarded.urls.smtp, "--auth", "PLAIN", ...login);
    // swaks' own codes: 28 for a login that failed, 23 for a sender refused.
    expect(wrong.code).toBe(28);
    expect((await swaks(guarded.urls.smtp)).code).toBe(23);
    expect(guarded.messages()).toEqual([]);
  });

  test.each([
    ["reject@example.com", 24, "550 5.1.1"],
    ["throttle@example.com", 24, "450 4.2.1"],
    ["spam@example.com", 26, "554 5.7.1"],
  ])("is told of the fault of %s", async (to, code, reply) => {
    const result = await swaks(inbox.urls.smtp, "--to", to);
    expect(result.stdout).toContain(`<** ${reply}`);
    expect(result.code).toBe(code);
    expect(inbox.messages()).toEqual([]);
  });
});
