import type { JourneyView } from '../messages.ts'
import { t } from './i18n/words.ts'

/** What was asked, in the present language; of a packet that was clicked, tcpdump's words for it. */
export function journeyTitle({ asked, title, legs }: JourneyView): string {
  if (asked === null) return title === '' ? legs.find((leg) => leg.title !== '')?.title ?? '' : title
  const { from, target, destination, protocol, port, tries } = asked
  const to = target === destination ? target : `${target} (${destination})`
  const sent = protocol === 'udp' ? t('journey.sendsUdp', { from, to, port }) : t('journey.sendsEcho', { from, to })
  return tries > 1 ? `${sent}${t('journey.tries', { tries })}` : sent
}
