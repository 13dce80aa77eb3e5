/** Why a thread stands still: what the tracer knows between wait4 and the request that lets it go on. */

export type Stop =
  /** Before the program's first instruction, a new thread, or because we asked. */
  | { readonly kind: "interrupted" }
  | { readonly kind: "syscall-entry" }
  | { readonly kind: "syscall-exit" }
  /** An event of ptrace other than these. */
  | { readonly kind: "event" }
  /** About to die: its registers can be read, nothing can be run in it. */
  | { readonly kind: "exit" }
  /** A signal is about to be delivered. */
  | { readonly kind: "signal" }
  /** The process is stopped as a shell stops it. */
  | { readonly kind: "group-stop" };
