import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeEngine } from "../engine-suite/describe-engine.fixture.ts";

describeEngine("sqlite", {
  module: import.meta.resolve("./sqlite-subject.fixture.ts"),
  strictOrder: true,
  leaseMs: 600,
  pauseMs: 600,
  async createStorage() {
    const folder = await mkdtemp(join(tmpdir(), "mail-queue-"));
    return { name: join(folder, "mail.db"), remove: () => rm(folder, { recursive: true }) };
  },
});
