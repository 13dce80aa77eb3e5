/**
 * `$variables` of probes in the kernel: what a path such as `prev->cred->uid->val` leads to, as a value or as text.
 *
 * Asked by `handler-context.ts` with paths that the compiler has checked, so what is missing here is missing in this hit:
 * a pointer that is NULL, an index outside of its list. That is an error of the script.
 */
import { bug } from "../base/assert.ts";
import { quoteWithin } from "../base/escape.ts";
import { type Long, long, unsigned } from "../base/int64.ts";
import {
  declaration,
  type KernelEvent,
  type KernelObject,
  type KernelValue,
  membersOf,
} from "../target/kernel-points.ts";
import { ScriptError } from "./errors.ts";

/** A member, or an index; undefined is the next of the run-time indexes. */
type Step = { readonly member: string } | { readonly index: number | undefined };

interface Path {
  readonly text: string;
  readonly root: string;
  readonly steps: readonly Step[];
}

export class KernelReader {
  readonly #maxString: number;
  readonly #paths = new Map<string, Path>();

  constructor(maxString: number) {
    this.#maxString = maxString;
  }

  number(event: KernelEvent, path: string, dynamic: readonly Long[]): Long {
    return numberOf(this.#read(event, path, dynamic));
  }

  text(event: KernelEvent, path: string, dynamic: readonly Long[]): string {
    return this.#cut(textOf(this.#read(event, path, dynamic)));
  }

  pretty(event: KernelEvent, path: string, type: string, deep: boolean, dynamic: readonly Long[]): string {
    return this.#orElse("ERROR", () => this.#cut(this.#pretty(this.#read(event, path, dynamic), type, deep)));
  }

  variables(event: KernelEvent, declared: string, pretty: number): string {
    const shown = declaration(declared).map(({ name, type }) => {
      const show = (): string => {
        const value = event.value(name);
        return pretty > 0 ? this.#pretty(value, type, pretty > 1) : this.#plain(value);
      };
      return `${name}=${this.#orElse(pretty > 0 ? "ERROR" : "?", show)}`;
    });
    return this.#cut(shown.join(" "));
  }

  #read(event: KernelEvent, text: string, dynamic: readonly Long[]): KernelValue {
    const { root, steps } = this.#pathOf(text);
    let value = event.value(root);
    let used = 0;
    for (const step of steps) {
      if ("member" in step) {
        if (!isObject(value))
          throw new ScriptError(`cannot read $${text}: '${step.member}' is asked of a NULL pointer`);
        value = value.member(step.member);
      } else value = element(value, step.index ?? dynamic[used++] ?? 0, text);
    }
    return value;
  }

  #pathOf(text: string): Path {
    const known = this.#paths.get(text);
    if (known) return known;
    const [root = "", ...rest] = text.split(/(?=->|\[)/);
    const steps = rest.map((part): Step => {
      if (part.startsWith("->")) return { member: part.slice(2) };
      return { index: part === "[]" ? undefined : Number(part.slice(1, -1)) };
    });
    const path = { text, root, steps };
    this.#paths.set(text, path);
    return path;
  }

  /** As in `$$parms`: numbers and pointers in hexadecimal. */
  #plain(value: KernelValue): string {
    if (typeof value === "string") return quoteWithin(value, this.#maxString - 1);
    if (isList(value)) return `[${value.map((item) => hex(long(item))).join(", ")}]`;
    return hex(numberOf(value));
  }

  #pretty(value: KernelValue, type: string, deep: boolean): string {
    if (typeof value === "string") return quoteWithin(value, this.#maxString - 1);
    const isUnsigned = type.startsWith("u");
    if (isList(value)) return `[${value.map((item) => decimal(long(item), isUnsigned)).join(", ")}]`;
    if (isObject(value)) return this.#structure(value, type.slice(0, -1), deep);
    return type.endsWith("*") ? hex(numberOf(value)) : decimal(numberOf(value), isUnsigned);
  }

  /** Tasks that a structure points to are not followed: they point to each other. */
  #structure(object: KernelObject, structure: string, deep: boolean): string {
    const members = membersOf(structure).map(({ name, type }) => {
      const value = object.member(name);
      if (!isObject(value)) return `.${name}=${this.#pretty(value, type, deep)}`;
      if (type === TASK) return `.${name}=${hex(value.handle)}`;
      return `.${name}=${deep ? this.#structure(value, type.slice(0, -1), deep) : "{...}"}`;
    });
    return `{${members.join(", ")}}`;
  }

  #orElse(text: string, read: () => string): string {
    try {
      return read();
    } catch (error) {
      if (error instanceof ScriptError) return text;
      throw error;
    }
  }

  #cut(text: string): string {
    return text.slice(0, this.#maxString - 1);
  }
}

const TASK = "task_struct*";

function element(value: KernelValue, index: Long, text: string): KernelValue {
  const at = Number(index);
  // The NUL behind a text belongs to it.
  if (typeof value === "string" && at === value.length) return 0;
  const found = typeof value === "string" ? value.charCodeAt(at) : isList(value) ? value[at] : undefined;
  if (found === undefined || Number.isNaN(found))
    throw new ScriptError(`cannot read $${text}: there is no element ${index}`);
  return found;
}

function numberOf(value: KernelValue): Long {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : long(BigInt(value));
  if (typeof value === "bigint") return long(value);
  return isObject(value) ? value.handle : bug("runtime/kernel-values", "a number was expected");
}

function textOf(value: KernelValue): string {
  return typeof value === "string" ? value : bug("runtime/kernel-values", "text was expected");
}

function isList(value: KernelValue): value is readonly bigint[] {
  return Array.isArray(value);
}

function isObject(value: KernelValue): value is KernelObject {
  return typeof value === "object" && !Array.isArray(value);
}

function hex(value: Long): string {
  return `0x${unsigned(value).toString(16)}`;
}

function decimal(value: Long, isUnsigned: boolean): string {
  return String(isUnsigned ? unsigned(value) : value);
}
