/** Names of IFA_F_* in the order in which they are printed and looked for (ifa_flag_names). */
export const ADDRESS_FLAGS: readonly (readonly [string, number])[] = [
  ['secondary', 0x01], ['temporary', 0x01], ['nodad', 0x02], ['optimistic', 0x04], ['dadfailed', 0x08], ['home', 0x10],
  ['deprecated', 0x20], ['tentative', 0x40], ['permanent', 0x80], ['mngtmpaddr', 0x100], ['noprefixroute', 0x200],
  ['autojoin', 0x400], ['stable-privacy', 0x800],
]
