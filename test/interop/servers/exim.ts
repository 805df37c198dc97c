import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeCertificates } from "./certificates.ts";
import { freePorts } from "./free-port.ts";
import { type MailServerKind, type Ports, portNames, type SecureMailServer } from "./mail-server.ts";
import { Maildir } from "./maildir.ts";
import { missingRequirement } from "./requirements.ts";
import { ServerProcess } from "./server-process.ts";
import { site } from "./site.ts";
import { systemUser } from "./system-user.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

const unpacked = fileURLToPath(new URL("../.servers/exim4", import.meta.url));

/** Exim 4 as Debian builds it, unpacked beside the tests. */
export const exim: MailServerKind = {
  name: "Exim",
  chunking: true,
  missing: () => missingRequirement("Exim", [unpacked]),
  start: startExim,
};

async function startExim(elsewherePort?: number): Promise<SecureMailServer> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await TemporaryFolder.create("mail-interop-exim-"));
  const [{ ca, cert, key }, ports] = await Promise.all([makeCertificates(), freePorts(...portNames)]);
  const owner = systemUser("Debian-exim");
  await folder.folder("log", owner);
  await folder.folder("spool", owner);
  await folder.file("cert.pem", cert);
  await folder.file("key.pem", key);
  await folder.file("users", usersFile());
  const mailboxes = await Maildir.create(folder, owner);
  // Exim starts itself anew as another user, who may not be able to enter the folder of this repository.
  const program = join(folder.path, "exim4");
  await copyFile(unpacked, program);
  const configurationFile = await folder.file("exim.conf", configuration(folder.path, ports, elsewherePort));
  const command = [program, "-C", configurationFile, "-bdf", "-q1s"];
  const log = join(folder.path, "output");
  const process = cleanup.use(await ServerProcess.start(command, Object.values(ports), log));
  const running = cleanup.move();
  return { ports, ca, mailboxes, process, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function usersFile(): string {
  return Object.entries(site.users)
    .map(([user, stored]) => `${user}: ${stored}\n`)
    .join("");
}

/** See the Exim specification, chapters 14 (main options), 42 (ACLs), 15 to 29 (routers and transports). */
function configuration(folder: string, ports: Ports, elsewherePort: number | undefined): string {
  const { domain, idnDomain, busyUser, elsewhere, movedUser, login, maxBytes, policy } = site;
  const onPlainPort = `eq{$received_port}{${ports.plain}}`;
  return `primary_hostname = mx.${domain}
exim_path = ${folder}/exim4
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${ports.starttls} : ${ports.implicitTls} : ${ports.plain}
tls_on_connect_ports = ${ports.implicitTls}
tls_advertise_hosts = \${if ${onPlainPort}{}{*}}
tls_certificate = ${folder}/cert.pem
tls_privatekey = ${folder}/key.pem
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}
smtputf8_advertise_hosts = *
# No look-ups in DNS, which may be slow.
helo_lookup_domains =
deliver_drop_privilege = true
message_size_limit = ${maxBytes}
# Clients wait for the greeting.
pipelining_connect_advertise_hosts =
# By default those beyond ten on a connection wait in the queue.
smtp_accept_queue_per_connection = 0
delay_warning = 1s
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt
acl_smtp_data = data

begin acl
mail:
  accept authenticated = *
  accept condition = \${if ${onPlainPort}}
  deny message = 530 5.7.0 Authentication required
rcpt:
  defer local_parts = ${busyUser}
        message = 451 4.2.1 mailbox busy
  accept verify = recipient
  deny message = 550 5.1.1 no such user
data:
  deny condition = \${if eq{$header_${policy.header}:}{${policy.refused}}}
       message = 550 5.7.1 refused by policy
  accept

begin routers
elsewhere:
  driver = manualroute
  domains = ${elsewherePort === undefined ? "" : elsewhere}
  route_list = * 127.0.0.1
  self = send
  transport = elsewhere
moved:
  driver = redirect
  domains = ${domain}
  local_parts = ${movedUser}
  data = reject@${elsewhere}
mailbox:
  driver = accept
  domains = ${domain} : ${idnDomain}
  local_part_suffix = +*
  local_part_suffix_optional
  local_parts = lsearch;${folder}/users
  transport = maildir

begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = ${folder}/mail/$local_part_data

elsewhere:
  driver = smtp
  port = ${elsewherePort ?? 1}
  allow_localhost
  hosts_avoid_tls = *

begin retry
* * F,1h,1s

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{${login.user}}}{eq{$auth3}{${login.pass}}}}}
`;
}
