import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const conditions = ["@mail/source"];
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Most tests wait for servers and processes, so more of them than cores go side by side.
    maxWorkers: 4,
    // On a busy machine a second of work takes several.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    projects: [
      ...readdirSync(path("packages")).map((name) => ({
        extends: true as const,
        test: { name: `@mail/${name}`, root: path(`packages/${name}`), include: ["src/**/*.test.ts"] },
      })),
      { extends: true as const, test: { name: "test", root: path("test"), include: ["**/*.test.ts"] } },
    ],
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], exclude: ["**/*.test.ts"] },
  },
});
