/** Vitest has a timer of 100 ms of its own where it told of a test just before. */
const patienceMs = 300;

/** What keeps this process alive: sockets, servers and timers among it, once those had a moment to go. */
export async function openResources(): Promise<readonly string[]> {
  const end = performance.now() + patienceMs;
  for (let turn = 1; ; turn++) {
    const isLast = performance.now() > end;
    // What is closed is gone a turn of the event loop later.
    await new Promise(setImmediate);
    const open = process
      .getActiveResourcesInfo()
      .filter((name) => /^(?:TCP|TLS|Timeout|GetAddrInfo)/.test(name))
      .sort();
    if (isLast || (turn >= 3 && open.length === 0)) return open;
  }
}
