import { BlockList, isIPv6 } from "node:net";

/** Addresses that are not the public network's, by the special-purpose registries of IANA (RFC 6890) and RFC 5735. */
const special: readonly (readonly [address: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/** The one block of IPv6 that is given out, and what of it leads elsewhere or nowhere: Teredo, documentation, 6to4. */
const globalUnicast = ["2000::", 3] as const;
const specialGlobal: readonly (readonly [address: string, prefix: number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** Whether an IP address belongs to the public network; an IPv4 address within IPv6 does not. */
export function isPublicAddress(address: string): boolean {
  const list = new BlockList();
  if (!isIPv6(address)) {
    for (const [network, prefix] of special) list.addSubnet(network, prefix, "ipv4");
    return !list.check(address, "ipv4");
  }
  const given = new BlockList();
  given.addSubnet(...globalUnicast, "ipv6");
  for (const [network, prefix] of specialGlobal) list.addSubnet(network, prefix, "ipv6");
  return given.check(address, "ipv6") && !list.check(address, "ipv6");
}
