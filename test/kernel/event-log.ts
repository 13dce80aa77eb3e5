/** Everything that a tracer can be told of a run, one line an event, as a digest: for runs that must be the same to the byte. */
import { createHash } from "node:crypto";
import type { Model } from "../../kernel/model.ts";
import { type Disposition, RESUME, type TaskEvent, UTRACE_EVENT } from "../../target/events.ts";

const ALL = Object.values(UTRACE_EVENT).reduce((mask, bit) => mask | bit, 0);

export interface EventLog {
  readonly event: (event: TaskEvent) => Disposition;
  /** How many events there were, and the digest of their lines. */
  result(): string;
}

/** Asks for every event of the first task and of all that come from it. */
export function logEvents({ main, monotonicNs }: Model): EventLog {
  const hash = createHash("md5");
  let count = 0;
  if (main) main.wanted = ALL;
  return {
    event(event) {
      if (event.kind === "clone") event.child.wanted = ALL;
      const { kind, task, ...rest } = event;
      hash.update(`${monotonicNs()} ${task.tid} ${kind} ${JSON.stringify(rest, plain)}\n`);
      count++;
      return RESUME;
    },
    result: () => `${count} events, ${hash.digest("hex")}`,
  };
}

/** A child by its tid, numbers of any size. */
function plain(key: string, value: unknown): unknown {
  if (key === "child") return (value as { readonly tid: number }).tid;
  return typeof value === "bigint" ? String(value) : value;
}
