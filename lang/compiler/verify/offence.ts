/**
 * The first thing in a module that breaks the contract; thrown by `verify/*`, caught in `verify.ts` alone.
 */
export class Offence extends Error {
  override readonly name = "Offence";
  readonly start: number;
  readonly end: number;

  constructor({ start, end }: { readonly start: number; readonly end?: number }, message: string) {
    super(message);
    this.start = start;
    this.end = end ?? start + 1;
  }
}

/** `condition` must hold of the module, else it breaks the contract at `n`. */
export function require(
  condition: unknown,
  n: { readonly start: number; readonly end?: number },
  message: string,
): asserts condition {
  if (!condition) throw new Offence(n, message);
}
