import { describeEngine } from "../engine-suite/describe-engine.fixture.ts";
import { sqliteStorage } from "../engine-suite/sqlite-storage.fixture.ts";

describeEngine("ledgerEngine() with a broker in a file", {
  module: import.meta.resolve("./file-engine.fixture.ts"),
  createStorage: sqliteStorage,
});
