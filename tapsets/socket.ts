/** Sockets as text: families, types, protocols and states by number and by name, and sets of flags. */
import type { BuiltinTable } from "../abi/builtins.ts";
import { big, type Long } from "../base/int64.ts";

/** AF_*, by number. */
const families =
  "UNSPEC LOCAL INET AX25 IPX APPLETALK NETROM BRIDGE ATMPVC X25 INET6 ROSE DECNET NETBEUI SECURITY KEY NETLINK PACKET ASH ECONET ATMSVC - SNA IRDA PPPOX WANPIPE LLC - - - TIPC BLUETOOTH IUCV RXRPC";

/** SOCK_*, by number. */
const types = "- STREAM DGRAM RAW RDM SEQPACKET DCCP - - - PACKET";

/** SS_*, by number. */
const states = "FREE UNCONNECTED CONNECTING CONNECTED DISCONNECTING";

/** IPPROTO_*: the numbers that IANA gave, and the names of /etc/protocols. */
const protocols =
  "IP ICMP IGMP GGP IPENCAP ST TCP CBT EGP IGP BBN-RCC NVP PUP ARGUS EMCON XNET CHAOS UDP MUX DCN HMP PRM XNS-IDP TRUNK-1 TRUNK-2 LEAF-1 LEAF-2 RDP IRTP ISO-TP4 NETBLT MFE-NSP MERIT-INP SEP 3PC IDPR XTP DDP IDPR-CMTP TP++ IL IPV6 SDRP IPV6-ROUTE IPV6-FRAG IDRP RSVP GRE MHRP BNA IPV6-CRYPT IPV6-AUTH I-NLSP SWIPE NARP MOBILE TLSP SKIP IPV6-ICMP IPV6-NONXT IPV6-OPTS - CFTP - SAT-EXPAK KRYPTOLAN RVD IPPC - SAT-MON VISA IPCV CPNX CPHB WSN PVP BR-SAT-MON SUN-ND WB-MON WB-EXPAK ISO-IP VMTP SECURE-VMTP VINES TTP NSFNET-IGP DGP TCF EIGRP OSPF SPRITE-RPC LARP MTP AX.25 IPIP MICP SCC-SP ETHERIP ENCAP - GMTP IFMP PNNI PIM ARIS SCPS QNX A/N IPCOMP SNP COMPAQ-PEER IPX-IN-IP VRRP PGM - L2TP DDX IATP STP SRP UTI SMP SM PTP ISIS FIRE CRTP CRDUP SSCOPMCE IPLT SPS PIPE SCTP FC RSVP-E2E-IGNORE Mobility-Header UDPLite MPLS-IN-IP";

/** MSG_*, from the lowest bit; the one of DONTROUTE has two names. */
const messageFlags =
  "OOB PEEK DONTROUTE|TRYHARD CTRUNC PROBE TRUNC DONTWAIT EOR WAITALL FIN SYN CONFIRM RST ERRQUEUE NOSIGNAL MORE";

/** The flags of struct socket, from the lowest bit. */
const socketFlags = "ASYNC_NOSPACE ASYNC_WAITDATA NOSPACE PASSCRED PASSSEC";

// biome-ignore format: table
export const socket = {
  msg_flags_num2str:  (_c, flags: Long) => flagNames(messageFlags, flags),
  sock_fam_num2str:   (_c, family: Long) => nameOf(families, family),
  sock_fam_str2num:   (_c, family: string) => numberOf(families, family),
  sock_flags_num2str: (_c, flags: Long) => flagNames(socketFlags, flags),
  sock_prot_num2str:  (_c, protocol: Long) => nameOf(protocols, protocol),
  sock_prot_str2num:  (_c, protocol: string) => numberOf(protocols, protocol),
  sock_state_num2str: (_c, state: Long) => nameOf(states, state),
  sock_state_str2num: (_c, state: string) => numberOf(states, state),
  sock_type_num2str:  (_c, type: Long) => nameOf(types, type),
  sock_type_str2num:  (_c, type: string) => numberOf(types, type),
} satisfies BuiltinTable;

function nameOf(list: string, number: Long): string {
  const name = list.split(" ")[Number(number)] ?? "-";
  return name === "-" ? "UNDEF" : name;
}

/** -1 for a name that is none. */
function numberOf(list: string, name: string): number {
  return name === "-" ? -1 : list.split(" ").indexOf(name);
}

function flagNames(list: string, flags: Long): string {
  const names = list.split(" ").filter((_, bit) => (big(flags) >> BigInt(bit)) & 1n);
  return names.join("|");
}
