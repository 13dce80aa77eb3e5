/**
 * What a script can ask about its surroundings in `%( … %)` before it is parsed.
 *
 * Given by the command line, which knows the target; without it the default, the kernel model, answers.
 * utap answers `runtime` to two names: "utap", its own, and "kernel", because what scripts want to know there is
 * whether the whole language and probes on system calls are to be had. It is neither "dyninst" nor "bpf".
 */
export interface Environment {
  /** The target's architecture as the kernel's sources call it: `riscv`, `x86_64`, `arm64`. */
  readonly arch: string;
  /** The target's `uname -r`; `kernel_v` is what stands before the first `-`. */
  readonly kernelRelease: string;
  readonly runtimes: readonly string[];
  readonly privilege: "stapusr" | "stapsys" | "stapdev";
  /** The target's kernel has the events and functions of target/kernel-points.ts to probe. */
  readonly kernelProbes?: boolean;
  /** The kernel's configuration; an option that is not here is not set. */
  readonly config: { readonly [option: string]: string };
}

export const modelEnvironment: Environment = {
  arch: "riscv",
  kernelRelease: "6.6.0",
  runtimes: ["utap", "kernel"],
  privilege: "stapdev",
  kernelProbes: true,
  config: { CONFIG_UTRACE: "y", CONFIG_UPROBES: "y" },
};
