/** A process that uses a store, does not close it, and should end all the same. */
import { openPlace, type Place } from "./open-place.fixture.ts";

const store = openPlace(JSON.parse(process.argv[2] ?? "") as Place);
const first = await store.claims.claim("idle", { owner: "a", note: "", leaseMs: 60_000, keepMs: 60_000 });
await store.claims.settle("idle", "a", "done", 60_000);
const second = await store.claims.claim("idle", { owner: "b", note: "", leaseMs: 60_000, keepMs: 60_000 });
process.stdout.write(`${first.state} ${second.state}\n`);
