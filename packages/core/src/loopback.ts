import { isIPv4, isIPv6 } from "node:net";

/**
 * Whether a host, as a URL or an option names it, is this machine: nothing said to it leaves the machine. Names below
 * `localhost` do not count, because some systems ask the network for them.
 */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (isIPv4(name)) return name.startsWith("127.");
  if (!isIPv6(name)) return name === "localhost" || name === "localhost.";
  const shortest = URL.canParse(`http://[${name}]`) ? new URL(`http://[${name}]`).hostname : "";
  return shortest === "[::1]" || /^\[::ffff:7f[\da-f]{2}:/.test(shortest);
}
