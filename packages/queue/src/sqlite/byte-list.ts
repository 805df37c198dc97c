/** Bytes that are put one after the other, in a buffer that can change threads without being copied. */
export class ByteList {
  #buffer = new ArrayBuffer(0);
  #length = 0;

  /** Copies bytes to the end. @returns where they begin */
  append(bytes: Uint8Array): number {
    const start = this.#length;
    this.#length += bytes.length;
    if (this.#length > this.#buffer.byteLength) {
      this.#buffer = this.#buffer.transfer(Math.max(this.#length, 2 * this.#buffer.byteLength));
    }
    new Uint8Array(this.#buffer).set(bytes, start);
    return start;
  }

  /** Makes room beforehand. */
  reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed > this.#buffer.byteLength) this.#buffer = this.#buffer.transfer(needed);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, 0, this.#length);
  }
}
