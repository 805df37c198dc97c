import { readFileSync } from "node:fs";

/**
 * The most memory that this process had resident, in MB of 2^20 bytes. Where only `getrusage` tells, it is no less than what
 * the process that started this one had at the time.
 */
export function peakMegabytes(): number {
  const status = process.platform === "linux" ? readFileSync("/proc/self/status", "utf8") : "";
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  return Number(kilobytes) / 1_024;
}
