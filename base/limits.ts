/**
 * Every limit of utap, in one place: name, default, unit, reason.
 *
 * The first group is the language's own (`-DNAME=VALUE` changes them); the second bounds our own work on input
 * that may be hostile, so that nothing hangs and nothing eats all memory.
 */

/** Limits that a script may change with `-D`. */
export const scriptLimits = {
  MAXACTION: 1000, // statements in loops and functions per probe hit; ends the handler, cannot be caught
  MAXACTION_INTERRUPTIBLE: 10_000, // the same for begin, end, error and user-space probes
  INTERRUPTIBLE: 1, // 0: the probes of MAXACTION_INTERRUPTIBLE have MAXACTION too
  MAXNESTING: 128, // calls; recursion deeper than this ends the handler; a script that recurses brings its own, from its call graph
  MAXBACKTRACE: 20, // frames of a backtrace
  MAXSTRINGLEN: 512, // bytes of a string, with room for the final NUL: 511 are usable
  STP_PROCFS_BUFSIZE: 512, // bytes of $value in a procfs probe, with room for the final NUL; as MAXSTRINGLEN unless it is given
  STP_BUFFER_SIZE: 8192, // bytes that one print gives; what is beyond is cut
  MAXMAPENTRIES: 2048, // elements of an array declared without a size
  MAXERRORS: 0, // run-time errors tolerated before the session ends
  MAXSKIPPED: 100, // skipped probe hits tolerated before the session ends
  STP_OVERLOAD_THRESHOLD: 500_000_000, // nanoseconds of handlers in an interval of a clock that goes on meanwhile; more end the session
  STP_OVERLOAD_INTERVAL: 1_000_000_000, // nanoseconds of such an interval
  STP_NO_OVERLOAD: 0, // 1: handlers may take all the time
  HIST_WIDTH: 50, // columns of the bar of a histogram
  HIST_ELISION: 2, // empty rows shown beside a sample before a run of them becomes one "~"; negative shows all between
} as const;

export type ScriptLimit = keyof typeof scriptLimits;
export type ScriptLimits = { readonly [name in ScriptLimit]: number };

export const limits = {
  maxIndexes: 9, // keys of an array (language)
  maxArrayEntries: 1 << 23, // entries of one array, whatever its declared size; a Map holds twice as many
  maxPrintArguments: 32, // arguments of one print call (language)
  maxHistogramBuckets: 128, // buckets of a linear histogram, with under- and overflow (language)
  maxSourceBytes: 2 << 20, // bytes of one script; larger ones are refused
  maxSyntaxDepth: 200, // nested expressions or statements; deeper scripts are refused, so that no pass overflows its stack
  maxMacroDepth: 200, // invocations of macros inside each other
  maxMacroSteps: 1 << 18, // tokens that the macros of one file may expand to
  maxParseErrors: 100, // errors kept of one file
  maxProbePoints: 100_000, // probe points after expansion
  maxPointSteps: 200_000, // components looked at while wildcards and aliases are expanded
  maxGlobPaths: 10_000, // files that a path with wildcards stands for
  maxUncheckedCalls: 64, // calls in a chain of script functions, none of them recursive, before one checks its depth
  maxCacheEntries: 256, // scripts in the cache; the one that was not used for the longest time makes room
  maxCacheBytes: 64 << 20, // of all of them
  maxCacheEntryBytes: 8 << 20, // of one; larger modules are compiled each time
  maxAttributes: 256, // extended attributes of one file in a model
  maxCpus: 32, // virtual CPUs of a model: a bit each in a number
  maxSchedules: 1_000_000, // runs of --schedules
  maxShownOutcomes: 20, // outcomes of them whose output is kept and shown; of the others the seeds
  maxShownLines: 12, // lines shown of each
  maxTranscript: 64 << 10, // bytes kept of what such a run writes to a stream
  maxKeptInput: 64 << 20, // bytes of standard input that all runs share
  maxTerminals: 4096, // pseudo-terminals of a model, as kernel.pty.max
  maxRegexDepth: 250, // nested groups of a regular expression, and repetitions of repetitions in it
  maxRegexRepeat: 12_344, // numbers of an interval, as the reference translator
  maxRegexStates: 65_536, // states of a regular expression with its intervals written out; larger ones are refused
  maxRegexTable: 1 << 20, // numbers kept of the states that searches made; then they are made anew
  maxRegexSteps: 50_000_000, // states visited to find the groups of one match
  maxModuleBytes: 1 << 30, // bytes of one ELF file that is mapped for reading
  maxTypeRounds: 100, // passes over a script that follow types of debuginfo from value to value
  maxCalleeDepth: 32, // levels of .callees(N)
  maxLibraries: 256, // of one program, those of its libraries included
  maxDwarfDepth: 512, // nested DIEs, and links followed from a type to a type
  maxDwarfOps: 10_000, // operations of one DWARF expression, loops included
  maxImportedUnits: 4096, // partial units that one unit imports
  maxEntryDepth: 3, // callers of callers that are asked for what they passed to a function
  maxEntryCallers: 64, // calls of one function that are asked; of a function with more, nothing is known
  maxFormatWidth: 8192, // width or precision of a conversion; larger ones are cut to this
  maxMemoryDump: 4096, // bytes of one %m or %M
  actionSlice: 65_536, // statements of a long handler before it is asked again whether the session must end
  maxTraceFrames: 200, // frames of a stack trace: what the chain of calls in a message is made from
  maxShownCallers: 16, // places in the chain of calls of a message
  maxDistinctWarnings: 1024, // distinct texts of warn() that are remembered, so that each is shown once
  maxSpeculations: 65_536, // buffers of speculation() that are open at one time
  maxSpeculationBytes: 64 << 20, // text that they hold together
  maxEmbeddedSteps: 10_000_000, // rounds of loops and calls in the embedded code of one hit
  embeddedSlice: 4096, // of them, before it is asked again whether the session must end
  maxEmbeddedFormats: 1024, // formats that embedded code made and that are kept compiled
  maxShownBuffer: 32, // bytes shown of a buffer that a system call is given, as strace
  maxUserString: 4096, // bytes looked at for the NUL of a user string before it is cut
  maxBacktrace: 4096, // frames of one backtrace, whatever MAXBACKTRACE is
  maxUnwindRows: 65_536, // rows of call frame information that are remembered of one file
  maxUnwindRegisters: 128, // registers that an unwound frame has, by DWARF number
  maxUnwindPages: 512, // pages of a stack that one backtrace reads
  maxBacktraceFiles: 256, // files that are kept open for backtraces and names of addresses
  maxPrettyValues: 32, // values of one `$x$`; then comes "..." (language)
  maxPrettyDepth: 32, // structs and arrays inside of each other in one `$x$`
  maxPrettyMembers: 4096, // members looked at for one `$x$`
  maxPids: 4_194_304, // process ids of the model, as Linux on 64-bit
  maxTasks: 4096, // tasks of the model that exist at one time; clone then fails with EAGAIN
  maxOpenFiles: 1024, // open files of one process of the model, RLIMIT_NOFILE's usual value
  maxSymlinks: 40, // links followed in one path walk, as Linux (ELOOP)
  maxPathBytes: 4096, // PATH_MAX
  maxNameBytes: 255, // NAME_MAX
  maxFileBytes: 2 ** 43, // size of a file of the model, holes included; beyond is EFBIG
  maxFileMemory: 1 << 30, // bytes that files written in the model may take of our memory; beyond is ENOSPC
  maxFileCache: 256 << 20, // bytes of host files that are kept after they were read
  maxTransfer: 64 << 20, // bytes of one read or write call; longer ones are cut short
  maxArgBytes: 2 << 20, // argv and envp together, as Linux' ARG_MAX
  maxFrames: 262_144, // physical memory of the model in 4 KiB frames: 1 GiB
  maxCodeBlocks: 2048, // pages of programs of the model that are kept decoded, 16 KiB each
  maxDecodedWords: 1 << 18, // distinct instructions of programs of the model that are kept decoded
  maxMappings: 65_530, // mappings of one address space, as Linux' vm.max_map_count
} as const;
