/**
 * Pass "kernel-texts": which `$variables` of probes in the kernel are strings.
 *
 * Nothing in `$prev_comm` says so, and types are asked for before the places of variables are settled: by optimise. Comes
 * after all bodies of their own were made for probes and for the functions they call.
 */
import { walk } from "../../visit.ts";
import type { Compilation } from "../compilation.ts";
import { findTarget } from "../probes/variables.ts";
import { makePlace } from "../types/detail.ts";
import { bodiesOf } from "./bodies.ts";

export function kernelTexts(c: Compilation): void {
  for (const { body, draft, function: symbol } of bodiesOf(c)) {
    const owner = draft ?? (symbol && c.clones.get(symbol));
    if (owner?.variables.kind !== "kernel") continue;
    const place = makePlace(c, owner);
    walk(body, (n) => {
      if (n.kind !== "target") return;
      const found = findTarget(place, n);
      if (found.kind === "kernel" && found.text) c.texts.add(n);
    });
  }
}
