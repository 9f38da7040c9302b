#!/usr/bin/env bash
# What a container engine does: a bridge, namespaces with one end of a veth each, forwarding, and a config file.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$HERE/containers.conf"

log() { printf '%-8s %s\n' "$1" "${*:2}"; }

create() {
  local name=$1 address=$2
  ip netns add "$name"
  ip link add "veth-$name" type veth peer name eth0 netns "$name"
  ip link set dev "veth-$name" master "$BRIDGE" up
  ip -n "$name" link set lo up
  ip -n "$name" addr add "$address/$LENGTH" dev eth0
  ip -n "$name" link set eth0 up
  ip -n "$name" route add default via "$GATEWAY"
  log create "$name $address"
}

if [[ $EUID -ne 0 ]]; then echo "run as root" >&2; exit 1; fi
ip link add name "$BRIDGE" type bridge
ip addr add "$GATEWAY/$LENGTH" dev "$BRIDGE"
ip link set "$BRIDGE" up
sysctl -q -w net.ipv4.ip_forward=1
i=2
for name in "${CONTAINERS[@]}"; do
  create "$name" "$NETWORK.$((i++))"
done
sleep 2
declare -A found=()
for from in "${CONTAINERS[@]}"; do
  for to in $(seq 1 $((i - 1))); do
    if ip netns exec "$from" ping -q -c 1 -W 1 "$NETWORK.$to" &> /dev/null; then
      found[$from]="${found[$from]-}$to "
    fi
  done
done
for name in "${CONTAINERS[@]}"; do log reaches "$name: ${found[$name]}"; done
ip netns exec web ip link set eth0 down
if ! ip netns exec db ping -q -c 1 -W 1 "$NETWORK.2" > /dev/null; then log down "web is gone"; fi
ip netns list | sort
ip -o link show master "$BRIDGE" | cut -d: -f2 | sed 's/@.*//' | sort
ip -all netns delete
sleep 1
ip -o link show type veth | wc -l
