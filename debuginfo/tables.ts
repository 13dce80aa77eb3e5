/** What is known of a binary, each part opened when first asked. Made by `symbols.ts`, read by the files that answer. */
import type { Binary } from "./binary.ts";
import { EntryValues } from "./entry-values.ts";
import { Functions } from "./functions.ts";
import { Names } from "./names.ts";
import { Sites } from "./sites.ts";

export class Tables {
  readonly binary: Binary;
  #functions: Functions | undefined;
  #names: Names | undefined;
  #sites: Sites | undefined;
  #entryValues: EntryValues | undefined;

  constructor(binary: Binary) {
    this.binary = binary;
  }

  get functions(): Functions {
    this.#functions ??= new Functions(this.binary.dwarf);
    return this.#functions;
  }

  get names(): Names {
    this.#names ??= new Names(this.binary.dwarf);
    return this.#names;
  }

  get sites(): Sites {
    this.#sites ??= new Sites(this.binary, this.functions);
    return this.#sites;
  }

  get entryValues(): EntryValues {
    const { binary } = this;
    this.#entryValues ??= new EntryValues(binary.dwarf, binary.arch, () => binary.cfi);
    return this.#entryValues;
  }
}
