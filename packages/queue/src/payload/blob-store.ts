/**
 * Where large attachments are kept until their mail is settled: `folderBlobs(path)`, or S3 and the like behind these
 * methods.
 */
export interface BlobStore {
  /** Keeps content under a name of letters, digits and `-`; durable once resolved. A second time replaces the first. */
  put(name: string, content: AsyncIterable<Uint8Array>): Promise<void>;
  /** The content, read as it is iterated. @throws where there is none under that name */
  get(name: string): AsyncIterable<Uint8Array>;
  /** Forgets content; names that are not there are no error. */
  delete(names: readonly string[]): Promise<void>;
  /** All names, so that workers find what a crash left behind. Without it, that stays where it is. */
  list?(): AsyncIterable<string>;
}
