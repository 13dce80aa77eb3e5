/** Files of this machine, as its programs see them; paths are byte strings. */
import * as fs from "node:fs";
import { fromBytes, fromText } from "../base/bytestring.ts";
import type { TargetFiles } from "../target/target.ts";

/** Names without "/" are looked up on PATH; relative paths begin at the current folder. */
export const hostFiles: TargetFiles = {
  resolve(path) {
    const found = path.includes("/") ? path : onPath(path);
    if (found === undefined) return undefined;
    try {
      return fromBytes(fs.realpathSync.native(hostPath(found), "buffer"));
    } catch {
      return undefined;
    }
  },
  read(path) {
    try {
      // Not of a pipe or a device, which would wait.
      return fs.statSync(hostPath(path)).isFile() ? fs.readFileSync(hostPath(path)) : undefined;
    } catch {
      return undefined;
    }
  },
  list(path) {
    try {
      return fs.readdirSync(hostPath(path), { encoding: "buffer" }).map(fromBytes).sort();
    } catch {
      return undefined;
    }
  },
};

/** The first executable file of that name, as execvp finds it. */
export function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin").split(":");
  return folders
    .map((folder) => `${fromText(folder) || "."}/${name}`)
    .find((path) => {
      try {
        fs.accessSync(hostPath(path), fs.constants.X_OK);
        return fs.statSync(hostPath(path)).isFile();
      } catch {
        return false;
      }
    });
}

function hostPath(path: string): Buffer {
  return Buffer.from(path, "latin1");
}
