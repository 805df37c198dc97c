import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { misconfigured } from "@mail/core";
import type { BlobStore } from "./blob-store.ts";

/** Names that cannot lead out of the folder. */
const safeName = /^[A-Za-z0-9-]{1,200}$/;

/**
 * Keeps attachments as files in one folder, which is made when it is needed. Processes that share a queue must share it.
 * @throws MailError `configuration` for an empty path
 */
export function folderBlobs(folder: string): BlobStore {
  if (typeof folder !== "string" || folder === "")
    throw misconfigured("folder", "is missing", "Give the path of a folder.");
  const root = resolve(folder);
  const pathOf = (name: string): string => {
    if (!safeName.test(name))
      throw misconfigured("blobs", "a name holds more than letters, digits and -", "Use the queue's names.");
    return join(root, name);
  };
  return {
    async put(name, content) {
      const path = pathOf(name);
      const unfinished = `${path}-${randomUUID()}`;
      await mkdir(root, { recursive: true });
      try {
        const file = await open(unfinished, "wx", 0o600);
        try {
          for await (const chunk of content) await file.writeFile(chunk);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(unfinished, path);
      } catch (thrown) {
        await rm(unfinished, { force: true });
        throw thrown;
      }
      await syncFolder(root);
    },
    get: (name) => createReadStream(pathOf(name)),
    async delete(names) {
      await Promise.all(names.map((name) => rm(pathOf(name), { force: true })));
    },
    async *list() {
      for (const name of await namesIn(root)) if (safeName.test(name)) yield name;
    },
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    // It is made when it is needed.
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return [];
    throw thrown;
  }
}

/** Makes a renamed file survive a power cut, on systems where a folder can be synced. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
