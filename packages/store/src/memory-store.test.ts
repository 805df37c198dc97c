import { memoryStore } from "@mail/core";
import { describeStore } from "./conformance/index.ts";

describeStore("memoryStore()", () => {
  const store = memoryStore();
  return { open: () => store, inMemory: true, close: () => undefined };
});
