/** `$value` of procfs probes; the procfs-values pass makes these calls. */
import type { BuiltinHost, BuiltinTable, FileValue } from "../abi/builtins.ts";

export const procfs = {
  __procfs_value_append: (c, text: string) => store(c, fileValue(c).text + text).slice(0, c.maxString - 1),
  __procfs_value_get: (c) => fileValue(c).text,
  __procfs_value_set: (c, text: string) => store(c, text),
} satisfies BuiltinTable;

function fileValue(c: BuiltinHost): FileValue {
  return c.fileValue ?? c.fail("$value belongs to procfs probes");
}

/** What does not fit is cut off, and said. */
function store(c: BuiltinHost, text: string): string {
  const value = fileValue(c);
  value.text = text.slice(0, value.size);
  if (text.length > value.size)
    c.fail(`$value has room for ${value.size} bytes and got ${text.length}; .maxsize(${text.length + 1}) makes more`);
  return text;
}
