/**
 * Types of C as riscv64 lays them out (LP64), for programs that declare what their functions take.
 *
 * `declarations.ts` makes them, `../dwarf.ts` describes them to tracers, `values.ts` reads and writes values of them. A
 * struct is filled in after it was made, because it may point to itself.
 */
export type CType =
  | CBase
  | { readonly kind: "void" }
  | { readonly kind: "pointer"; readonly to: CType }
  /** `count` is undefined for `x[]`, which has no size. */
  | { readonly kind: "array"; readonly of: CType; readonly count: number | undefined }
  | CStruct
  | CEnum
  | { readonly kind: "typedef"; readonly name: string; readonly type: CType }
  | { readonly kind: "qualified"; readonly qualifier: "const" | "volatile"; readonly type: CType }
  | {
      readonly kind: "function";
      readonly result: CType;
      readonly parameters: readonly CParameter[];
      readonly variadic: boolean;
    };

export interface CBase {
  readonly kind: "base";
  readonly name: string;
  readonly size: 1 | 2 | 4 | 8;
  readonly encoding: "signed" | "unsigned" | "char" | "boolean" | "float";
}

export interface CStruct {
  readonly kind: "struct" | "union";
  /** Undefined for one without a tag. */
  readonly tag: string | undefined;
  /** Undefined until it is defined; then it never changes. */
  body: CBody | undefined;
}

interface CBody {
  readonly members: readonly CMember[];
  readonly size: number;
  readonly align: number;
}

export interface CMember {
  /** Undefined for a struct or union whose members are those of the outer one. */
  readonly name: string | undefined;
  readonly type: CType;
  readonly offset: number;
  /** Of a bit-field: the first bit, counted from the beginning of the struct. */
  readonly bits?: { readonly at: number; readonly size: number };
}

export interface CEnum {
  readonly kind: "enum";
  readonly tag: string | undefined;
  values: readonly (readonly [name: string, value: number])[] | undefined;
}

export interface CParameter {
  readonly name: string | undefined;
  readonly type: CType;
}

// biome-ignore format: table
export const baseTypes = {
  bool:      { kind: "base", name: "_Bool",                  size: 1, encoding: "boolean" },
  char:      { kind: "base", name: "char",                   size: 1, encoding: "char" },
  schar:     { kind: "base", name: "signed char",            size: 1, encoding: "signed" },
  uchar:     { kind: "base", name: "unsigned char",          size: 1, encoding: "unsigned" },
  short:     { kind: "base", name: "short int",              size: 2, encoding: "signed" },
  ushort:    { kind: "base", name: "short unsigned int",     size: 2, encoding: "unsigned" },
  int:       { kind: "base", name: "int",                    size: 4, encoding: "signed" },
  uint:      { kind: "base", name: "unsigned int",           size: 4, encoding: "unsigned" },
  long:      { kind: "base", name: "long int",               size: 8, encoding: "signed" },
  ulong:     { kind: "base", name: "long unsigned int",      size: 8, encoding: "unsigned" },
  longlong:  { kind: "base", name: "long long int",          size: 8, encoding: "signed" },
  ulonglong: { kind: "base", name: "long long unsigned int", size: 8, encoding: "unsigned" },
  float:     { kind: "base", name: "float",                  size: 4, encoding: "float" },
  double:    { kind: "base", name: "double",                 size: 8, encoding: "float" },
} as const satisfies { readonly [name: string]: CBase };

// biome-ignore format: table
/** Names that nearly every header uses: typedefs that stand without being declared. */
export const knownTypedefs: { readonly [name: string]: CBase } = {
  int8_t: baseTypes.schar, uint8_t: baseTypes.uchar, int16_t: baseTypes.short, uint16_t: baseTypes.ushort,
  int32_t: baseTypes.int, uint32_t: baseTypes.uint, int64_t: baseTypes.long, uint64_t: baseTypes.ulong,
  intptr_t: baseTypes.long, uintptr_t: baseTypes.ulong, size_t: baseTypes.ulong, ssize_t: baseTypes.long,
  ptrdiff_t: baseTypes.long, off_t: baseTypes.long, time_t: baseTypes.long, pid_t: baseTypes.int,
  uid_t: baseTypes.uint, gid_t: baseTypes.uint, mode_t: baseTypes.uint, dev_t: baseTypes.ulong, ino_t: baseTypes.ulong,
  socklen_t: baseTypes.uint, u_char: baseTypes.uchar, u_short: baseTypes.ushort, u_int: baseTypes.uint,
  u_long: baseTypes.ulong, bool: baseTypes.bool,
};

/** Without typedefs and qualifiers. */
export function plain(type: CType): CType {
  let at = type;
  while (at.kind === "typedef" || at.kind === "qualified") at = at.type;
  return at;
}

/** Undefined for what has none: void, functions, `x[]`, structs that are only declared. */
export function sizeOf(type: CType): number | undefined {
  const at = plain(type);
  switch (at.kind) {
    case "base":
      return at.size;
    case "pointer":
      return 8;
    case "enum":
      return 4;
    case "struct":
    case "union":
      return at.body?.size;
    case "array": {
      const item = sizeOf(at.of);
      return item === undefined || at.count === undefined ? undefined : item * at.count;
    }
    default:
      return undefined;
  }
}

/** What is no struct is aligned to its size; what has none, to anything. */
export function alignOf(type: CType): number {
  const at = plain(type);
  switch (at.kind) {
    case "struct":
    case "union":
      return at.body?.align ?? 1;
    case "array":
      return alignOf(at.of);
    default:
      return sizeOf(at) ?? 1;
  }
}

/** As C writes it, for messages. */
export function describeType(type: CType): string {
  switch (type.kind) {
    case "base":
    case "typedef":
      return type.name;
    case "void":
      return "void";
    case "pointer":
      return `${describeType(type.to)} *`;
    case "array":
      return `${describeType(type.of)}[${type.count ?? ""}]`;
    case "qualified":
      return `${type.qualifier} ${describeType(type.type)}`;
    case "function":
      return `${describeType(type.result)} ()`;
    default:
      return `${type.kind} ${type.tag ?? "{…}"}`;
  }
}

/** Lays members out one after the other (a union: above each other), bit-fields as the System V ABI does. */
export function layOut(
  kind: "struct" | "union",
  members: readonly { readonly name: string | undefined; readonly type: CType; readonly bitSize?: number }[],
): CBody {
  const placed: CMember[] = [];
  let [bit, align, size] = [0, 1, 0];
  for (const { name, type, bitSize } of members) {
    const memberAlign = alignOf(type);
    const memberSize = sizeOf(type) ?? 0;
    if (kind === "union") bit = 0;
    if (bitSize === undefined) {
      const offset = roundUp(Math.ceil(bit / 8), memberAlign);
      placed.push({ name, type, offset });
      bit = 8 * (offset + memberSize);
    } else {
      // A bit-field does not cross a boundary of its type; one of no bits goes to the next.
      const unit = 8 * memberSize;
      const crosses = Math.floor(bit / unit) !== Math.floor((bit + bitSize - 1) / unit);
      if (bitSize === 0 || crosses) bit = roundUp(bit, unit);
      if (name !== undefined) {
        const offset = Math.floor(bit / unit) * memberSize;
        placed.push({ name, type, offset, bits: { at: bit, size: bitSize } });
      }
      bit += bitSize;
    }
    // What has no name does not align the struct.
    if (bitSize === undefined || name !== undefined) align = Math.max(align, memberAlign);
    size = Math.max(size, Math.ceil(bit / 8));
  }
  return { members: placed, size: roundUp(size, align), align };
}

export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
