import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = readdirSync(`${root}packages`);
const adapters = ["smtp", "sendgrid", "mailgun", "ses"];
const read = (path: string) => readFileSync(`${root}${path}`, "utf8");

/** Lints a source text under the repository's rules as if it stood at this path. */
function lint(path: string, source: string): string {
  const folder = mkdtempSync(join(tmpdir(), "planted-"));
  try {
    const rules = JSON.parse(read("biome.json"));
    writeFileSync(join(folder, "biome.json"), JSON.stringify({ ...rules, vcs: { enabled: false } }));
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), source);
    const { stdout, stderr } = spawnSync("biome", ["lint"], { cwd: folder, encoding: "utf8" });
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("dependency direction", () => {
  const forbidden = [
    ["packages/smtp/src/x.ts", "@mail/ses"],
    ["packages/smtp/src/x.ts", "@mail/ses/events"],
    ["packages/smtp/src/x.ts", "../../ses/src/index.ts"],
    ["packages/smtp/src/deep/x.ts", "../../../ses/src/index.ts"],
    ["packages/smtp/src/x.ts", "../../core/src/index.ts"],
    ["packages/core/src/x.ts", "@mail/smtp"],
    ["packages/core/src/x.ts", "@mail/smtp/events"],
    ["packages/core/src/x.ts", "../../smtp/src/index.ts"],
    ["packages/mock/src/x.ts", "@mail/conformance"],
    ["packages/conformance/src/x.ts", "@mail/mock"],
    ["packages/inbox/src/x.ts", "@mail/smtp/events"],
    ["packages/store/src/sqlite/x.ts", "@mail/conformance"],
    ["packages/not-there-yet/src/x.ts", "@mail/ses/events"],
  ] as const;
  test.each(forbidden)("%s may not import %s", (path, specifier) => {
    expect(lint(path, `import { x } from "${specifier}";\nx();\n`)).toContain("noRestrictedImports");
  });

  test.each([
    ["packages/smtp/src/x.ts", "@mail/core"],
    ["packages/smtp/src/x.ts", "@mail/core/http"],
    ["packages/smtp/src/x.ts", "./smtp-session.ts"],
    ["packages/smtp/src/events/x.ts", "../smtp-session.ts"],
    ["packages/core/src/deep/x.ts", "../message.ts"],
    ["packages/smtp/src/x.test.ts", "@mail/conformance"],
  ])("%s may import %s", (path, specifier) => {
    expect(lint(path, `import { x } from "${specifier}";\nx();\n`)).not.toContain("noRestrictedImports");
  });
});

describe.each(adapters)("the adapter %s", (name) => {
  test.each([
    "index.ts",
    `${name}-transport.ts`,
    `${name}-options.ts`,
    `to-${name}-request.ts`,
    `${name}-error.ts`,
    `${name}-events.ts`,
  ])("has %s", (file) => {
    expect(existsSync(`${root}packages/${name}/src/${file}`)).toBe(true);
  });
});

describe.each(packages)("the package %s", (name) => {
  test("has a README that says how to install it", () => {
    expect(read(`packages/${name}/README.md`)).toContain(`npm install`);
  });

  test("ships its build and nothing else", () => {
    const manifest = JSON.parse(read(`packages/${name}/package.json`));
    expect(manifest).toMatchObject({ type: "module", license: "MIT", engines: { node: ">=22.19" } });
    expect(manifest.files[0]).toBe("dist");
  });
});

test("the README shows the quickstart's source", () => {
  const shown = /<!-- quickstart -->\n+```ts\n([\s\S]*?)```\n+<!-- \/quickstart -->/.exec(read("README.md"))?.[1];
  expect(shown).toBe(read("examples/quickstart/src/main.ts"));
});

test("the README's first example is the one that is type-checked here", () => {
  expect(read("README.md")).toContain(`// mail.ts\n${read("test/readme/mail.ts")}`);
});
