/** What keeps this process alive: sockets, servers and timers among it. */
export async function openResources(): Promise<readonly string[]> {
  // What is closed is gone a turn of the event loop later.
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  return process
    .getActiveResourcesInfo()
    .filter((name) => /^(?:TCP|TLS|Timeout|GetAddrInfo)/.test(name))
    .sort();
}
