import { randomUUID } from "node:crypto";
import { chown, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeCertificates } from "./certificates.ts";
import { freePorts } from "./free-port.ts";
import { missingRequirement } from "./requirements.ts";
import { ServerProcess } from "./server-process.ts";
import { systemUser } from "./system-user.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

const program = "/usr/sbin/dovecot";
const login = { user: "bounces", pass: "correct-horse" };

/** What is missing on this machine, in words. */
export function missingDovecot(): string | undefined {
  return missingRequirement("Dovecot", [program, "/usr/lib/dovecot/imap"]);
}

/** Dovecot as Debian installs it, with one mailbox in Maildir form. */
export class Dovecot implements AsyncDisposable {
  readonly ports: { readonly imap: number; readonly imaps: number };
  /** The authority that signed its certificate for `localhost`, in PEM. */
  readonly ca: string;
  readonly login: typeof login = login;
  readonly #folder: TemporaryFolder;
  readonly #configuration: string;
  #process: ServerProcess;

  private constructor(
    { ports, ca }: Pick<Dovecot, "ports" | "ca">,
    folder: TemporaryFolder,
    configuration: string,
    process: ServerProcess,
  ) {
    this.ports = ports;
    this.ca = ca;
    this.#folder = folder;
    this.#configuration = configuration;
    this.#process = process;
  }

  static async start(): Promise<Dovecot> {
    await using cleanup = new AsyncDisposableStack();
    const folder = cleanup.use(await TemporaryFolder.create("mail-interop-dovecot-"));
    const [{ ca, cert, key }, ports] = await Promise.all([makeCertificates(), freePorts("imap", "imaps")]);
    await folder.file("cert.pem", cert);
    await folder.file("key.pem", key);
    const owner = systemUser("nobody");
    for (const part of ["", "cur", "new", "tmp", ".Done", ".Done/cur", ".Done/new", ".Done/tmp"])
      await folder.folder(join("mail", part), owner);
    const configuration = await folder.file("dovecot.conf", settings(folder.path, ports));
    const process = await run(configuration, ports, folder.path);
    cleanup.move();
    return new Dovecot({ ports, ca }, folder, configuration, process);
  }

  /** Puts a mail into the mailbox, as a mail server delivers it. */
  async put(source: string | Uint8Array): Promise<void> {
    const { uid, gid } = systemUser("nobody");
    const name = `${Date.now()}.${randomUUID()}.localhost`;
    const temporary = join(this.#folder.path, "mail/tmp", name);
    await writeFile(temporary, source);
    await chown(temporary, uid, gid);
    await rename(temporary, join(this.#folder.path, "mail/new", name));
  }

  /** Of each mail in a mailbox, the letters of its flags in the order of Maildir: `F` flagged, `S` seen. */
  async flags(mailbox = "INBOX"): Promise<readonly string[]> {
    const folder = join(this.#folder.path, "mail", mailbox === "INBOX" ? "" : `.${mailbox}`);
    const names = (await Promise.all(["new", "cur"].map((part) => readdir(join(folder, part))))).flat();
    return names.map((name) => name.split(":2,")[1] ?? "");
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  async restart(): Promise<void> {
    await this.kill();
    this.#process = await run(this.#configuration, this.ports, this.#folder.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#folder[Symbol.asyncDispose]();
  }
}

function run(configuration: string, ports: Dovecot["ports"], folder: string): Promise<ServerProcess> {
  return ServerProcess.start([program, "-F", "-c", configuration], Object.values(ports), join(folder, "output"));
}

/** See doc.dovecot.org for version 2.3. */
function settings(folder: string, { imap, imaps }: Dovecot["ports"]): string {
  const { uid, gid } = systemUser("nobody");
  return `protocols = imap
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = /dev/stderr
listen = 127.0.0.1
ssl = yes
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
mail_location = maildir:${folder}/mail
first_valid_uid = 1
auth_failure_delay = 0
# New mail is told at once.
mailbox_idle_check_interval = 1s
passdb {
  driver = static
  args = user=${login.user} password=${login.pass}
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/mail
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = ${imaps}
  }
}
service anvil {
  chroot =
  # No wait after a wrong password.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`;
}
