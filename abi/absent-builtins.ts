/**
 * Functions of the language's library that utap does not have, and why: what a script that calls one is told.
 *
 * Read by the resolve-names pass where a name is unknown. A function that comes leaves this table.
 */

const KERNEL = "it reads the memory of a kernel, which no target shows";
const PRIORITY = "targets do not tell priorities";
const TIMES = "targets do not tell how much time a task used";
const LIMITS = "targets do not tell resource limits";
const FILES = "targets do not tell which files a task has open";
const SYMBOLS = "of the file at an address only the name is told, by umodname()";
const SIGNALS = "targets do not tell how a task handles signals";
const MEMORY = "targets do not tell how much memory is resident";
const STACK = "it is about the stack of a kernel, and no target has one";
const EVENTS = "it belongs to probes of a kernel that no target has";
const LOAD = "targets do not tell how loaded they are";
const HARM = "it stops the whole machine, which no target is";

// biome-ignore format: table
const rows: readonly (readonly [names: string, reason: string])[] = [
  ["kernel_long kernel_int kernel_short kernel_char kernel_pointer kernel_buffer_quoted kernel_buffer_quoted_error", KERNEL],
  ["kernel_or_user_string_quoted kernel_string_utf16 kernel_string_utf32 kernel_string2_utf16 kernel_string2_utf32 kernel_string_quoted_utf16 kernel_string_quoted_utf32 kernel_or_user_string_quoted_utf16 kernel_or_user_string_quoted_utf32", KERNEL],
  ["set_kernel_string set_kernel_string_n set_kernel_long set_kernel_int set_kernel_short set_kernel_char set_kernel_pointer", KERNEL],
  ["d_name d_path inode_name inode_path reverse_path_walk real_mount task_dentry_path fullpath_struct_nameidata fullpath_struct_path fullpath_struct_file", KERNEL],
  ["atomic_read atomic_long_read rcu_dereference inet_get_local_port inet_get_dest_port inet_get_ip_source inet_get_ip_dest", KERNEL],
  ["bio_op disk_name bdev_partno bdevname disk_major_from_request disk_minor_from_request ppos_pos get_netdev_name container_of_task_rcu", KERNEL],
  ["tcp_get_info_rto tcp_get_info_snd_cwnd tcp_ts_get_info_state tcp_ts_get_info_snd_ssthresh tcp_ts_get_info_rcv_mss", KERNEL],
  ["ipmib_remote_addr ipmib_local_addr ipmib_tcp_remote_port ipmib_tcp_local_port ipmib_get_proto ipmib_filter_key linuxmib_filter_key", KERNEL],
  ["tcpmib_get_state tcpmib_local_addr tcpmib_remote_addr tcpmib_local_port tcpmib_remote_port tcpmib_filter_key", KERNEL],
  ["NFS_I NFS_SERVER NFS_PROTO stap_NFS_CLIENT get_ip_from_client get_prot_from_client get_ip get_prot addr_from_rqst addr_from_rqst_str", KERNEL],
  ["xid_from_clnt prog_from_clnt vers_from_clnt prot_from_clnt port_from_xprt port_from_clnt clones_from_clnt tasks_from_clnt proc_from_msg", KERNEL],
  ["get_scsi_request scsi_timer_pending timer_pending get_devstate_from_req get_mmap_args", KERNEL],
  ["bio_rw_num bio_rw_str irqflags_str vm_fault_contains describe_data_direction describe_device_state", EVENTS],
  ["nfs3_cmode nfs4_ctype ftype nfsderror vers_from_prog cve_count_metric cve_record_metric cve_tmpdisable", EVENTS],
  ["get_loadavg_index sprint_loadavg", LOAD],
  ["addr_to_node", "targets do not tell which node memory is on"],
  ["stp_print_binary", "printf() has %b for binary output"],
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
  ["module_name module_size stp_pid", "a script is no kernel module with a process beside it"],
  ["print_regs", "registers are read one by one, with register(NAME)"],
  ["sprint_java_backtrace print_java_backtrace", "there are no probes of Java programs"],
];

/** Why there is no function of this name; undefined for a name that the library never had. */
export function absentBuiltin(name: string): string | undefined {
  return rows.find(([names]) => names.split(" ").includes(name))?.[1];
}
