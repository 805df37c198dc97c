export { describeStore } from "./describe-store.ts";
export { storeCapabilities } from "./store-capabilities.ts";
export type { StoreCapability, StoreCase, StoreSetup, StoreSubject } from "./store-case.ts";
