#!/bin/bash
# left -- router -- right; without forwarding nothing passes, with it everything does.
set -u
for n in left router right; do ip netns add $n; ip -n $n link set lo up; done
ip link add l0 netns left type veth peer name r0 netns router
ip link add l1 netns right type veth peer name r1 netns router
ip -n left   addr add 10.0.1.2/24 dev l0
ip -n right  addr add 10.0.2.2/24 dev l1
ip -n router addr add 10.0.1.1/24 dev r0
ip -n router addr add 10.0.2.1/24 dev r1
ip -n left link set l0 up;   ip -n router link set r0 up
ip -n right link set l1 up;  ip -n router link set r1 up
ip -n left  route add default via 10.0.1.1
ip -n right route add default via 10.0.2.1
sleep 1
try() { ip netns exec left ping -c 1 -W 1 -n 10.0.2.2 | grep -E 'transmitted|ttl=' | sed -e 's/time[= ].*//'; }
echo "== before"; try
ip netns exec router sysctl -w net.ipv4.ip_forward=1
echo "== after"; try
ip netns exec left traceroute -n -q 1 10.0.2.2 | awk 'NR > 1 { print $1, $2 }'
ip netns exec router cat /proc/sys/net/ipv4/ip_forward
function cleanup {
  for n in left router right; do ip netns del $n; done
}
trap cleanup EXIT
exit 3
