/** A program that cannot be made: what its author has to change, before anything runs. */
export class ProgramError extends Error {
  override readonly name: string = "ProgramError";
}
