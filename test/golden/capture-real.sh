#!/bin/bash
# Makes real.pcap: what a Linux kernel sends. Two hosts, a router, and a bridge with spanning tree, captured
# where alice is plugged in. Needs root. The capture is kept in the repository; running this again gives other times,
# ids and addresses of the same kinds of frames.
#
#     alice 10.1.0.2 --- br(stp) --- 10.1.0.1 router 10.2.0.1 --- 10.2.0.2 bob
set -euo pipefail
cd "$(dirname "$0")"
P=capgold
for n in alice sw router bob; do ip netns add $P-$n; done
trap 'for n in alice sw router bob; do ip netns del $P-$n; done' EXIT
at() { ip netns exec "$P-$1" "${@:2}"; }
for n in alice sw router bob; do
  at $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
  at $n ip link set lo up
done
ip link add eth0 netns $P-alice address 02:00:00:00:00:01 type veth peer name p1 netns $P-sw
ip link add eth1 netns $P-router address 02:00:00:00:00:02 type veth peer name p2 netns $P-sw
ip link add eth2 netns $P-router address 02:00:00:00:00:03 type veth peer name eth0 netns $P-bob
at sw ip link add br0 address 02:00:00:00:00:0b type bridge stp_state 1 forward_delay 200
for d in p1 p2; do at sw ip link set $d master br0 up; done
at alice ip link set eth0 up; at router ip link set eth1 up; at router ip link set eth2 up; at bob ip link set eth0 up
at alice ethtool -K eth0 tx off > /dev/null; at bob ethtool -K eth0 tx off > /dev/null
at router ethtool -K eth1 tx off > /dev/null; at router ethtool -K eth2 tx off > /dev/null
at alice ip addr add 10.1.0.2/24 dev eth0; at router ip addr add 10.1.0.1/24 dev eth1
at router ip addr add 10.2.0.1/24 dev eth2; at bob ip addr add 10.2.0.2/24 dev eth0
at alice ip route add default via 10.1.0.1; at bob ip route add default via 10.2.0.1
at router sysctl -qw net.ipv4.ip_forward=1
at router ip route add unreachable 192.0.2.0/25; at router ip route add prohibit 192.0.2.128/25
at router ip link set eth2 mtu 1400; at bob ip link set eth0 mtu 1400
rm -f real.pcap
at sw tcpdump -Z root --immediate-mode -U -i p1 -w "$PWD/real.pcap" 2> /dev/null &
capture=$!
until [ -s real.pcap ]; do sleep 0.1; done
at sw ip link set br0 up
sleep 7
at alice ping -q -c 2 -i 0.2 10.1.0.1
at alice ping -q -c 1 10.2.0.2
at alice ping -q -c 1 -s 4000 10.2.0.2 || true
at alice ping -q -c 1 -M do -s 1372 10.2.0.2 || true
at alice ping -q -c 1 -Q 0x2e -t 9 10.2.0.2
at alice ping -q -c 1 -R 10.2.0.2 || true
at alice ping -q -c 1 -T tsandaddr 10.2.0.2 || true
at alice ping -q -c 1 -W 1 192.0.2.1 || true
at alice ping -q -c 1 -W 1 192.0.2.200 || true
at alice ping -q -c 1 -W 1 10.2.0.77 || true
at alice traceroute -n -q 1 10.2.0.2
at alice traceroute -I -n -q 1 10.2.0.2
at alice arping -q -c 1 -I eth0 10.1.0.1 || true
at alice arping -q -D -c 1 -I eth0 10.1.0.2 || true
at alice arping -q -U -c 1 -I eth0 10.1.0.2 || true
at alice arping -q -A -c 1 -I eth0 10.1.0.2 || true
at bob python3 -c '
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("", 8000)); s.listen()
c, _ = s.accept(); c.recv(100); c.sendall(b"y" * 3000); c.close()' &
server=$!
sleep 0.5
at alice python3 -c '
import socket
s = socket.create_connection(("10.2.0.2", 8000)); s.sendall(b"question")
while s.recv(5000): pass
s.close()
try: socket.create_connection(("10.2.0.2", 8001))
except ConnectionRefusedError: pass
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.sendto(b"to a closed port", ("10.2.0.2", 9000))
u.sendto(b"z" * 3000, ("10.2.0.2", 9001))'
wait $server
sleep 0.5
kill $capture; wait $capture || true
tcpdump -r real.pcap -nn 2> /dev/null | wc -l
