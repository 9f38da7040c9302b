import type { Plugin } from 'vite'
import { CONTENT_SECURITY_POLICY } from '../src/node/page/page-server.ts'

/**
 * A plugin of the build: the policy that `netarium up` sends stands in the page too, so that it holds on a file server
 * as well. What only a header can say is left out.
 */
export function policyInPage(): Plugin {
  const content = CONTENT_SECURITY_POLICY.split('; ').filter((rule) => !rule.startsWith('frame-ancestors')).join('; ')
  return {
    name: 'netarium-policy',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content }, injectTo: 'head-prepend' },
    ],
  }
}
