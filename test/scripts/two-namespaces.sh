#!/bin/bash
# Two namespaces and a veth between them.
set -e
ip netns add red
ip netns add blue
ip link add veth-red type veth peer name veth-blue
ip link set veth-red netns red
ip link set veth-blue netns blue
ip -n red addr add 192.168.15.1/24 dev veth-red
ip -n blue addr add 192.168.15.2/24 dev veth-blue
for ns in red blue; do
  ip -n "$ns" link set lo up
  ip -n "$ns" link set "veth-$ns" up
done
ip netns exec red ping -c 2 192.168.15.2
ip netns exec red ip neigh
ip netns exec blue ip -4 -br addr
ip -n red route
ip netns
ip netns del red
ip netns del blue
