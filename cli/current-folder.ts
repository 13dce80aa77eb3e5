/** The current folder as a path; one that has been removed, as Linux still finds it. Called instead of process.cwd. */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    return REMOVED_FOLDER;
  }
}

export const REMOVED_FOLDER = "/proc/self/cwd";
