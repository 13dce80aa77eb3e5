/**
 * How the main thread tells the session's thread that the user wants it to end: one word of shared memory.
 *
 * 0: go on; 1: end in order (Ctrl-C). The session polls it at safe points; an idle session sleeps on it.
 */
export class StopFlag {
  readonly word: Int32Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.word = new Int32Array(buffer);
  }

  raise(): void {
    Atomics.store(this.word, 0, 1);
    Atomics.notify(this.word, 0);
  }

  get raised(): boolean {
    return Atomics.load(this.word, 0) !== 0;
  }
}
