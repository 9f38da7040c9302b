import type { Readable, Waker } from '../socket/readable.ts'
import { OpenFile } from './open-file.ts'
import type { Process } from './process.ts'

/** A socket as a process holds it by a descriptor (struct socket's file); the socket closes with the last of them. */
export class SocketFile extends OpenFile implements Waker {
  constructor(readonly socket: Readable & { close(): void }, readonly inode: number) {
    super()
  }

  get label(): string {
    return `socket:[${this.inode}]`
  }

  override get readable(): boolean {
    return this.socket.readable
  }

  wake(): void {
    this.wakeReaders()
  }

  protected override closed(): void {
    this.socket.close()
  }
}

/** Descriptors below this number make inode numbers that no two sockets of a host share. */
const DESCRIPTORS = 1024

/** Gives a socket the lowest free descriptor from 3 on: what socket() returns. The process's end closes it. */
export function holdSocket(process: Process, socket: Readable & { close(): void }): number {
  let fd = 3
  while (process.descriptors.has(fd)) fd++
  return process.attach(new SocketFile(socket, process.pid * DESCRIPTORS + fd), fd)
}
