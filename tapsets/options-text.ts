/** Numbers that programs hand to the kernel by name: options and states of TCP, options of IPv6, resource limits. */
import type { BuiltinTable } from "../abi/builtins.ts";
import type { Long } from "../base/int64.ts";

/** States of a TCP connection, TCP_ESTABLISHED to TCP_NEW_SYN_RECV. */
const tcpStates =
  "- ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK LISTEN CLOSING NEW_SYN_RECV";

/** setsockopt at level IPPROTO_TCP, by number. */
const tcpOptions =
  "- NODELAY MAXSEG CORK KEEPIDLE KEEPINTVL KEEPCNT SYNCNT LINGER2 DEFER_ACCEPT WINDOW_CLAMP INFO QUICKACK CONGESTION MD5SIG COOKIE_TRANSACTIONS THIN_LINEAR_TIMEOUTS THIN_DUPACK USER_TIMEOUT REPAIR REPAIR_QUEUE QUEUE_SEQ REPAIR_OPTIONS FASTOPEN TIMESTAMP NOTSENT_LOWAT CC_INFO SAVE_SYN SAVED_SYN REPAIR_WINDOW FASTOPEN_CONNECT ULP MD5SIG_EXT FASTOPEN_KEY FASTOPEN_NO_COOKIE ZEROCOPY_RECEIVE INQ TX_DELAY";

/** setsockopt at level IPPROTO_IPV6, by number; 42 to 48 are those of every protocol, MCAST_*. */
const ipv6Options =
  "- ADDRFORM 2292PKTINFO 2292HOPOPTS 2292DSTOPTS 2292RTHDR 2292PKTOPTIONS CHECKSUM 2292HOPLIMIT NEXTHOP AUTHHDR FLOWINFO - - - - UNICAST_HOPS MULTICAST_IF MULTICAST_HOPS MULTICAST_LOOP ADD_MEMBERSHIP DROP_MEMBERSHIP ROUTER_ALERT MTU_DISCOVER MTU RECVERR V6ONLY JOIN_ANYCAST LEAVE_ANYCAST MULTICAST_ALL ROUTER_ALERT_ISOLATE RECVERR_RFC4884 FLOWLABEL_MGR FLOWINFO_SEND IPSEC_POLICY XFRM_POLICY HDRINCL - - - - - MCAST_JOIN_GROUP MCAST_BLOCK_SOURCE MCAST_UNBLOCK_SOURCE MCAST_LEAVE_GROUP MCAST_JOIN_SOURCE_GROUP MCAST_LEAVE_SOURCE_GROUP MCAST_MSFILTER RECVPKTINFO PKTINFO RECVHOPLIMIT HOPLIMIT RECVHOPOPTS HOPOPTS RTHDRDSTOPTS RECVRTHDR RTHDR RECVDSTOPTS DSTOPTS RECVPATHMTU PATHMTU DONTFRAG USE_MIN_MTU - - RECVTCLASS TCLASS - - AUTOFLOWLABEL - ADDR_PREFERENCES MINHOPCOUNT RECVORIGDSTADDR TRANSPARENT UNICAST_IF RECVFRAGSIZE FREEBIND";

/** RLIMIT_*, by number. */
const resourceLimits =
  "CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME";

// biome-ignore format: table
export const optionsText = {
  rlimit_from_str:      (_c, name: string) => name.startsWith("RLIMIT_") ? resourceLimits.split(" ").indexOf(name.slice(7)) : -1,
  tcp_ipv6_sockopt_str: (_c, option: Long) => nameOf(ipv6Options, "IPV6_", option) ?? `UNDEF_SOCKOPT(${option})`,
  tcp_sockopt_str:      (_c, option: Long) => nameOf(tcpOptions, "TCP_", option) ?? `UNDEF_SOCKOPT(${option})`,
  tcp_sockstate_str:    (_c, state: Long) => nameOf(tcpStates, "TCP_", state) ?? "UNDEF",
} satisfies BuiltinTable;

function nameOf(list: string, prefix: string, number: Long): string | undefined {
  const name = list.split(" ")[Number(number)] ?? "-";
  if (name === "-") return undefined;
  return name.startsWith("MCAST_") ? name : prefix + name;
}
