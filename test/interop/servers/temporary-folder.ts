import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Ids of a system user. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** A folder that other users can enter, and that is gone after use. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(prefix: string): Promise<TemporaryFolder> {
    const path = await mkdtemp(join(tmpdir(), prefix));
    await chmod(path, 0o755);
    return new TemporaryFolder(path);
  }

  /** Makes a folder inside, with those above it. */
  async folder(name: string, owner?: Owner): Promise<string> {
    const path = join(this.path, name);
    await mkdir(path, { recursive: true });
    if (owner !== undefined) await chown(path, owner.uid, owner.gid);
    return path;
  }

  async file(name: string, content: string): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, content);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}
