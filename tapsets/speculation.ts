/**
 * Speculation: output that is kept back until the script knows whether anybody wants it.
 *
 * `speculation()` gives the number of a buffer, `speculate` adds to it, `commit` prints it and `discard` forgets it;
 * both empty it. How many buffers hold something and how much they hold together is limited, so a script that never
 * empties them gets an error instead of all memory.
 */
import type { BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import type { Long } from "../base/int64.ts";
import { limits } from "../base/limits.ts";

interface Speculations {
  last: number;
  bytes: number;
  readonly filled: Map<Long, string[]>;
}

const ofSession = new WeakMap<BuiltinHost, Speculations>();

export const speculation = {
  commit: (c, id: Long) => {
    for (const text of empty(speculations(c), id)) c.print(text);
    return undefined;
  },
  discard: (c, id: Long) => {
    empty(speculations(c), id);
    return undefined;
  },
  speculate: (c, id: Long, output: string) => {
    const all = speculations(c);
    const buffer = all.filled.get(id);
    if (all.bytes + output.length + 1 > limits.maxSpeculationBytes) c.fail("speculate: the buffers are full");
    if (!buffer && all.filled.size >= limits.maxSpeculations) c.fail("speculate: too many buffers are in use");
    all.bytes += output.length + 1;
    if (buffer) buffer.push(output);
    else all.filled.set(id, [output]);
    return undefined;
  },
  speculation: (c) => ++speculations(c).last,
} satisfies BuiltinTable;

function speculations(c: BuiltinHost): Speculations {
  let all = ofSession.get(c);
  if (!all) {
    all = { last: 0, bytes: 0, filled: new Map() };
    ofSession.set(c, all);
  }
  return all;
}

function empty(all: Speculations, id: Long): readonly string[] {
  const buffer = all.filled.get(id) ?? [];
  all.filled.delete(id);
  for (const text of buffer) all.bytes -= text.length + 1;
  return buffer;
}
