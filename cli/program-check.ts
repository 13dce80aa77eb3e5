/**
 * Whether the programs that a module was compiled for are the ones that are there.
 *
 * The places of function probes are offsets into one build of a program; in another build they are anywhere. Asked by
 * `run-session.ts` of the modules of standalone scripts, which may be old; utap itself compiles for what it sees.
 */
import type { ResolvedProbe } from "../abi/manifest.ts";
import { parseElf } from "../debuginfo/elf.ts";
import type { MakeBinder } from "../runtime/binder.ts";
import type { TargetFiles } from "../target/target.ts";

/** A binder that leaves out the probes of programs that are others than they were, with a warning for each program. */
export function onlyKnownPrograms(make: MakeBinder): MakeBinder {
  return (host, target) => {
    const binder = make(host, target);
    return {
      ...binder,
      arm(probes) {
        const strange = new Map<string, string | undefined>();
        const fits = ({ spec }: ResolvedProbe): boolean => {
          if (spec.kind !== "uprobe") return true;
          if (!strange.has(spec.path)) strange.set(spec.path, difference(target.files, spec.path, spec.buildId));
          const message = strange.get(spec.path);
          if (message !== undefined) host.warn(`${message}: its functions are not probed`);
          return message === undefined;
        };
        binder.arm(probes.filter(({ probe }) => fits(probe)));
      },
    };
  };
}

function difference(files: TargetFiles, path: string, buildId: string | undefined): string | undefined {
  const bytes = files.read(path);
  if (!bytes) return `cannot read ${path}`;
  if (buildId === undefined) return undefined;
  const elf = parseElf(bytes);
  const found = elf.kind === "elf" ? elf.buildId : undefined;
  return found === buildId ? undefined : `${path} is another build than the one the script was compiled for`;
}
