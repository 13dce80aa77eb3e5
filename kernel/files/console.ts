/**
 * `Console`: the terminal, pipe or file that the model's descriptors 0, 1 and 2 lead to.
 *
 * The composition root implements it (`cli/host-console.ts`); a test gives bytes and collects bytes.
 * `console-file.ts` makes an open file of it.
 */
export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
}

export interface Console {
  /** Takes all bytes; "closed" when nobody reads them any more (the writer gets EPIPE and SIGPIPE). */
  write(stream: 1 | 2, bytes: Uint8Array): "closed" | undefined;
  /** At least one byte and at most `max`; "wait" when there is none now. */
  read(max: number): Uint8Array | "eof" | "wait";
  /** Nothing can run until there is input: true when it is worth asking again. A console that answers "wait" has it. */
  idle?(): boolean;
  /** A signal for the foreground processes (Ctrl-C is SIGINT), told once; asked after every time slice. */
  takeSignal?(): number | undefined;
  /** Input comes as keys are pressed, and nobody has shown it: the model's line discipline edits and echoes. */
  readonly typed?: boolean;
  isTty(stream: 0 | 1 | 2): boolean;
  windowSize(): WindowSize;
}
