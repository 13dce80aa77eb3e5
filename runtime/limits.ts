/**
 * The limits a session runs with: the defaults of `base/limits.ts`, changed by the manifest (`-D`).
 *
 * As in the reference, MAXACTION alone also moves MAXACTION_INTERRUPTIBLE, which is ten times as large, and MAXSTRINGLEN
 * alone also STP_PROCFS_BUFSIZE.
 */
import type { Manifest } from "../abi/manifest.ts";
import { type ScriptLimits, scriptLimits } from "../base/limits.ts";

export function resolveLimits(changed: Manifest["limits"]): ScriptLimits {
  const { MAXACTION, MAXACTION_INTERRUPTIBLE } = changed;
  const derived =
    MAXACTION !== undefined && MAXACTION_INTERRUPTIBLE === undefined
      ? { MAXACTION_INTERRUPTIBLE: MAXACTION * 10 }
      : undefined;
  const { MAXSTRINGLEN = scriptLimits.MAXSTRINGLEN } = changed;
  return { ...scriptLimits, STP_PROCFS_BUFSIZE: MAXSTRINGLEN, ...changed, ...derived };
}
