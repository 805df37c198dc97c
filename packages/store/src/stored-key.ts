import { createHash } from "node:crypto";

const longestPlainKey = 200;
const digestPrefix = "sha256:";

/**
 * A key as the stores keep it: as it is where an operator can read it, else its digest. PostgreSQL takes no NUL and no
 * index entry above 2.7 kB, and halves of surrogate pairs would all become the same character.
 */
export function storedKey(key: string): string {
  const plain =
    key.length <= longestPlainKey && key.isWellFormed() && !key.includes("\0") && !key.startsWith(digestPrefix);
  return plain ? key : digestPrefix + createHash("sha256").update(Buffer.from(key, "utf16le")).digest("hex");
}
