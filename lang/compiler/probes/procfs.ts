/**
 * `procfs("PATH").read` and `.write`: files through which programs talk to the script.
 *
 * The path is relative to the folder that the target has for the session. A file has one reader and any number of
 * writers; that two probes claim to be the reader is found by the `procfs-values` pass, which sees them all.
 */
import type { ProbePoint } from "../../ast.ts";
import { componentOf, componentText, numberOf, type PointFailure, pointFailure, type ResolvePoint } from "./family.ts";

const DEFAULT_PATH = "command";
/** Nobody but the owner. */
const DEFAULT_UMASK = 0o077;
const MODE_BITS = 0o777;
const MOST_BYTES = 1 << 24;

export const resolveProcfs: ResolvePoint = (point) => {
  const argument = point.components[0]?.argument;
  const path = argument?.kind === "string" ? argument.value : DEFAULT_PATH;
  const wrong = pathFailure(path, point);
  if (wrong) return wrong;
  const umask = numberOf(componentOf(point, "umask"));
  const maxsize = componentOf(point, "maxsize");
  const size = numberOf(maxsize);
  if (maxsize && (size === undefined || size <= 0n)) return pointFailure("maxsize is 1 byte or more", maxsize);
  if (maxsize && size !== undefined && size > MOST_BYTES)
    return pointFailure(`maxsize is at most ${MOST_BYTES}`, maxsize);
  const access = componentOf(point, "read") ? "read" : "write";
  return [
    {
      spec: {
        kind: "procfs",
        path,
        access,
        umask: umask === undefined ? DEFAULT_UMASK : Number(umask & BigInt(MODE_BITS)),
        ...(size !== undefined && { size: Number(size) }),
      },
      point: point.components.map(componentText).join("."),
      variables: { kind: "procfs", access },
    },
  ];
};

function pathFailure(path: string, point: ProbePoint): PointFailure | undefined {
  const at = point.components[0] ?? point;
  if (path.startsWith("/"))
    return pointFailure("the path of a procfs file is relative to the folder of the session", at);
  if (path === "" || path.endsWith("/"))
    return pointFailure("the path of a procfs file ends with the name of a file", at);
  const names = path.split("/");
  if (names.includes("")) return pointFailure("a folder without a name in the path of a procfs file", at);
  if (names.some((name) => name === "." || name === ".."))
    return pointFailure("the path of a procfs file has neither '.' nor '..'", at);
  return undefined;
}
