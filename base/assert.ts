/**
 * Asserts: our own bugs, told by where they are.
 *
 * Called by every layer for what cannot happen unless utap itself is wrong. Input of any kind (a script,
 * an ELF file, a traced program) never reaches these: it gets a diagnostic or a typed fault.
 * The command line turns a `BugError` into one line that asks for a report, never a stack trace.
 */

/** A broken invariant of utap; `message` begins with the place, e.g. `runtime/maps: …`. */
export class BugError extends Error {
  override readonly name = "BugError";
}

/** Stops with a `BugError` that says where and what; never returns. */
export function bug(where: string, what: string): never {
  throw new BugError(`${where}: ${what}`);
}

/** `condition` must hold, else `bug(where, what)`. */
export function assert(condition: unknown, where: string, what: string): asserts condition {
  if (!condition) bug(where, what);
}

/** The end of an exhaustive switch: a value the type system says cannot exist. */
export function unreachable(value: never, where: string): never {
  bug(where, `unexpected ${JSON.stringify(value) ?? String(value)}`);
}
