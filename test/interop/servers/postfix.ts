import { execFileSync } from "node:child_process";
import { chmod, chown, utimes } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificates } from "./certificates.ts";
import { freePorts } from "./free-port.ts";
import { type MailServerKind, type Ports, portNames, type SecureMailServer } from "./mail-server.ts";
import { Maildir } from "./maildir.ts";
import { missingRequirement } from "./requirements.ts";
import { ServerProcess } from "./server-process.ts";
import { site } from "./site.ts";
import { systemUser } from "./system-user.ts";
import { type Owner, TemporaryFolder } from "./temporary-folder.ts";

const daemons = "/usr/lib/postfix/sbin";
const loginEditor = "/usr/sbin/saslpasswd2";

const queueFolders = [
  ...["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "private"],
  ...["public", "saved", "trace"],
];

/** Postfix 3 as Debian installs it, with folders and a configuration of its own. */
export const postfix: MailServerKind = {
  name: "Postfix",
  chunking: true,
  missing: () => missingRequirement("Postfix", [`${daemons}/master`, loginEditor]),
  start: startPostfix,
};

async function startPostfix(elsewherePort?: number): Promise<SecureMailServer> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await TemporaryFolder.create("mail-interop-postfix-"));
  const [{ ca, cert, key }, ports] = await Promise.all([makeCertificates(), freePorts(...portNames)]);
  for (const queue of queueFolders) await folder.folder(`queue/${queue}`, systemUser("postfix"));
  await folder.folder("queue/pid");
  await folder.folder("data", systemUser("postfix"));
  await folder.file("cert.pem", cert);
  await folder.file("key.pem", key);
  const mailboxOwner = systemUser("nobody");
  const mailboxes = await Maildir.create(folder, mailboxOwner);
  const configurationFolder = await folder.folder("conf");
  const main = await folder.file("conf/main.cf", mainConfiguration(folder.path, mailboxOwner, elsewherePort));
  await utimes(main, 0, 0); // Postfix waits for two seconds while the file is new
  await folder.file("conf/master.cf", services(ports));
  await addLogin(folder);
  // Unlike `postfix start-fg`, -d leaves the master a child of ours.
  const command = [`${daemons}/master`, "-c", configurationFolder, "-d"];
  const log = join(folder.path, "output");
  const process = cleanup.use(await ServerProcess.start(command, Object.values(ports), log));
  const running = cleanup.move();
  return { ports, ca, mailboxes, process, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function addLogin(folder: TemporaryFolder): Promise<void> {
  const { user, pass } = site.login;
  const database = join(await folder.folder("conf/sasl"), "sasldb2");
  const [name = "", realm = ""] = user.split("@");
  execFileSync(loginEditor, ["-p", "-c", "-f", database, "-u", realm, name], { input: pass, stdio: "pipe" });
  await chown(database, 0, systemUser("postfix").gid);
  await chmod(database, 0o640);
  await folder.file(
    "conf/sasl/smtpd.conf",
    `pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: ${database}\n`,
  );
}

/** See postconf(5). */
function mainConfiguration(folder: string, mailboxOwner: Owner, elsewherePort: number | undefined): string {
  const { domain, idnDomain, users, busyUser, elsewhere, movedUser, maxBytes, policy } = site;
  const mailboxes = [domain, idnDomain].flatMap((at) =>
    Object.entries(users).map(([user, stored]) => `{${user}@${at} = ${stored}/}`),
  );
  return `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
daemon_directory = ${daemons}
maillog_file = /dev/stdout
myhostname = mx.${domain}
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8
message_size_limit = ${maxBytes}
# Postfix would take Bcc out by itself and hide that a client had left it in.
message_drop_headers =
virtual_mailbox_domains = ${domain}, ${idnDomain}
virtual_mailbox_base = ${folder}/mail
virtual_mailbox_maps = inline:{ ${mailboxes.join(" ")} }
virtual_uid_maps = static:${mailboxOwner.uid}
virtual_gid_maps = static:${mailboxOwner.gid}
virtual_alias_maps = inline:{ {${movedUser}@${domain} = reject@${elsewhere}} }
recipient_delimiter = +
default_transport = error:5.4.1 nothing leaves this machine
${elsewherePort === undefined ? "" : elsewhereConfiguration(elsewherePort)}
# By default five minutes, also for what was about to be delivered when it was killed.
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
smtpd_delay_reject = no
header_checks = regexp:{ {/^${policy.header}: ${policy.refused}/ REJECT 5.7.1 refused by policy} }
smtpd_forbid_unauth_pipelining = yes
smtpd_data_restrictions = reject_unauth_pipelining
smtpd_recipient_restrictions = check_recipient_access inline:{ {${busyUser}@${domain} = 451 4.2.1 mailbox busy} }
  reject_unauth_destination
smtpd_tls_security_level = may
smtpd_tls_cert_file = ${folder}/cert.pem
smtpd_tls_key_file = ${folder}/key.pem
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = ${domain}
cyrus_sasl_config_path = ${folder}/conf/sasl
`;
}

/** The sender is told after a second. */
function elsewhereConfiguration(port: number): string {
  return `relay_domains = ${site.elsewhere}
transport_maps = inline:{ {${site.elsewhere} = smtp:[127.0.0.1]:${port}} }
disable_dns_lookups = yes
delay_warning_time = 1s
`;
}

/** See master(5). */
function services(ports: Ports): string {
  const loginWanted = "-o smtpd_sender_restrictions=permit_sasl_authenticated,reject";
  return `127.0.0.1:${ports.starttls} inet n - n - - smtpd ${loginWanted}
127.0.0.1:${ports.implicitTls} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes ${loginWanted}
127.0.0.1:${ports.plain} inet n - n - - smtpd -o smtpd_tls_security_level=none
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;
}
