/**
 * Which binaries a compilation looked at: by the name that was asked for, where it led and what was there. A name that
 * ends with a slash is a folder that was listed, whose bytes are the names in it, a line each.
 *
 * Filled by `symbol-source.ts`; `cache.ts` stores digests of it, and looks again before it gives a module back.
 */
import { toBytes } from "../base/bytestring.ts";
import type { TargetFiles } from "../target/target.ts";

/** No path where nothing has the name, no bytes where it cannot be read. */
export interface LookedUp {
  readonly path?: string;
  readonly bytes?: Uint8Array;
}

export type ProgramLog = Map<string, LookedUp>;

export function lookUp(files: TargetFiles, name: string): LookedUp {
  if (name.endsWith("/")) {
    const names = files.list(name);
    return names ? { path: name, bytes: toBytes(names.join("\n")) } : {};
  }
  const path = files.resolve(name);
  const bytes = path === undefined ? undefined : files.read(path);
  return { ...(path !== undefined && { path }), ...(bytes && { bytes }) };
}
