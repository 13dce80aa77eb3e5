/** Compiles a script and runs it on a target of the test's own: for what no command line can bring about. */

import type { ScriptLimit } from "../../base/limits.ts";
import { makeSource } from "../../base/source.ts";
import { positionsOf } from "../../cli/position.ts";
import { compile } from "../../lang/compiler/compile.ts";
import { loadModule } from "../../runtime/load.ts";
import { runSession, type SessionSetup } from "../../runtime/session.ts";
import { nativeBuiltins } from "../../tapsets/index.ts";
import type { Target } from "../../target/target.ts";
import { FakeTarget } from "../runtime/fake-target.ts";

export interface Played {
  readonly out: string;
  readonly err: string;
  readonly failed: boolean;
  readonly errors: number;
  readonly skipped: number;
}

export function play(
  script: string,
  setup: Partial<SessionSetup> = {},
  limits: { readonly [name in ScriptLimit]?: number } = {},
): Played {
  const { module, diagnostics } = compile({
    main: makeSource("a.stp", script),
    symbols: { open: () => ({ kind: "failure", message: "no such file" }) },
    limits,
    suppressWarnings: true,
    keepsIdleProbes: true,
    now: () => 0,
  });
  if (!module) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  let out = "";
  let err = "";
  const { failed, errors, skipped } = runSession({
    module: loadModule(module.code),
    target: new FakeTarget(),
    builtins: nativeBuiltins,
    positionOf: positionsOf(module.map),
    sink: {
      write: (stream, text) => {
        if (stream === 1) out += text;
        else err += text;
      },
    },
    ...setup,
  });
  return { out, err, failed, errors, skipped };
}

/** A target on whose clock handlers take time: `monotonicNs` moves on by `step` whenever it is asked. */
export function realTimeTarget(step: number): Target {
  let passed = 0;
  const fake = new FakeTarget();
  return {
    name: "real-time",
    can: { ...fake.can, deterministic: false },
    get arch() {
      return fake.arch;
    },
    files: fake.files,
    main: undefined,
    monotonicNs: () => {
      passed += step;
      return passed;
    },
    realtimeNs: () => 0n,
    random: () => 0,
    tasks: () => [],
    run(hooks) {
      while (hooks.poll() === "run") if (hooks.nextTimer() <= passed) hooks.timer(undefined);
      return {};
    },
  };
}
