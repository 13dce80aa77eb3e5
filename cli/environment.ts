/** What scripts are told of their surroundings (`arch`, `kernel_v`), by the target that they are for. */
import { release } from "node:os";
import { type Environment, modelEnvironment } from "../lang/parser/environment.ts";
import type { TargetKind } from "./target-kind.ts";

/** What the kernel's sources call the architectures of Node; those that live tracing does not know are not here. */
const architectures: { readonly [name: string]: string } = { x64: "x86_64" };

export function environmentOf(kind: TargetKind): Environment {
  const arch = architectures[process.arch];
  return kind === "model" || arch === undefined
    ? modelEnvironment
    : { ...modelEnvironment, arch, kernelRelease: release(), kernelProbes: false };
}
