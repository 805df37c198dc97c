import { readdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { site } from "./site.ts";
import type { Owner, TemporaryFolder } from "./temporary-folder.ts";

const arrivalTimeoutMs = 45_000;

/** @property user the folder of the mailbox */
export interface StoredMail {
  readonly user: string;
  readonly source: Buffer;
}

/** Mailboxes in Maildir form, one folder for each user below `root`. */
export class Maildir {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  static async create(folder: TemporaryFolder, owner: Owner): Promise<Maildir> {
    for (const user of Object.values(site.users))
      for (const part of ["", "cur", "new", "tmp"]) await folder.folder(join("mail", user, part), owner);
    return new Maildir(join(folder.path, "mail"));
  }

  /** Mails in all mailboxes. */
  get count(): number {
    return this.#files().length;
  }

  /** All mails in all mailboxes, as the server stored them. */
  all(): readonly StoredMail[] {
    return this.#files().map(({ user, path }) => ({ user, source: readFileSync(path) }));
  }

  #files(): readonly { readonly user: string; readonly path: string }[] {
    return Object.values(site.users).flatMap((user) => {
      const folder = join(this.#root, user, "new");
      return readdirSync(folder).map((name) => ({ user, path: join(folder, name) }));
    });
  }

  /** All mails in the user's mailbox whose `X-Mail-Id` is this one, as the server stored them. */
  find(user: string, mailId: string): readonly Buffer[] {
    const folder = join(this.#root, user, "new");
    const mails = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    const header = new RegExp(`^X-Mail-Id: ${mailId}$`, "im");
    return mails.filter((mail) => header.test(mail.toString("latin1")));
  }

  /** Waits until the mail is delivered. */
  async arrived(user: string, mailId: string): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const look = () => {
      const [mail] = this.find(user, mailId);
      if (mail !== undefined) resolve(mail);
    };
    // Delivery ends with a rename into the folder, so a file that is seen is whole.
    const watcher = watch(join(this.#root, user, "new"), look);
    const timeout = setTimeout(() => reject(new Error(`${mailId} did not arrive at ${user}`)), arrivalTimeoutMs);
    try {
      look();
      return await promise;
    } finally {
      clearTimeout(timeout);
      watcher.close();
    }
  }
}
