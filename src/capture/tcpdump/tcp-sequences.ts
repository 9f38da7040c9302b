/** The first sequence numbers of TCP conversations, which later ones are shown relative to. */

interface Conversation {
  seq: number
  ack: number
}

/**
 * First sequence numbers of each conversation, from the first segment with ACK that was seen. One entry serves both
 * directions: the side with the lower port (then the lower address) comes first. Bounded: when full, the oldest
 * conversation is forgotten and its next segment starts anew.
 */
export class TcpSequences {
  private readonly conversations = new Map<string, Conversation>()

  /** The conversation's entry, and whether it was there before. */
  find(key: string): { entry: Conversation, known: boolean } {
    const found = this.conversations.get(key)
    if (found !== undefined) return { entry: found, known: true }
    if (this.conversations.size >= MAX_CONVERSATIONS) {
      const oldest = this.conversations.keys().next().value
      if (oldest !== undefined) this.conversations.delete(oldest)
    }
    const entry = { seq: 0, ack: 0 }
    this.conversations.set(key, entry)
    return { entry, known: false }
  }
}

const MAX_CONVERSATIONS = 65_536
