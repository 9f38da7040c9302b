#!/bin/bash
# Records what the real tcpdump prints for the captures beside this script, into tcpdump/. Debian 12 (tcpdump 4.99.3,
# libpcap 1.10.3); anyone may run it again and should see no difference in `git diff`.
set -euo pipefail
cd "$(dirname "$0")"
export TZ=UTC LC_ALL=C
mkdir -p tcpdump
rm -f tcpdump/*.txt

record() {
  local capture=$1
  shift
  local options="$*"
  unshare -n tcpdump -r "$capture.pcap" "$@" > "tcpdump/$capture.${options// /_}.txt" 2> /dev/null
}

for capture in real crafted; do
  for options in -n -nn '-nn -e' '-nn -v' '-nn -vv' '-nn -vvv' '-nn -vv -e' '-nn -q' '-nn -qq' '-nn -e -q' '-nn -v -q' \
    '-nn -S' '-nn -S -vv' '-nn -t' '-nn -tt' '-nn -ttt' \
    '-nn -tttt' '-nn -ttttt' '-nn --number -t' '-nn -K -vv' '-nn --nano -tt'; do
    record "$capture" $options
  done
done
for options in -x -xx -X -XX -A -AA; do
  record crafted -nn $options
done
record real -nn -X
record crafted -nn -v -e -X
# Without -n ports and vendors get names. No name server may answer, so hosts stay numbers: hence no network above.
for capture in real crafted; do
  for options in -e -v '-q -e'; do
    record "$capture" $options
  done
done
for options in -nn '-nn -vv' '-nn -e' '-nn -vv -x' '-nn -X'; do
  record cut $options
done
ls tcpdump | wc -l
