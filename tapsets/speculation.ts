/**
 * Speculation: output that is kept back until the script knows whether anybody wants it.
 *
 * `speculation()` opens a buffer, `speculate` adds to it, `commit` prints it and `discard` forgets it; both close it.
 * A buffer that is not open takes nothing and gives nothing. How many can be open and how much they hold together is
 * limited, so a script that forgets to close them gets an error instead of all memory.
 */
import type { BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import type { Long } from "../base/int64.ts";
import { limits } from "../base/limits.ts";

interface Speculations {
  last: number;
  bytes: number;
  readonly open: Map<Long, string[]>;
}

const ofSession = new WeakMap<BuiltinHost, Speculations>();

export const speculation = {
  commit: (c, id: Long) => {
    for (const text of close(speculations(c), id)) c.print(text);
    return undefined;
  },
  discard: (c, id: Long) => {
    close(speculations(c), id);
    return undefined;
  },
  speculate: (c, id: Long, output: string) => {
    const all = speculations(c);
    const buffer = all.open.get(id);
    if (!buffer) return undefined;
    if (all.bytes + output.length > limits.maxSpeculationBytes) c.fail("speculation: the open buffers are full");
    all.bytes += output.length;
    buffer.push(output);
    return undefined;
  },
  speculation: (c) => {
    const all = speculations(c);
    if (all.open.size >= limits.maxSpeculations) c.fail("speculation: too many buffers are open");
    all.open.set(++all.last, []);
    return all.last;
  },
} satisfies BuiltinTable;

function speculations(c: BuiltinHost): Speculations {
  let all = ofSession.get(c);
  if (!all) {
    all = { last: 0, bytes: 0, open: new Map() };
    ofSession.set(c, all);
  }
  return all;
}

function close(all: Speculations, id: Long): readonly string[] {
  const buffer = all.open.get(id) ?? [];
  all.open.delete(id);
  for (const text of buffer) all.bytes -= text.length;
  return buffer;
}
