/**
 * How the main thread tells the session's thread what the user wants, in five words of shared memory:
 *
 *   0: the signal (SIGINT, SIGTERM, SIGHUP) that asks for an orderly end; 0 for none. An idle session sleeps on it.
 *   1: 1 once the session polls word 0; before that nobody would notice.
 *   2: what --monitor asks for, bits of `asks`;
 *   3: 1 when another output file is wanted (SIGUSR2);
 *   4: 1 when what is typed at the terminal is for the program of -c: Ctrl-C and Ctrl-\ are no wishes of the user's to utap.
 */
export const asks = { snapshot: 1, clearCounters: 2, togglePause: 4 } as const;

export class StopFlag {
  readonly word: Int32Array<SharedArrayBuffer>;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(20)) {
    this.word = new Int32Array(buffer);
  }

  raise(signal: number): void {
    Atomics.store(this.word, 0, signal);
    Atomics.notify(this.word, 0);
  }

  get signal(): number {
    return Atomics.load(this.word, 0);
  }

  get raised(): boolean {
    return this.signal !== 0;
  }

  /** The monitor's wish; an idle session wakes up for it. */
  ask(bits: number): void {
    Atomics.or(this.word, 2, bits);
    Atomics.notify(this.word, 0);
  }

  /** What was asked for since the last call. */
  takeAsked(): number {
    return Atomics.load(this.word, 2) === 0 ? 0 : Atomics.exchange(this.word, 2, 0);
  }

  askForNextFile(): void {
    Atomics.store(this.word, 3, 1);
    Atomics.notify(this.word, 0);
  }

  /** Whether somebody asked since the last call. */
  takeNextFile(): boolean {
    return Atomics.load(this.word, 3) !== 0 && Atomics.exchange(this.word, 3, 0) !== 0;
  }

  /** The program of -c shares the terminal with us. */
  leaveTerminalToProgram(): void {
    Atomics.store(this.word, 4, 1);
  }

  get programHasTerminal(): boolean {
    return Atomics.load(this.word, 4) !== 0;
  }

  /** The session promises to poll from now on. */
  startPolling(): void {
    Atomics.store(this.word, 1, 1);
  }

  get polled(): boolean {
    return Atomics.load(this.word, 1) !== 0;
  }
}
