#!/usr/bin/env python3
"""Plays labs in network namespaces, one after the other, quickly: the kernel's side of the fuzzer.

A line of JSON on standard input is a plan (worker.ts says what is in it), a line on standard output is what came of it.
Beside src/node/kernel/machine.ts, which plays the same plans with ip and tcpdump for all to see, this one starts no
program but those that the lab runs: namespaces have no names, devices are set and watched by ioctl, and packet sockets
take the frames. So a dozen of it wait at the same time, and a lab costs some tens of milliseconds. It makes the same
things in the same order, so that interfaces have the same numbers.
"""
import array
import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCETHTOOL = 0x8913, 0x8946
ETHTOOL_GLINK, ETHTOOL_STXCSUM = 0x0000000A, 0x00000017
IFF_UP, IFF_RUNNING = 1, 0x40
SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 1 << 4, 1 << 6
SO_TIMESTAMPNS, SO_RCVBUFFORCE = 35, 33
ETH_P_ALL = 3
SETTLE_POLL_S = 0.02
MOST_SETTLE_S = 3.0
# What waits for packets gets this head start before the next command; all else is waited for.
HEAD_START_S = 0.03
LASTING = ("ping ", "arping ", "traceroute ", "sleep ")
LONGEST_S = 2
ENVIRONMENT = {**os.environ, "TZ": "UTC", "LC_ALL": "C"}

libc = ctypes.CDLL(None, use_errno=True)


class CannotBuild(Exception):
    pass


def check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), what)


class Namespace:
    """A network namespace without a name; it lives as long as something holds it open."""

    def __init__(self):
        check(libc.unshare(CLONE_NEWNET), "unshare")
        self.fd = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for which in ("all", "default"):
            try:
                with open(f"/proc/sys/net/ipv6/conf/{which}/disable_ipv6", "w", encoding="ascii") as file:
                    file.write("1")
            except FileNotFoundError:
                pass  # a kernel without IPv6

    def enter(self):
        check(libc.setns(self.fd, CLONE_NEWNET), "setns")

    def path(self):
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    def close(self):
        self.socket.close()
        os.close(self.fd)

    def flags(self, dev):
        return struct.unpack_from("16xH", self.ioctl(SIOCGIFFLAGS, dev, b""))[0]

    def ethtool(self, dev, command, value=0):
        data = array.array("B", struct.pack("II", command, value))
        address, _ = data.buffer_info()
        self.ioctl(SIOCETHTOOL, dev, struct.pack("P", address))
        return struct.unpack("II", data.tobytes())[1]

    def ioctl(self, request, dev, rest):
        return fcntl.ioctl(self.socket.fileno(), request, struct.pack("16s24s", dev.encode(), rest))

    def settled(self):
        """Whether the kernel has drawn its conclusions from all carriers (net/core/link_watch.c)."""
        self.enter()
        for _, dev in socket.if_nameindex():
            if dev == "lo":
                continue
            try:
                flags = self.flags(dev)
                if flags & IFF_UP and bool(flags & IFF_RUNNING) != bool(self.ethtool(dev, ETHTOOL_GLINK)):
                    return False
            except OSError:
                pass  # it has just gone, or has no such question
        return True


class Tap:
    """What arrives at an interface."""

    def __init__(self, namespace, dev):
        namespace.enter()
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.socket.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.socket.bind((dev, ETH_P_ALL))

    def frames(self, start_ns):
        frames = []
        while True:
            try:
                data, ancillary, _, _ = self.socket.recvmsg(70000, 256)
            except BlockingIOError:
                return frames
            except OSError:
                continue  # the device went down
            at_ns = 0
            for level, kind, value in ancillary:
                if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                    seconds, nanoseconds = struct.unpack("qq", value)
                    at_ns = seconds * 1000000000 + nanoseconds
                elif level == SOL_PACKET and kind == PACKET_AUXDATA:
                    data = with_tag(data, value)
            frames.append([max(0, at_ns - start_ns), data.hex()])

    def close(self):
        self.socket.close()


def with_tag(data, auxiliary):
    """A VLAN tag comes beside the frame; this is where it was."""
    status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", auxiliary)
    if not status & TP_STATUS_VLAN_VALID:
        return data
    ethertype = tpid if status & TP_STATUS_VLAN_TPID_VALID else 0x8100
    return data[:12] + struct.pack(">HH", ethertype, tci) + data[12:]


class Running:
    """A shell line on a node."""

    def __init__(self, namespace, command):
        namespace.enter()
        self.stdout = os.memfd_create("stdout", os.MFD_CLOEXEC)
        self.stderr = os.memfd_create("stderr", os.MFD_CLOEXEC)
        # pylint: disable-next=consider-using-with
        self.child = subprocess.Popen(["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=self.stdout,
                                      stderr=self.stderr, env=ENVIRONMENT, start_new_session=True)
        self.pidfd = os.pidfd_open(self.child.pid)
        self.stopped = False

    def wait(self, seconds):
        """Returns whether it has ended, after at most so long."""
        poll = select.poll()
        poll.register(self.pidfd, select.POLLIN)
        return bool(poll.poll(max(0, seconds) * 1000))

    def stop(self):
        self.stopped = True
        self.kill(signal.SIGINT)
        if not self.wait(1):
            self.kill(signal.SIGKILL)

    def kill(self, number):
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            pass

    def result(self):
        status = self.child.wait()
        texts = []
        for fd in (self.stdout, self.stderr):
            size = os.lseek(fd, 0, os.SEEK_END)
            texts.append(os.pread(fd, size, 0).decode("utf-8", "replace"))
        for fd in (self.stdout, self.stderr, self.pidfd):
            os.close(fd)
        return {"status": None if self.stopped else status if status >= 0 else -1, "stdout": texts[0],
                "stderr": texts[1]}


def play(plan, home):
    nodes = {}
    taps = {}
    running = []
    try:
        for node in plan["nodes"]:
            nodes[node["name"]] = Namespace()
        home.enter()
        add_links(plan["links"], nodes)
        for link in plan["links"]:
            for end in (link["a"], link["b"]):
                taps[f'{end["node"]}:{end["dev"]}'] = Tap(nodes[end["node"]], end["dev"])
        set_up(plan, nodes)
        deadline = time.monotonic() + MOST_SETTLE_S
        while not all(nodes[name].settled() for name in nodes) and time.monotonic() < deadline:
            time.sleep(SETTLE_POLL_S)
        start = time.monotonic()
        start_ns = time.time_ns()
        for step in plan["steps"]:
            time.sleep(max(0, start + step["atMs"] / 1000 - time.monotonic()))
            running.append(Running(nodes[step["node"]], step["command"]))
            running[-1].wait(HEAD_START_S if step["command"].startswith(LASTING) else LONGEST_S)
        for each, step in zip(running, plan["steps"]):
            if not each.wait(start + (step["atMs"] + step["limitMs"]) / 1000 - time.monotonic()):
                each.stop()
        results = [each.result() for each in running]
        running = []
        time.sleep(max(0, start + plan["untilMs"] / 1000 - time.monotonic()))
        time.sleep(0.01)
        return {"results": results, "arrived": {end: tap.frames(start_ns) for end, tap in taps.items()}}
    finally:
        for each in running:
            each.kill(signal.SIGKILL)
            each.result()
        for tap in taps.values():
            tap.close()
        home.enter()
        for namespace in nodes.values():
            namespace.close()


def add_links(links, nodes):
    lines = []
    for link in links:
        words = []
        for end in (link["a"], link["b"]):
            words.append(f'{end["dev"]} netns {nodes[end["node"]].path()} address {end["mac"]}')
        lines.append(f"link add {words[0]} type veth peer name {words[1]}\n")
    made = subprocess.run(["ip", "-batch", "-"], input="".join(lines), capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise CannotBuild(made.stderr)


def set_up(plan, nodes):
    """Offload off, then each node's own commands. New devices are down; lo is set up first of all in the plan."""
    for link in plan["links"]:
        for end in (link["a"], link["b"]):
            nodes[end["node"]].ethtool(end["dev"], ETHTOOL_STXCSUM, 0)
    for node in plan["nodes"]:
        commands = node["commands"]
        done = Running(nodes[node["name"]], "set -e\n" + "\n".join(commands))
        result = done.result()
        if result["status"] != 0:
            raise CannotBuild(f'{node["name"]}: {result["stderr"] or result["stdout"]}')


def main():
    home = Namespace()
    for line in sys.stdin:
        try:
            answer = play(json.loads(line), home)
        except (CannotBuild, OSError) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
