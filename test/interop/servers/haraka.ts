import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { makeCertificates } from "./certificates.ts";
import { freePorts } from "./free-port.ts";
import { type MailServerKind, type Ports, portNames, type SecureMailServer } from "./mail-server.ts";
import { Maildir } from "./maildir.ts";
import { ServerProcess } from "./server-process.ts";
import { site } from "./site.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

const program = fileURLToPath(import.meta.resolve("Haraka/bin/haraka"));
const ownSettings = fileURLToPath(import.meta.resolve("Haraka/config/connection.ini"));
const sitePlugin = fileURLToPath(new URL("haraka-site.cjs", import.meta.url));

/** Haraka, which npm installs with the other packages of the tests. */
export const haraka: MailServerKind = {
  name: "Haraka",
  chunking: false,
  missing: () => undefined,
  start: startHaraka,
};

async function startHaraka(): Promise<SecureMailServer> {
  await using cleanup = new AsyncDisposableStack();
  const folder = cleanup.use(await TemporaryFolder.create("mail-interop-haraka-"));
  const [{ ca, cert, key }, ports] = await Promise.all([makeCertificates(), freePorts(...portNames)]);
  const mailboxes = await Maildir.create(folder, { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
  await folder.folder("config");
  await folder.folder("plugins");
  await copyFile(sitePlugin, join(folder.path, "plugins/site.js"));
  // Without its other settings it breaks connections.
  const settings = (await readFile(ownSettings, "utf8"))
    .replace(/^bytes=.*/m, `bytes=${site.maxBytes}`)
    .replace(/^data_line_length=.*/m, "data_line_length=1000");
  const files = {
    ...configuration(folder.path, ports),
    "connection.ini": settings,
    "tls_cert.pem": cert,
    "tls_key.pem": key,
  };
  for (const [name, content] of Object.entries(files)) await folder.file(`config/${name}`, content);
  const log = join(folder.path, "output");
  const command = [execPath, program, "-c", folder.path];
  const running = cleanup.use(await ServerProcess.start(command, Object.values(ports), log));
  const all = cleanup.move();
  return { ports, ca, mailboxes, process: running, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** See the pages of Haraka's plugins, and its CoreConfig. */
function configuration(folder: string, ports: Ports): Record<string, string> {
  const { domain, idnDomain, users, busyUser, policy, login } = site;
  const listen = Object.values(ports).map((port) => `127.0.0.1:${port}`);
  return {
    me: `mx.${domain}\n`,
    plugins: "site\nearly_talker\ntls\nauth/flat_file\n",
    "smtp.ini": `listen=${listen.join(",")}\nsmtps_port=${ports.implicitTls}\nnodes=0\n`,
    "tls.ini": `[main]\nno_starttls_ports[]=${ports.plain}\n`,
    "auth_flat_file.ini": `[core]\nmethods=PLAIN\nconstrain_sender=false\n[users]\n${login.user}=${login.pass}\n`,
    // Seconds that it waits before the greeting and before its answer to DATA, for those who speak too soon.
    "early_talker.ini": "pause=0.02\n",
    "site.json": JSON.stringify({
      domains: [domain, idnDomain],
      users,
      busyUser,
      policy,
      plainPort: ports.plain,
      mailFolder: join(folder, "mail"),
    }),
  };
}
