import { spawnSync } from "node:child_process";
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "./free-port.ts";
import type { MailServer, MailServerKind } from "./mail-server.ts";
import { Maildir } from "./maildir.ts";
import { missingRequirement } from "./requirements.ts";
import { ServerProcess } from "./server-process.ts";
import { site } from "./site.ts";
import { systemUser } from "./system-user.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

const unpacked = fileURLToPath(new URL("../.servers/opensmtpd", import.meta.url));
const program = `${unpacked}/usr/sbin/smtpd`;
const filter = fileURLToPath(new URL("opensmtpd-filter.pl", import.meta.url));
const unshare = "/usr/bin/unshare";

/** OpenSMTPD as Debian builds it, unpacked beside the tests. In that build every TLS handshake fails, so it has none. */
export const opensmtpd: MailServerKind<MailServer> = {
  name: "OpenSMTPD",
  chunking: false,
  missing: () => missingRequirement("OpenSMTPD", [program, unshare]) ?? missingNamespaces(),
  start: startOpensmtpd,
};

function missingNamespaces(): string | undefined {
  if (spawnSync(unshare, ["--mount", "true"]).status === 0) return undefined;
  return "OpenSMTPD needs mount namespaces: run the container with --cap-add SYS_ADMIN";
}

/** Its folders are fixed when it is built, so it gets to see its own in their places, and nobody else does. */
const inOwnFolders = `
  set -e
  mount --bind "$1/spool" /var/spool
  mount --bind "$1/lib" /var/lib
  mount --bind "$1/run" /run
  mount --bind "$2/usr/libexec" /usr/libexec
  exec "$2/usr/sbin/smtpd" -d -f "$1/smtpd.conf"`;

async function startOpensmtpd(): Promise<MailServer> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await TemporaryFolder.create("mail-interop-opensmtpd-"));
  const ports = await freePorts("plain");
  for (const name of ["spool/smtpd", "lib/opensmtpd/empty", "run"]) await folder.folder(name);
  await chmod(join(folder.path, "spool/smtpd"), 0o711);
  const mailboxes = await Maildir.create(folder, systemUser("nobody"));
  await copyFile(filter, join(folder.path, "filter.pl"));
  await folder.file("smtpd.conf", configuration(folder.path, ports.plain));
  const command = [unshare, "--mount", "sh", "-c", inOwnFolders, "sh", folder.path, unpacked];
  const log = join(folder.path, "output");
  const process = cleanup.use(await ServerProcess.start(command, Object.values(ports), log));
  const running = cleanup.move();
  return { ports, mailboxes, process, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** See smtpd.conf(5). It has no SMTPUTF8, so users with ASCII names alone. */
function configuration(folder: string, port: number): string {
  const { domain, users, busyUser, maxBytes, policy } = site;
  const mailboxes = Object.keys(users).filter((user) => /^[a-z]+$/.test(user));
  const list = (items: readonly string[]) => `{ ${items.join(", ")} }`;
  const filterCommand = ["/usr/bin/perl", `${folder}/filter.pl`, busyUser, policy.header, policy.refused];
  return `smtp max-message-size ${maxBytes}
table owners ${list([...mailboxes, busyUser].map((user) => `"${user}@${domain}" = "nobody"`))}
filter "site" proc-exec "${filterCommand.join(" ")}"
listen on 127.0.0.1 port ${port} hostname "mx.${domain}" filter "site"
action "store" maildir "${folder}/mail/%{dest.user}" virtual <owners>
match from any for rcpt-to ${list([...mailboxes, busyUser].map((user) => `"${user}@${domain}"`))} action "store"
`;
}
