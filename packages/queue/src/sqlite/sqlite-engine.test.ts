import { describeEngine } from "../engine-suite/describe-engine.fixture.ts";
import { sqliteStorage } from "../engine-suite/sqlite-storage.fixture.ts";

describeEngine("sqlite", {
  module: import.meta.resolve("./sqlite-subject.fixture.ts"),
  strictOrder: true,
  leaseMs: 600,
  pauseMs: 600,
  createStorage: sqliteStorage,
});
