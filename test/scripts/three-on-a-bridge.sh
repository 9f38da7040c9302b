#!/bin/bash
# Three namespaces on one bridge.
BR=br0
ip link add "$BR" type bridge
ip addr add 10.11.0.254/24 dev "$BR"
ip link set "$BR" up
for i in 1 2 3; do
  ip netns add "h$i"
  ip link add "v$i" type veth peer name eth0 netns "h$i"
  ip link set "v$i" master "$BR" up
  ip netns exec "h$i" ip link set lo up
  ip netns exec "h$i" ip addr add "10.11.0.$i/24" dev eth0
  ip netns exec "h$i" ip link set eth0 up
  ip netns exec "h$i" ip route add default via 10.11.0.254
done
sleep 2
for i in 1 2 3; do
  for j in 1 2 3; do
    if ip netns exec "h$i" ping -c 1 -W 1 "10.11.0.$j" > /dev/null; then echo "h$i -> h$j ok"; else echo "h$i -> h$j lost"; fi
  done
done
ping -c 1 -W 1 10.11.0.2 | tail -2 | head -1
bridge link show | wc -l
ip netns exec h1 ip route get 8.8.8.8 | head -1
ip -n h2 -o -4 addr show | awk '{print $2, $4}'
