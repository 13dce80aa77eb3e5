/**
 * Functions of the language's library that utap does not have, and why: what a script that calls one is told.
 *
 * Read by the resolve-names pass where a name is unknown. A function that comes leaves this table.
 */

const KERNEL = "it reads the memory of a kernel, and no target has one to read";
const PRIORITY = "targets do not tell priorities";
const TIMES = "targets do not tell how much time a task used";
const LIMITS = "targets do not tell resource limits";
const FILES = "targets do not tell which files a task has open";
const SYMBOLS = "of the file at an address only the name is told, by umodname()";
const SIGNALS = "targets do not tell how a task handles signals";
const MEMORY = "targets do not tell how much memory is resident";
const STACK = "it is about the stack of a kernel, and no target has one";
const HARM = "it stops the whole machine, which no target is";

// biome-ignore format: table
const rows: readonly (readonly [names: string, reason: string])[] = [
  ["kernel_string kernel_string2 kernel_string_quoted kernel_string_n kernel_long kernel_int kernel_short kernel_char kernel_pointer kernel_buffer_quoted kernel_buffer_quoted_error", KERNEL],
  ["kernel_or_user_string_quoted kernel_string_utf16 kernel_string_utf32 kernel_string2_utf16 kernel_string2_utf32 kernel_string_quoted_utf16 kernel_string_quoted_utf32", KERNEL],
  ["set_kernel_string set_kernel_string_n set_kernel_long set_kernel_int set_kernel_short set_kernel_char set_kernel_pointer", KERNEL],
  ["d_name d_path inode_name inode_path reverse_path_walk real_mount task_dentry_path fullpath_struct_nameidata fullpath_struct_path fullpath_struct_file", KERNEL],
  ["atomic_read atomic_long_read rcu_dereference inet_get_local_port inet_get_dest_port inet_get_ip_source inet_get_ip_dest", KERNEL],
  ["task_prio task_nice", PRIORITY],
  ["task_utime task_utime_tid task_stime task_stime_tid task_time_string task_time_string_tid", TIMES],
  ["task_rlimit task_rlimit_cpu task_rlimit_fsize task_rlimit_data task_rlimit_stack task_rlimit_core task_rlimit_rss task_rlimit_nproc task_rlimit_nofile task_rlimit_memlock task_rlimit_as", LIMITS],
  ["task_rlimit_locks task_rlimit_sigpending task_rlimit_msgqueue task_rlimit_nice task_rlimit_rtprio task_rlimit_rttime", LIMITS],
  ["task_open_file_handles task_max_file_handles task_fd_lookup task_cwd_path task_exe_file current_exe_file", FILES],
  ["is_sig_blocked get_sigaction_mask get_sigset get_sa_flags get_sa_handler", SIGNALS],
  ["proc_mem_size proc_mem_size_pid proc_mem_rss proc_mem_rss_pid proc_mem_shr proc_mem_shr_pid proc_mem_txt proc_mem_txt_pid proc_mem_data proc_mem_data_pid proc_mem_string proc_mem_string_pid", MEMORY],
  ["stack_size stack_used stack_unused dump_stack task_backtrace", STACK],
  ["umodaddr umodbuildid", SYMBOLS],
  ["panic", HARM],
  ["raise", "targets take no signals from scripts"],
  ["mdelay udelay", "a handler takes no time of the target"],
  ["printk ftrace", "there is no log of a kernel to write to"],
  ["switch_file", "output is written to the files of -o and -S by their size only"],
  ["module_name module_size stp_pid", "a script is no kernel module with a process beside it"],
  ["print_regs", "registers are read one by one, with register(NAME)"],
  ["sprint_java_backtrace print_java_backtrace", "there are no probes of Java programs"],
];

/** Why there is no function of this name; undefined for a name that the library never had. */
export function absentBuiltin(name: string): string | undefined {
  return rows.find(([names]) => names.split(" ").includes(name))?.[1];
}
