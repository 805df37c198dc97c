import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeStore } from "../conformance/index.ts";
import { sqliteStore } from "./index.ts";

describeStore("sqliteStore()", () => {
  const folder = mkdtempSync(join(tmpdir(), "mail-store-"));
  return {
    open: () => sqliteStore({ file: join(folder, "mail.db") }),
    close: () => rmSync(folder, { recursive: true }),
  };
});
