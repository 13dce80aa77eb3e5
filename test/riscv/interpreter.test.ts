/** What the generated interpreter is made of: which instructions it leaves to the reference, and that it stays small. */
import { describe, expect, it } from "vitest";
import { webAssembly } from "../../kernel/memory/webassembly.ts";
import { compressedInstructions, instructions } from "../../kernel/riscv/instructions.ts";
import { interpreterModule } from "../../kernel/riscv/wasm/interpreter.ts";
import { FIRST_OPERATION, operationNumber, operations, semantics } from "../../kernel/riscv/wasm/operations.ts";

describe("the interpreter", () => {
  it("has semantics for every row of the instruction table but traps, fences and fclass", () => {
    const without = instructions.filter(({ name }) => !(name in semantics)).map(({ name }) => name);
    // A fence does nothing, and is a nop.
    expect(without.sort()).toEqual(["ebreak", "ecall", "fclass.d", "fclass.s", "fence", "fence.i"]);
  });

  it("has no row that the instruction table does not have, but special cases", () => {
    const names = new Set(instructions.map(({ name }) => name));
    expect(Object.keys(semantics).filter((name) => !names.has(name))).toEqual(["nop", "j", "jr"]);
  });

  it("knows every compressed instruction in its own length", () => {
    for (const { name, expandsTo } of compressedInstructions) {
      if (expandsTo !== "ebreak") expect(operationNumber(expandsTo, 2), name).toBeGreaterThanOrEqual(FIRST_OPERATION);
    }
  });

  it("is a valid module, the same each time", () => {
    const bytes = interpreterModule();
    expect(() => new webAssembly!.Module(bytes)).not.toThrow();
    expect(interpreterModule()).toEqual(bytes);
    expect(bytes.length).toBeLessThan(150 * operations.length);
  });
});
