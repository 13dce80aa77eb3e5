/**
 * `Place`: where a script runs, before it runs there: what its compilation may look at, and how to start.
 *
 * Made by `targets.ts`, by `model-place.ts` for scripts that run nowhere else, and by tests.
 */
import type { Target, TargetFiles } from "../target/target.ts";

export interface Place<Started = Target | Promise<Target>> {
  /** Binaries that the script names, also when nothing runs. */
  readonly files: TargetFiles;
  /** As -c names it. */
  readonly program?: string;
  /** There will be processes to probe. */
  readonly hasProcesses: boolean;
  /** Makes the target: the program of -c stands before its first instruction. Called once. */
  start(): Started;
}

/** Relative paths as seen from a folder; names without "/" are the target's own affair. */
export function filesFrom(files: TargetFiles, folder: string): TargetFiles {
  const absolute = (path: string): string => (path.includes("/") && !path.startsWith("/") ? `${folder}/${path}` : path);
  return {
    resolve: (path) => files.resolve(absolute(path)),
    read: (path) => files.read(path),
    list: (path) => files.list(absolute(path)),
  };
}
