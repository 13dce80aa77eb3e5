/**
 * The host's WebAssembly, as far as the model needs it; `undefined` on a machine without it.
 *
 * The library of types that we compile against is the language's alone, so the few names are declared here.
 */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** By pages of 64 KiB; throws when there is no room. */
  grow(pages: number): number;
}

export type WasmFunction = (...values: number[]) => number;

interface WebAssemblyApi {
  readonly Memory: new (size: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly [module: string]: { readonly [name: string]: WasmMemory } },
  ) => { readonly exports: { readonly [name: string]: WasmFunction } };
}

export const webAssembly: WebAssemblyApi | undefined = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly;
