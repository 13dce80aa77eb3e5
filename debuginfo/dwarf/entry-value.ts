/**
 * What a register held when the function that runs was entered (DWARF 5, 3.4.1: DW_OP_entry_value).
 *
 * The register may be long overwritten, but its caller knows what it passed: the return address tells which call it was,
 * and the plan has an expression for each call. Called by whoever evaluates plans.
 */
import type { CallerPlan, EntryPlan } from "../../abi/plan.ts";
import { fromHex } from "../hex.ts";
import { evaluateCfa, evaluateNumber } from "./expression.ts";
import { type EvaluateEnvironment, type EvaluateFailure, failure } from "./location.ts";

export function evaluateEntryValue(
  plan: EntryPlan | undefined,
  register: number,
  env: EvaluateEnvironment,
): bigint | EvaluateFailure {
  if (!plan) return failure("optimized-out", "optimized out (only DW_OP_entry_value knows it)");
  const cfa = evaluateCfa(plan.cfa, env);
  const place = plan.returnAddress;
  const address =
    "register" in place ? env.register(place.register) : cfa === undefined ? undefined : wordAt(env, cfa, place.offset);
  if (cfa === undefined || address === undefined) return failure("fault", "the caller's frame cannot be read");
  const caller = plan.callers.find(({ returnsTo }) => BigInt(returnsTo) + env.bias === address);
  const expression = caller?.values.find(([passed]) => passed === register)?.[1];
  if (!caller || expression === undefined) {
    const who = `the caller at 0x${address.toString(16)}`;
    return failure("optimized-out", `optimized out: ${who} does not tell what it passed`);
  }
  return evaluateNumber(fromHex(expression), callerEnvironment(plan, caller, cfa, env));
}

function callerEnvironment(
  plan: EntryPlan,
  caller: CallerPlan,
  cfa: bigint,
  callee: EvaluateEnvironment,
): EvaluateEnvironment {
  const saved = new Map(plan.saved);
  const env: EvaluateEnvironment = {
    bias: callee.bias,
    register(n) {
      if (n === plan.stackPointer) return cfa;
      const offset = saved.get(n);
      return (offset === undefined ? undefined : wordAt(callee, cfa, offset)) ?? callee.register(n);
    },
    memory: (address, size) => callee.memory(address, size),
    frameBase: () => (caller.frameBase === undefined ? undefined : fromHex(caller.frameBase)),
    cfa: () => caller.cfa && evaluateCfa(caller.cfa, env),
    entryValue: (register) => evaluateEntryValue(caller.entry, register, env),
  };
  return env;
}

function wordAt(env: EvaluateEnvironment, cfa: bigint, offset: number): bigint | undefined {
  const bytes = env.memory(BigInt.asUintN(64, cfa + BigInt(offset)), 8);
  return bytes?.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
